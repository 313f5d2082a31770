"""Linear maps with rectifiers between them: the same bits as one operation for each."""

import itertools

import numpy as np
import pytest

from chainrule import Tensor, ops

WIDTHS = (40, 70, 33, 50)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def leaves(rng, wanted):
    x = rng.standard_normal((60, WIDTHS[0]), dtype=np.float32)
    shapes = [shape for d, f in itertools.pairwise(WIDTHS) for shape in ((f, d), (f,))]
    arrays = [x, *(rng.standard_normal(shape, dtype=np.float32) for shape in shapes)]
    return [Tensor(array, requires_grad=want) for array, want in zip(arrays, wanted)]


def one_by_one(x, layers, rectified):
    for n, layer in enumerate(layers, 1):
        x = ops.linear(x, *layer)
        x = ops.relu(x) if rectified or n < len(layers) else x
    return x


@pytest.mark.parametrize("rectified", [False, True])
@pytest.mark.parametrize(
    "unwanted", [(), (0,), (0, 1, 2), (0, 1, 2, 3, 4), (1, 3, 5), (2, 4, 6), (5, 6), (1, 2, 3, 4, 5, 6)]
)
def test_bits_are_those_of_linear_and_relu(rng, rectified, unwanted):
    wanted = [i not in unwanted for i in range(7)]
    found = []
    for operation in (ops.linear_layers, one_by_one):
        x, *parameters = leaves(np.random.default_rng(5), wanted)
        y = operation(x, list(zip(parameters[::2], parameters[1::2])), rectified)
        (y * y).sum().backward()
        found.append([y, *(leaf.grad for leaf in (x, *parameters))])
    for one, other, want in zip(*found, [True, *wanted], strict=True):
        assert (one is not None) == (other is not None) == want
        if want:
            np.testing.assert_array_equal(one.numpy(), other.numpy())


def test_integers_take_on_the_weights_precision(rng):
    weight = rng.standard_normal((3, 4), dtype=np.float32)
    y = ops.linear_layers(np.arange(8).reshape(2, 4), [(weight, None)])
    assert y.dtype == np.float32


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match="at least one weight"):
        ops.linear_layers(np.ones((2, 3)), [])
    with pytest.raises(ValueError, match=r"a weight of shape \(F, 4\) .* but got \(2, 5\) and None"):
        ops.linear_layers(np.ones((2, 3)), [(np.ones((4, 3)), None), (np.ones((2, 5)), None)])
    with pytest.raises(ValueError, match=r"but got \(4, 3\) and \(1,\)"):
        ops.linear_layers(np.ones((2, 3)), [(np.ones((4, 3)), np.ones(1))])
