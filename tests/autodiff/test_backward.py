"""`backward`: what arrives in `.grad`, who owns it, and what is refused."""

import numpy as np
import pytest

from chainrule import Tensor, differentiable, no_grad, ops
from chainrule.autodiff.graph import Walk
from chainrule.autodiff.watching import Watcher
from chainrule.backend import to_backend


def leaf(*shape, seed=0, dtype=np.float64):
    return Tensor(np.random.default_rng(seed).standard_normal(shape).astype(dtype), requires_grad=True)


def share_memory(*arrays):
    return any(np.shares_memory(a, b) for i, a in enumerate(arrays) for b in arrays[:i])


class TestAccumulation:
    def test_gradients_of_several_passes_add_up(self, backend):
        x = Tensor(to_backend(np.arange(3, dtype=np.float32), backend), requires_grad=True)
        for _ in range(3):
            (x * x).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), 3 * 2 * np.arange(3))

    def test_a_leaf_that_is_used_often(self):
        x = leaf(4)
        (x + x * 2.0 + x * x + x.exp()).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), 3.0 + 2 * x.numpy() + np.exp(x.numpy()))

    def test_grad_can_be_dropped(self):
        x = leaf(2)
        x.sum().backward()
        x.grad = None
        (x * 5.0).sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), [5.0, 5.0])

    def test_a_leaf_that_took_no_part_has_none(self):
        x, y = leaf(2), leaf(2)
        (x * 2.0).sum().backward()
        assert y.grad is None

    def test_a_tensor_in_between_has_none(self):
        x = leaf(2)
        y = x * 2.0
        y.sum().backward()
        assert y.grad is None and not y.is_leaf

    def test_a_leaf_is_its_own_derivative(self):
        x = leaf(3)
        x.backward(np.array([1.0, 2.0, 3.0]))
        np.testing.assert_array_equal(x.grad.numpy(), [1.0, 2.0, 3.0])

    def test_broadcasting_is_undone(self):
        x, y = leaf(3, 1), leaf(2, 1, 4)
        (x * y).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), np.full((3, 1), y.numpy().sum()))
        np.testing.assert_allclose(y.grad.numpy(), np.full((2, 1, 4), x.numpy().sum()))


class TestOwnership:
    """The memory of a leaf's gradient belongs to it alone."""

    def test_two_leaves_with_one_gradient(self):
        x, y = leaf(3), leaf(3)
        (x + y).sum().backward()
        assert not share_memory(x.grad.value, y.grad.value)
        x.grad.value[:] = 7.0
        np.testing.assert_array_equal(y.grad.numpy(), np.ones(3))

    def test_the_gradient_given_by_the_user(self):
        x, given = leaf(3), np.ones(3)
        x.reshape(3).backward(given)
        x.backward(given)
        np.testing.assert_array_equal(given, np.ones(3))
        assert not share_memory(x.grad.value, given)

    def test_what_pull_backs_saved(self):
        x, y = leaf(3), leaf(3)
        (x * y).sum().backward()
        assert not share_memory(x.grad.value, y.grad.value, x.value, y.value)

    def test_many_arrivals_leave_the_borrowed_one_alone(self):
        x = leaf(3)
        y = x * 1.0
        parts = [y + 0.0 for _ in range(4)]
        given = [np.full(3, float(i)) for i in range(4)]
        ops.concatenate(parts).backward(np.concatenate(given))
        for i, array in enumerate(given):
            np.testing.assert_array_equal(array, np.full(3, float(i)))
        np.testing.assert_array_equal(x.grad.numpy(), np.full(3, 6.0))

    def test_one_gradient_goes_to_two_nodes_that_are_added_to(self):
        x, y = leaf(3), leaf(3)
        a, b = x * 1.0, y * 1.0
        (a + b + a + b + a).sum().backward()  # the sums of a and of b begin with the same borrowed array
        np.testing.assert_array_equal(x.grad.numpy(), np.full(3, 3.0))
        np.testing.assert_array_equal(y.grad.numpy(), np.full(3, 2.0))

    def test_a_gradient_has_the_order_of_memory_of_its_leaf(self):
        x = Tensor(np.asfortranarray(np.ones((3, 4))), requires_grad=True)
        y = Tensor(np.ones((3, 4)), requires_grad=True)
        (x.T @ y).sum().backward()
        assert x.grad.value.flags.f_contiguous and y.grad.value.flags.c_contiguous

    def test_a_gradient_that_is_one_number_spread_out_gets_its_own_memory(self):
        x = leaf(2, 3)
        x.sum().backward()
        assert x.grad.value.flags.writeable and x.grad.value.strides == x.value.strides


@differentiable
def known_slope(x, slope):
    """A pull-back that returns an array it keeps."""
    return x * slope, (lambda grad: slope, None)


