"""gradcheck and gradgradcheck: what is right passes, what is wrong is named."""

import re

import numpy as np
import pytest

import chainrule as cr
from chainrule import differentiable, ops
from chainrule.backend import namespace

RNG = np.random.default_rng(1)
X = RNG.standard_normal((3, 4))
W = RNG.standard_normal((4, 2))


@differentiable
def wrong_sine(x):
    """A derivative with one wrong entry."""
    xp = namespace(x)
    error = np.zeros(x.shape)
    error.ravel()[5] = 0.5
    return xp.sin(x), (lambda grad: grad * (xp.cos(x) + error),)


@differentiable
def wrong_second(x):
    """A right derivative whose own derivative is wrong."""
    return x * x, (lambda grad: grad * _doubled(x),)


@differentiable
def _doubled(x):
    return x * 2.0, (lambda grad: grad * 3.0,)


class TestRight:
    def test_several_inputs_and_results(self):
        assert cr.gradcheck(lambda x, w: {"y": ops.tanh(x @ w), "norm": (x * x).sum()}, (X, W))

    def test_trees_and_integers(self):
        assert cr.gradcheck(lambda t, i: ops.exp(t["x"][i]) * t["s"], ({"x": X, "s": np.float32(2)}, np.array([0, 2])))

    def test_float32_is_checked_in_float64(self):
        assert cr.gradcheck(lambda x: ops.sin(x) / (1.0 + x * x), (X.astype(np.float32),))

    def test_tensors_and_closed_over_parameters(self):
        w = cr.Tensor(W, requires_grad=True)
        assert cr.gradcheck(lambda x: ops.tanh(x @ w), (cr.Tensor(X),))
        assert w.grad is None

    def test_second_derivatives(self):
        assert cr.gradgradcheck(lambda x, w: ops.tanh(x @ w), (X, W))

    def test_second_derivatives_of_a_linear_function_with_an_input_it_ignores(self):
        assert cr.gradgradcheck(lambda x, w: x * 2.0, (X, W))

    def test_large_and_small_scales(self):
        for scale in (1e-6, 1e6):
            assert cr.gradcheck(lambda x, scale=scale: ops.sin(x) * scale, (X,))

    def test_an_integer_result_is_left_out(self):
        assert cr.gradcheck(lambda x: (x * x, ops.argmax(x)), (X,))


class TestWrong:
    def test_the_worst_entry_is_named_with_both_numbers(self):
        with pytest.raises(cr.GradientError) as caught:
            cr.gradcheck(lambda t: wrong_sine(t["x"]), ({"x": X},))
        numbers = re.search(
            r"worst at entry \(1, 1\) of inputs\[0\]\['x'\], shape \(3, 4\): backward (\S+), finite differences (\S+)$",
            str(caught.value),
        )
        found, measured = map(float, numbers.groups())
        # Both are times the random weight of that entry's result.
        assert found / measured == pytest.approx((np.cos(X[1, 1]) + 0.5) / np.cos(X[1, 1]), rel=1e-6)

    def test_wrong_second_derivative(self):
        assert cr.gradcheck(wrong_second, (X,))
        with pytest.raises(cr.GradientError, match="finite differences"):
            cr.gradgradcheck(wrong_second, (X,))

    def test_a_kink_is_called_a_kink(self):
        x = np.array([1.0, 0.0, -2.0])
        with pytest.raises(
            cr.GradientError, match=r"entry \(1,\) .*kink there \(slope .* on the left, .* on the right"
        ):
            cr.gradcheck(lambda x: ops.clip(x, min=0.0), (x,))

    def test_results_that_are_no_arrays(self):
        with pytest.raises(TypeError, match="returns Tensors or arrays, but got str"):
            cr.gradcheck(lambda x: "nothing", (X,))

    def test_no_floating_point_input(self):
        with pytest.raises(TypeError, match="gradcheck needs a floating-point input"):
            cr.gradcheck(lambda x: x, (np.arange(3),))
