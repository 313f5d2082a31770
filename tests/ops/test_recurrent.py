"""Recurrent layers: padding changes nothing, steps add up to a whole, errors."""

import numpy as np
import pytest

from chainrule import Tensor, ops

N, T, D, H = 3, 5, 4, 6
LENGTHS = np.array([5, 2, 0])
KINDS = {"lstm": (ops.lstm, 4, 2, 1), "gru": (ops.gru, 3, 1, 2), "rnn": (ops.rnn, 1, 1, 1)}


@pytest.fixture(params=KINDS)
def layer(request):
    """An operation with its inputs as arrays."""
    operation, gates, states, biases = KINDS[request.param]
    shapes = [(N, T, D), *[(N, H)] * states, (gates * H, D), (gates * H, H), *[(gates * H,)] * biases]
    rng = np.random.default_rng(0)
    return operation, [rng.standard_normal(shape).astype(np.float32) * 0.5 for shape in shapes]


@pytest.mark.parametrize("reverse", [False, True])
def test_padding_changes_no_result_and_gets_no_gradient(layer, reverse):
    operation, arrays = layer
    found = []
    for padding in (0.0, 1e3):
        x = arrays[0].copy()
        for n, length in enumerate(LENGTHS):
            x[n, length:] = padding
        leaves = [Tensor(array, requires_grad=True) for array in (x, *arrays[1:])]
        results = operation(*leaves, lengths=LENGTHS, reverse=reverse)
        ops.concatenate([ops.flatten(y * y) for y in results]).sum().backward()
        found.append([*(y.numpy() for y in results), *(leaf.grad.numpy() for leaf in leaves)])
    for one, other in zip(*found):
        np.testing.assert_array_equal(one, other)
    y, by_x = found[0][0], found[0][len(results)]
    for n, length in enumerate(LENGTHS):
        assert not y[n, length:].any() and not by_x[n, length:].any()


def test_the_last_state_is_that_of_the_last_step(layer):
    operation, arrays = layer
    y, last, *_ = operation(*arrays, lengths=LENGTHS)
    np.testing.assert_array_equal(last, [y[0, 4], y[1, 1], arrays[1][2]])


def test_a_sequence_can_be_run_in_parts(layer):
    operation, (x, *rest) = layer
    states = len(rest) - sum(array.ndim == 1 for array in rest) - 2
    whole = operation(x, *rest)
    first = operation(x[:, :2], *rest)
    second = operation(x[:, 2:], *first[1:], *rest[states:])
    np.testing.assert_allclose(np.concatenate([first[0], second[0]], axis=1), whole[0], atol=1e-6)
    np.testing.assert_allclose(second[1], whole[1], atol=1e-6)


def test_no_steps_at_all(layer):
    operation, (x, h0, *rest) = layer
    y, last, *_ = operation(x[:, :0], h0, *rest)
    assert y.shape == (N, 0, H)
    np.testing.assert_array_equal(last, h0)


def test_shapes_that_do_not_fit_are_named(layer):
    operation, (x, h0, *rest) = layer
    with pytest.raises(ValueError, match=rf"expected h0 of shape \({N}, {H}\), but got \({N}, 1\)"):
        operation(x, h0[:, :1], *rest)
    with pytest.raises(ValueError, match=r"expected x of shape \(N, T, D\), but got \(5, 4\)"):
        operation(x[0], h0, *rest)
    with pytest.raises(ValueError, match=rf"expected lengths of shape \({N},\), but got \(1,\)"):
        operation(x, h0, *rest, lengths=LENGTHS[:1])


def test_gru_takes_both_biases_or_none():
    with pytest.raises(ValueError, match="both b_ih and b_hh or neither"):
        ops.gru(np.ones((1, 1, 1)), np.ones((1, 1)), np.ones((3, 1)), np.ones((3, 1)), np.ones(3))