class TestWhatPullBacksKeep:
    def test_is_not_added_to(self):
        x, slope = leaf(3), np.full(3, 2.0)
        z = x * 1.0
        (known_slope(z, slope) + known_slope(z, slope) + known_slope(z, slope)).sum().backward()
        np.testing.assert_array_equal(slope, np.full(3, 2.0))
        np.testing.assert_array_equal(x.grad.numpy(), np.full(3, 6.0))

    def test_is_not_given_away(self):
        x, slope = leaf(3), Tensor(np.full(3, 2.0))
        known_slope(x, slope).sum().backward()
        assert not share_memory(x.grad.value, slope.value)

    def test_is_not_added_to_at_a_leaf(self):
        x, slope = leaf(3), np.full(3, 2.0)
        (known_slope(x, slope) + known_slope(x, slope)).sum().backward()
        np.testing.assert_array_equal(slope, np.full(3, 2.0))
        np.testing.assert_array_equal(x.grad.numpy(), np.full(3, 4.0))

    def test_what_a_watcher_saw_does_not_change(self):
        class Keeper(Watcher):
            def backward(self, node, grad, parts, seconds):
                seen.extend((part, part.copy()) for _, part in parts)
                kept.append(parts)

        seen, kept = [], []
        x = leaf(3)
        with Keeper():
            (x.exp() + x.exp() + x.exp()).sum().backward()
        for part, copied in seen:
            np.testing.assert_array_equal(part, copied)

    def test_a_gradient_that_nobody_keeps_is_not_copied(self, monkeypatch):
        """As for large weights: the product goes to `.grad` as it is."""
        x = leaf(2, 3)
        made = []
        monkeypatch.setattr(Walk, "owns", lambda walk, leaf, owns=Walk.owns: made.append(owns(walk, leaf)) or made[-1])
        (np.ones((4, 2)) @ x).exp().sum().backward()
        assert made == [True]


class TestGraph:
    def test_a_second_backward_is_refused(self):
        y = leaf(2).exp().sum()
        y.backward()
        with pytest.raises(RuntimeError, match=r"already used by a backward pass.*retain_graph=True"):
            y.backward()

    def test_a_second_backward_through_a_shared_part_is_refused(self):
        middle = leaf(2).exp()
        middle.sum().backward()
        with pytest.raises(RuntimeError, match="already used by a backward pass and let go, at exp"):
            (middle * 2.0).sum().backward()

    def test_a_graph_is_kept_on_request(self):
        x = leaf(3)
        y = x.exp().sum()
        y.backward(retain_graph=True)
        first = x.grad.numpy().copy()
        y.backward()
        np.testing.assert_allclose(x.grad.numpy(), 2 * first)

    def test_pull_backs_are_let_go(self):
        x = leaf(3)
        y = x.exp()
        node = y.node
        y.sum().backward()
        assert node.parents == () and node.pulls.__name__ == "_freed"

    def test_pull_backs_of_constants_are_not_kept(self):
        x, w = Tensor(np.ones((2, 3))), leaf(3, 4)
        node = (x @ w).node
        assert node.pulls[0] is None and node.pulls[1] is not None and node.parents[0] is None

    def test_several_results_of_which_some_are_used(self):
        x = leaf(6)
        first, _, third = ops.split(x, 2)
        (first * 2.0 + third * third).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), [2, 2, 0, 0, *(2 * x.numpy()[4:])])

    def test_several_results_go_backward_one_at_a_time(self):
        x = leaf(4)
        first, second = ops.split(x, 2)
        first.sum().backward(retain_graph=True)
        second.sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), np.ones(4))
        with pytest.raises(RuntimeError, match="already used"):
            (second * 2.0).sum().backward()

    def test_nothing_changes_where_backward_fails(self):
        x = leaf(2)
        used = x.exp()
        used.sum().backward()
        before = x.grad.numpy().copy()
        with pytest.raises(RuntimeError):
            (x * 3.0 + used).sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), before)


class TestRefusals:
    def test_a_result_of_many_elements_needs_a_gradient(self):
        with pytest.raises(RuntimeError, match=r"has shape \(2, 3\): take its \.sum\(\) or \.mean\(\)"):
            (leaf(2, 3) * 2.0).backward()

    def test_one_element_in_any_shape_does_not(self):
        x = leaf(1, 1)
        (x * 4.0).backward()
        assert x.grad.shape == (1, 1) and x.grad.item() == 4.0

    def test_a_gradient_of_another_shape(self):
        with pytest.raises(ValueError, match=r"expected a gradient of shape \(3,\), but got \(2,\)"):
            (leaf(3) * 2.0).backward(np.ones(2))

    def test_a_constant(self):
        with pytest.raises(RuntimeError, match="nothing was recorded"):
            Tensor([1.0, 2.0]).sum().backward()

    def test_what_was_computed_in_no_grad(self):
        with no_grad():
            y = leaf(2).sum()
        with pytest.raises(RuntimeError, match="nothing was recorded"):
            y.backward()

    def test_mixed_dtypes(self):
        with pytest.raises(TypeError, match=r"multiply got arrays of float32 and float64: .*\.astype"):
            leaf(2, dtype=np.float32) * leaf(2)

    def test_shapes_that_do_not_broadcast(self):
        with pytest.raises(ValueError, match=r"\(2,\) \(3,\)"):
            leaf(2) * leaf(3)

    def test_integers_have_no_gradient(self):
        with pytest.raises(TypeError, match=r"int64: \.astype\('float32'\)"):
            Tensor(np.arange(3), requires_grad=True)

    def test_integers_among_the_arguments_are_constants(self):
        x = leaf(3, dtype=np.float32)
        y = x * Tensor(np.arange(3))
        assert y.dtype == np.float32
        y.sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), [0.0, 1.0, 2.0])

    def test_integers_made_of_floats_are_constants(self):
        x = leaf(3, dtype=np.float32)
        assert not x.astype("int64").requires_grad
