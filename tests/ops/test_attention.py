"""Attention: masks, rows that see nothing, errors."""

import numpy as np
import pytest

from chainrule import Tensor, ops

RNG = np.random.default_rng(0)
Q, K, V = (RNG.standard_normal(shape).astype(np.float32) for shape in [(2, 3, 4), (2, 5, 4), (2, 5, 6)])


def test_a_query_that_may_see_nothing_gets_zeros_and_finite_gradients():
    mask = np.ones((3, 5), bool)
    mask[1] = False
    leaves = [Tensor(x, requires_grad=True) for x in (Q, K, V)]
    y = ops.scaled_dot_product_attention(*leaves, attn_mask=Tensor(mask))
    (y * y).sum().backward()
    assert not y.numpy()[:, 1].any() and y.numpy()[:, 0].any()
    assert all(np.isfinite(leaf.grad.numpy()).all() for leaf in leaves)
    assert not leaves[0].grad.numpy()[:, 1].any()


def test_what_is_masked_does_not_count():
    mask = np.array([True, True, False, True, False])
    found = ops.scaled_dot_product_attention(Q, K, V, attn_mask=mask)
    np.testing.assert_allclose(found, ops.scaled_dot_product_attention(Q, K[:, mask], V[:, mask]), rtol=1e-5)


def test_numbers_are_added_to_the_scores():
    bias = np.where(np.array([True, False, True, True, True]), 0.0, -1e9).astype(np.float32)
    np.testing.assert_allclose(
        ops.scaled_dot_product_attention(Q, K, V, attn_mask=bias),
        ops.scaled_dot_product_attention(Q, K, V, attn_mask=bias == 0.0),
        rtol=1e-6,
    )


def test_causal_and_a_mask_together():
    found = ops.scaled_dot_product_attention(K, K, V, attn_mask=np.arange(5) > 0, is_causal=True)
    assert not found[:, 0].any()
    np.testing.assert_allclose(found[:, 1], V[:, 1], rtol=1e-6)


def test_widths_that_do_not_fit():
    with pytest.raises(ValueError, match=r"expected query .* but got \(2, 3, 3\), \(2, 5, 4\) and \(2, 5, 6\)"):
        ops.scaled_dot_product_attention(Q[..., :3], K, V)
