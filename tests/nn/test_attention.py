"""`MultiHeadAttention`."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn

from .checks import assert_same_on, check_gradients, normal

X, MEMORY = normal(2, 5, 8), normal(2, 7, 8)
PADDING = np.arange(7) >= np.array([[7], [4]])


class Both(nn.Module):
    """Attention's result and weights as one tensor."""

    def __init__(self, **options):
        self.attention = nn.MultiHeadAttention(8, 2)
        self.options = (options,)

    def forward(self, query, memory):
        output, weights = self.attention(query, memory, memory, **self.options[0])
        return cr.ops.concatenate([output, weights], axis=-1)


MASKS = [
    {},
    {"key_padding_mask": PADDING},
    {"attn_mask": np.triu(np.ones((5, 7), bool), 3)},
    {"attn_mask": normal(5, 7)},
    {"attn_mask": normal(4, 5, 7), "key_padding_mask": PADDING},
    {"is_causal": True, "key_padding_mask": PADDING},
]


@pytest.mark.parametrize("options", MASKS)
def test_gradients(options):
    options = {name: m.astype(float) if getattr(m, "dtype", None) == "f" else m for name, m in options.items()}
    check_gradients(Both(**options), X, MEMORY)


@pytest.mark.parametrize("options", MASKS)
def test_backends(backend, options):
    assert_same_on(backend, Both(**options), X, MEMORY)


def test_padding_changes_nothing():
    attention = nn.MultiHeadAttention(8, 2)
    padded = np.where(PADDING[..., None], np.float32(1e3), MEMORY)
    output, weights = attention(X, padded, padded, key_padding_mask=PADDING)
    alone, _ = attention(X[1:], MEMORY[1:, :4], MEMORY[1:, :4])
    np.testing.assert_allclose(output.numpy()[1:], alone.numpy(), atol=1e-5)
    assert not weights.numpy()[1, :, 4:].any()


@pytest.mark.parametrize("masks", MASKS)
def test_weights_add_up_and_are_not_needed(masks):
    attention = nn.MultiHeadAttention(8, 2)
    output, weights = attention(X, MEMORY, MEMORY, average_attn_weights=False, **masks)
    assert weights.shape == (2, 2, 5, 7)
    np.testing.assert_allclose(weights.numpy().sum(axis=-1), 1, rtol=1e-5)
    alone, none = attention(X, MEMORY, MEMORY, need_weights=False, **masks)
    assert none is None
    np.testing.assert_allclose(alone.numpy(), output.numpy(), atol=1e-6)


def test_causal():
    attention = nn.MultiHeadAttention(8, 2)
    x = cr.Tensor(X)
    mask = np.triu(np.ones((5, 5), bool), 1)
    expected = attention(x, x, x, attn_mask=mask)
    for ours, theirs in zip(attention(x, x, x, is_causal=True), expected):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=1e-6)


def test_one_input_in_three_roles_is_projected_in_one_go():
    attention = nn.MultiHeadAttention(8, 2)
    x = cr.Tensor(X)
    np.testing.assert_allclose(attention(x, x, x)[0].numpy(), attention(X, X.copy(), X)[0].numpy(), atol=1e-6)


def test_a_query_that_sees_nothing_gets_the_bias():
    attention = nn.MultiHeadAttention(8, 2)
    output, weights = attention(X, MEMORY, MEMORY, key_padding_mask=np.array([[True] * 7, [False] * 7]))
    assert not weights.numpy()[0].any()
    np.testing.assert_allclose(output.numpy()[0], 0, atol=1e-7)


def test_dropout_of_weights_in_training_only():
    attention = nn.MultiHeadAttention(8, 2, dropout=0.5)
    _, weights = attention(X, MEMORY, MEMORY, average_attn_weights=False)
    assert 0.3 < (weights.numpy() == 0).mean() < 0.7
    attention.eval()
    assert (attention(X, MEMORY, MEMORY)[1].numpy() > 0).all()


def test_the_function_draws_its_own_dropout_mask():
    q, units = normal(2, 5, 8), np.eye(7, dtype=np.float32)
    attend = nn.functional.scaled_dot_product_attention
    whole = attend(q, MEMORY, units)
    dropped = attend(q, MEMORY, units, dropout_p=0.5, generator=cr.Generator(1))
    mask = cr.Generator(1).dropout_mask((2, 5, 7), 0.5, like=q)
    np.testing.assert_allclose(dropped, whole * mask, rtol=1e-6)
    np.testing.assert_allclose(attend(q, MEMORY, units, is_causal=True)[:, 0], np.eye(7)[[0, 0]], atol=1e-6)
    with pytest.raises(ValueError, match="scaled_dot_product_attention expected a probability"):
        attend(q, MEMORY, units, dropout_p=1.0)


def test_errors():
    with pytest.raises(ValueError, match="MultiHeadAttention cannot divide a width of 8 among 3 heads"):
        nn.MultiHeadAttention(8, 3)
    with pytest.raises(ValueError, match="batch first"):
        nn.MultiheadAttention(8, 2, batch_first=False)
    attention = nn.MultiHeadAttention(8, 2)
    with pytest.raises(ValueError, match=r"got key of shape \(1, 7, 8\): it must be \(2, S, 8\)"):
        attention(X, MEMORY[:1], MEMORY)
    with pytest.raises(ValueError, match=r"got key_padding_mask of shape \(2, 5\): it must be \(2, 7\)"):
        attention(X, MEMORY, MEMORY, key_padding_mask=np.zeros((2, 5), bool))
    with pytest.raises(ValueError, match=r"got attn_mask of shape \(2, 5, 7\): it must be \(4, 5, 7\)"):
        attention(X, MEMORY, MEMORY, attn_mask=np.zeros((2, 5, 7), bool))
