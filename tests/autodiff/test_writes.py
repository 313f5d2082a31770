"""Arrays that are changed in place while a graph still needs the old numbers."""

import copy

import numpy as np
import pytest

from chainrule import Tensor, ops

STALE = "needs the old value of a tensor of shape .* changed in place after the forward pass"


@pytest.fixture
def w():
    return Tensor(np.full((2, 3), 2.0), requires_grad=True)


@pytest.fixture
def x():
    return Tensor(np.full((4, 3), 3.0), requires_grad=True)


def zeros(tensor):
    return np.zeros(tensor.shape, tensor.dtype)


class TestRefused:
    def test_a_factor(self, w):
        y = (w * w).sum()
        w.write_(zeros(w))
        with pytest.raises(RuntimeError, match=STALE):
            y.backward()

    def test_a_write_that_is_only_announced(self, w):
        y = (w * w).sum()
        w.value[0] = 7.0
        w.mark_written()
        with pytest.raises(RuntimeError, match=STALE):
            y.backward()

    @pytest.mark.parametrize(
        "view",
        [lambda w: w.T, lambda w: w[:, 1:].T, lambda w: ops.swapaxes(w, 0, 1)[:2], lambda w: w.reshape(3, 2)],
        ids=["transposed", "part", "part-of-transposed", "reshaped"],
    )
    def test_a_view_of_the_weights(self, w, view):
        seen = view(w)
        x = Tensor(np.ones((4, seen.shape[0])), requires_grad=True)
        y = (x @ seen).sum()
        w.write_(zeros(w))
        with pytest.raises(RuntimeError, match=f"backward through matmul {STALE}"):
            y.backward()

    def test_a_part_out_of_several(self, w):
        first, second = ops.split(w, (1, 1))
        y = (first * second).sum()
        w.write_(zeros(w))
        with pytest.raises(RuntimeError, match=STALE):
            y.backward()

    def test_inside_a_fused_operation(self, w, x):
        y = ops.layer_norm(x, 3, w[0], w[1]).sum()
        x.write_(zeros(x))
        with pytest.raises(RuntimeError, match=STALE):
            y.backward()

    def test_a_graph_that_was_kept_over_an_optimiser_step(self, w, x):
        loss = (ops.linear(x, w) ** 2).sum()
        loss.backward(retain_graph=True)
        w.write_(w.value - 0.1 * w.grad.value)
        with pytest.raises(RuntimeError, match=STALE):
            loss.backward()


class TestAllowed:
    def test_what_the_derivative_does_not_need(self, w):
        y = (w + 1.0).exp().sum()
        expected = np.exp(w.numpy() + 1.0)
        w.write_(zeros(w))
        y.backward()
        np.testing.assert_allclose(w.grad.numpy(), expected)

    def test_the_other_factor_is_a_constant(self, w):
        y = (w * 5.0).sum()
        w.write_(zeros(w))
        y.backward()
        np.testing.assert_array_equal(w.grad.numpy(), np.full((2, 3), 5.0))

    def test_an_input_that_wants_no_gradient_keeps_the_weights_out(self, w):
        y = (Tensor(np.ones((4, 3))) @ w.T).sum()
        w.write_(zeros(w))
        y.backward()
        np.testing.assert_array_equal(w.grad.numpy(), np.full((2, 3), 4.0))

    def test_a_write_before_the_forward_pass(self, w):
        w.write_(zeros(w))
        (w * w).sum().backward()
        np.testing.assert_array_equal(w.grad.numpy(), zeros(w))

    def test_a_view_that_was_copied(self, w):
        copied = w.T * 1.0
        y = (copied * copied).sum()
        w.write_(zeros(w))
        y.backward()
        np.testing.assert_array_equal(w.grad.numpy(), np.full((2, 3), 4.0))

    def test_another_leaf(self, w, x):
        y = (w * w).sum()
        x.write_(zeros(x))
        y.backward()


class TestWriting:
    def test_in_place_and_cast(self, w):
        memory = w.value
        assert w.write_(np.ones((2, 3), np.float32)) is w
        assert w.value is memory and memory.dtype == np.float64 and memory[0, 0] == 1.0

    def test_from_a_tensor(self, w):
        w.write_(Tensor(np.ones((2, 3))) * 4.0)
        np.testing.assert_array_equal(w.numpy(), np.full((2, 3), 4.0))

    def test_jax_arrays_are_replaced(self):
        jnp = pytest.importorskip("jax.numpy")
        w = Tensor(jnp.ones(3), requires_grad=True)
        y = (w * w).sum()
        w.write_(np.zeros(3))
        assert not np.asarray(w.value).any()
        y.backward()  # the old array is still there
        np.testing.assert_array_equal(w.grad.numpy(), np.full(3, 2.0))

    def test_shapes_must_agree(self, w):
        with pytest.raises(ValueError, match=r"write_ expected shape \(2, 3\), but got \(3,\)"):
            w.write_(np.ones(3))

    def test_results_cannot_be_written(self, w):
        with pytest.raises(RuntimeError, match="write_ is for leaves"):
            (w * 2.0).write_(zeros(w))

    def test_a_copy_of_a_leaf_has_its_own_memory(self, w):
        copied = copy.deepcopy(w)
        copied.write_(zeros(w))
        assert w.numpy().all() and copied.requires_grad
