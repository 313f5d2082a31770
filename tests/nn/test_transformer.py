"""Transformer layers and stacks: gradients, backends, padding, causality, growing sequences."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn

from .checks import assert_same_on, check_gradients, normal

X, MEMORY = normal(2, 5, 8), normal(2, 7, 8)
PADDING = np.arange(5) >= np.array([[5], [3]])
MEMORY_PADDING = np.arange(7) >= np.array([[7], [4]])
VARIANTS = [{}, {"norm_first": True, "activation": "gelu"}, {"bias": False, "activation": "gelu_tanh"}]


def encoder_layer(**options):
    return nn.TransformerEncoderLayer(8, 2, 12, **options).eval()


def decoder_layer(**options):
    return nn.TransformerDecoderLayer(8, 2, 12, **options).eval()


@pytest.mark.parametrize("options", VARIANTS)
def test_gradients(options):
    options = {"activation": "gelu", **options}  # differences across the bend of ReLU mean nothing
    check_gradients(encoder_layer(**options), X)
    check_gradients(decoder_layer(**options), X, MEMORY)


@pytest.mark.parametrize("options", VARIANTS)
def test_backends(backend, options):
    assert_same_on(backend, encoder_layer(**options), X, None, PADDING)
    assert_same_on(backend, decoder_layer(**options), X, MEMORY, None, None, None, MEMORY_PADDING, True)


@pytest.mark.parametrize("norm_first", [False, True])
def test_padding_and_neighbours_change_nothing(norm_first):
    layer = encoder_layer(norm_first=norm_first)
    padded = np.where(PADDING[..., None], np.float32(1e3), X)
    together = layer(padded, src_key_padding_mask=PADDING).numpy()
    np.testing.assert_allclose(together[1, :3], layer(X[1:, :3]).numpy()[0], atol=1e-5)
    layer = decoder_layer(norm_first=norm_first)
    padded = np.where(MEMORY_PADDING[..., None], np.float32(1e3), MEMORY)
    together = layer(X, padded, memory_key_padding_mask=MEMORY_PADDING).numpy()
    np.testing.assert_allclose(together[1], layer(X[1:], MEMORY[1:, :4]).numpy()[0], atol=1e-5)


@pytest.mark.parametrize("rotary", [None, nn.RotaryPositions(4)])
def test_places_read_one_after_the_other_are_those_of_a_causal_layer(rotary):
    encoder, decoder = encoder_layer(rotary=rotary), decoder_layer(rotary=rotary)
    whole = encoder(X, is_causal=True).numpy()
    beside = decoder(X, MEMORY, memory_key_padding_mask=MEMORY_PADDING, tgt_is_causal=True).numpy()
    memory, visible = decoder.multihead_attn.known(MEMORY), ~MEMORY_PADDING[:, None, None]
    known = of_decoder = None
    for t in range(5):
        y, known = encoder.extend(X[:, t : t + 1], known)
        np.testing.assert_allclose(y.numpy(), whole[:, t : t + 1], atol=1e-5)
        z, of_decoder = decoder.extend(X[:, t : t + 1], of_decoder, memory, visible)
        np.testing.assert_allclose(z.numpy(), beside[:, t : t + 1], atol=1e-5)
    first, known = encoder.extend(X[:, :2], None)
    second, _ = encoder.extend(X[:, 2:], known)
    np.testing.assert_allclose(np.concatenate([first.numpy(), second.numpy()], axis=1), whole, atol=1e-5)


def test_stacks_run_their_layers_and_a_last_norm():
    with cr.seed(1):
        encoder = nn.TransformerEncoder(encoder_layer(norm_first=True), 2, nn.LayerNorm(8)).eval()
        decoder = nn.TransformerDecoder(decoder_layer(), 3).eval()
    one, two = encoder.layers
    assert not np.array_equal(one.linear1.weight.numpy(), two.linear1.weight.numpy())
    expected = encoder.norm(two(one(X, is_causal=True), is_causal=True)).numpy()
    np.testing.assert_allclose(encoder(X, is_causal=True).numpy(), expected, atol=1e-6)
    y = X
    for layer in decoder.layers:
        y = layer(y, MEMORY, memory_key_padding_mask=MEMORY_PADDING)
    found = decoder(X, MEMORY, memory_key_padding_mask=MEMORY_PADDING)
    np.testing.assert_allclose(found.numpy(), y.numpy(), atol=1e-6)


def test_dropout_in_training_only():
    layer = nn.TransformerEncoderLayer(8, 2, 12, dropout=0.5)
    assert not np.allclose(layer(X).numpy(), layer(X).numpy())
    plain = nn.TransformerEncoderLayer(8, 2, 12, dropout=0.0, attention_dropout=0.5)
    assert plain.self_attn.dropout == 0.5 and plain.dropout.p == 0
    layer.eval()
    np.testing.assert_array_equal(layer(X).numpy(), layer(X).numpy())


def test_errors():
    with pytest.raises(ValueError, match="expected activation from relu, gelu, gelu_tanh, but got 'silly'"):
        encoder_layer(activation="silly")
    with pytest.raises(ValueError, match="batch first"):
        decoder_layer(batch_first=False)
