"""Initial weights."""

import math

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.nn import init


def drawn(function, *args, shape=(60, 50), **options):
    return function(nn.Parameter(np.zeros(shape, np.float32)), *args, **options).numpy()


@pytest.mark.parametrize(
    ("function", "args", "limit"),
    [
        (init.uniform_, (-2.0, 2.0), 2.0),
        (init.xavier_uniform_, (), math.sqrt(6 / 110)),
        (init.kaiming_uniform_, (), math.sqrt(6 / 50)),
        (init.kaiming_uniform_, (0.0, "fan_out", "relu"), math.sqrt(6 / 60)),
    ],
)
def test_uniform_limits(function, args, limit):
    x = drawn(function, *args)
    assert np.abs(x).max() <= limit
    assert np.abs(x).max() > 0.99 * limit
    assert abs(x.std() - limit / math.sqrt(3)) < 0.03 * limit


@pytest.mark.parametrize(
    ("function", "args", "std"),
    [
        (init.normal_, (0.0, 3.0), 3.0),
        (init.xavier_normal_, (2.0,), 2 * math.sqrt(2 / 110)),
        (init.kaiming_normal_, (math.sqrt(5),), math.sqrt(2 / 6 / 50)),
    ],
)
def test_normal_deviations(function, args, std):
    x = drawn(function, *args)
    assert abs(x.mean()) < 0.05 * std
    assert abs(x.std() - std) < 0.03 * std


def test_truncated_normal_stays_inside():
    x = drawn(init.trunc_normal_, 0.0, 1.0, -1.0, 2.0)
    assert -1.0 <= x.min() < -0.95
    assert 1.9 < x.max() <= 2.0
    with pytest.raises(ValueError, match="trunc_normal_ expected limits around the mean"):
        drawn(init.trunc_normal_, 0.0, 1.0, 5.0, 6.0)


@pytest.mark.parametrize("shape", [(5, 5), (3, 7), (7, 3), (4, 2, 3)])
def test_orthogonal(shape):
    x = drawn(init.orthogonal_, 2.0, shape=shape).reshape(shape[0], -1)
    gram = x @ x.T if x.shape[0] <= x.shape[1] else x.T @ x
    np.testing.assert_allclose(gram, 4.0 * np.eye(len(gram)), atol=1e-5)


def test_constants():
    assert (drawn(init.constant_, 3.0) == 3).all()
    assert (drawn(init.ones_) == 1).all()
    assert not drawn(init.zeros_).any()
    np.testing.assert_array_equal(drawn(init.eye_), np.eye(60, 50))
    with pytest.raises(ValueError, match="two axes"):
        drawn(init.eye_, shape=(3,))


@pytest.mark.parametrize("function", [init.uniform_, init.xavier_normal_, init.orthogonal_, init.trunc_normal_])
def test_draws_depend_on_the_generator_only(function):
    explicit = [drawn(function, generator=cr.Generator(5)) for _ in range(2)]
    np.testing.assert_array_equal(*explicit)
    with cr.seed(5):
        np.testing.assert_array_equal(drawn(function), explicit[0])
        assert (drawn(function) != explicit[0]).any()


def test_draws_on_jax_are_those_on_numpy(backend):
    weight = nn.Linear(4, 3).to(backend).weight
    init.normal_(weight, generator=cr.Generator(1))
    np.testing.assert_array_equal(weight.numpy(), drawn(init.normal_, shape=(3, 4), generator=cr.Generator(1)))


def test_gains():
    assert init.calculate_gain("leaky_relu", 0.2) == pytest.approx(math.sqrt(2 / 1.04))
    assert init.calculate_gain("tanh") == pytest.approx(5 / 3)
    with pytest.raises(ValueError, match=r"calculate_gain expected one of linear, .*but got 'swish'"):
        init.calculate_gain("swish")


def test_bad_arguments():
    with pytest.raises(ValueError, match="two axes or more"):
        drawn(init.xavier_uniform_, shape=(3,))
    with pytest.raises(ValueError, match="mode 'fan_in' or 'fan_out', but got 'in'"):
        drawn(init.kaiming_uniform_, 0.0, "in")


def test_layers_draw_within_pytorchs_limits_and_repeat_with_their_generator():
    for make, limit in [
        (lambda g: nn.Linear(16, 8, generator=g), 0.25),
        (lambda g: nn.LSTM(3, 16, 2, bidirectional=True, generator=g), 0.25),
        (lambda g: nn.GRUCell(3, 16, generator=g), 0.25),
    ]:
        first, second = ([p.numpy() for p in make(cr.Generator(3)).parameters()] for _ in range(2))
        for x, y in zip(first, second):
            np.testing.assert_array_equal(x, y)
            assert 0.7 * limit < np.abs(x).max() <= limit
