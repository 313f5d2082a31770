"""Convolution: what users may write, bad input, and where higher derivatives run."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import ops
from chainrule.autodiff.watching import Watcher

RNG = np.random.default_rng(0)
IMAGES, FILTERS = RNG.standard_normal((2, 4, 7, 6)), RNG.standard_normal((6, 2, 3, 2))


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ({"stride": 2, "padding": 1}, {"stride": (2, 2), "padding": ((1, 1), (1, 1))}),
        ({"padding": (2, 0), "dilation": [2, 1]}, {"padding": ((2, 2), (0, 0)), "dilation": (2, 1)}),
        ({"padding": "valid", "stride": (1, 2)}, {"stride": (1, 2)}),
        ({"padding": "same"}, {"padding": ((1, 1), (0, 1))}),
        ({"padding": np.int64(1), "stride": np.int32(2)}, {"padding": 1, "stride": 2}),
    ],
)
def test_ways_to_write_the_same(written, full):
    found, expected = (ops.conv2d(IMAGES, FILTERS, groups=2, **options) for options in (written, full))
    np.testing.assert_array_equal(found, expected)
    if written.get("padding") == "same":
        assert found.shape[2:] == IMAGES.shape[2:]


def test_arrays_give_arrays_and_images_of_bytes_are_images():
    assert isinstance(ops.conv2d(IMAGES, FILTERS, groups=2), np.ndarray)
    pixels = np.arange(36, dtype=np.uint8).reshape(1, 1, 6, 6)
    y = ops.conv2d(pixels, cr.tensor([[[[-1.0, 1.0]]]]))
    assert y.dtype == np.float32
    np.testing.assert_array_equal(y.numpy(), np.ones((1, 1, 6, 5)))


def test_transposed_convolution_undoes_the_shape():
    for size in range(5, 12):
        for extra in range(3):
            y = ops.conv2d(np.zeros((1, 4, size, 9)), FILTERS, groups=2, stride=3, padding=1)
            x = ops.conv_transpose2d(y, FILTERS, groups=2, stride=3, padding=1, output_padding=(extra, 0))
            assert x.shape[:2] == (1, 4)
            if (size + 2 - 3) % 3 == extra:
                assert x.shape[2] == size


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ops.conv2d(IMAGES[0], FILTERS), r"conv2d expected an input of shape \(N, C, H, W\), .* x\[None\]"),
        (lambda: ops.conv1d(IMAGES, FILTERS), r"conv1d expected an input of shape \(N, C, L\)"),
        (lambda: ops.conv2d(IMAGES, FILTERS[0]), "conv2d expected filters of 4 axes"),
        (lambda: ops.conv2d(IMAGES, FILTERS), r"conv2d expected an input of 2 channels, .* \(2, 4, 7, 6\)"),
        (lambda: ops.conv2d(IMAGES, FILTERS, groups=4), "conv2d expected groups that divide 6, but got 4"),
        (lambda: ops.conv2d(IMAGES, FILTERS, groups=0), "conv2d expected groups to be a whole number from 1 on"),
        (
            lambda: ops.conv2d(IMAGES, FILTERS, groups=2, dilation=4),
            r"kernel \(3, 2\), which spans \(9, 5\) with dilation \(4, 4\), but got \(7, 6\)",
        ),
        (
            lambda: ops.conv2d(IMAGES[:, :2, :1], FILTERS, padding=(0, 3)),
            r"its kernel \(3, 2\) but got \(1, 6\), with padding \(1, 12\): use a smaller kernel",
        ),
        (lambda: ops.conv2d(IMAGES, FILTERS, np.zeros(4), groups=2), r"bias of shape \(6,\), one for each filter"),
        (lambda: ops.conv2d(IMAGES, FILTERS, groups=2, stride=(1, 2, 3)), "stride to be .* a tuple of 2"),
        (lambda: ops.conv2d(IMAGES, FILTERS, groups=2, stride=1.5), "stride to be a whole number"),
        (lambda: ops.conv2d(IMAGES, FILTERS, groups=2, padding=-1), "padding to be a whole number from 0 on"),
        (lambda: ops.conv2d(IMAGES, FILTERS, groups=2, padding=((1, 1),)), r"a pair \(before, after\)"),
        (lambda: ops.conv2d(IMAGES, FILTERS, groups=2, padding="full"), "'same', 'valid' or numbers, but got 'full'"),
        (lambda: ops.conv2d(IMAGES, FILTERS, groups=2, padding="same", stride=2), "stride 1, but got"),
        (lambda: ops.conv_transpose2d(IMAGES, FILTERS), "conv_transpose2d expected an input of 6 channels"),
        (lambda: ops.conv_transpose2d(IMAGES, FILTERS[:4], output_padding=1), "output_padding below stride"),
        (lambda: ops.conv_transpose2d(IMAGES[:, :, :1], FILTERS[:4], padding=2), "cuts more off"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message) as raised:
        call()
    assert "\n" not in str(raised.value)


class Recorder(Watcher):
    """Collects the names of operations that run."""

    def __init__(self):
        self.names = set()

    def forward(self, operation, inputs, constants, value, node):
        self.names.add(operation.__name__)


def test_every_derivative_runs_on_the_kernels():
    """A derivative of a derivative consists of convolutions, not of the steps of the reference."""
    with Recorder() as seen:
        cr.hessian_vector_product(
            lambda w: ops.sum(ops.conv2d(IMAGES, w, groups=2, stride=2) ** 2), (FILTERS,), (np.ones(FILTERS.shape),)
        )
    assert {"conv", "conv_weight_gradient"} <= seen.names
    assert not {"matmul", "pad", "take", "transpose"} & seen.names


def test_nothing_is_computed_for_a_first_layer():
    """No gradient is wanted of data."""
    with Recorder() as seen:
        filters = cr.Tensor(FILTERS, requires_grad=True)
        ops.sum(ops.conv2d(IMAGES, filters, groups=2)).backward()
    assert filters.grad.shape == FILTERS.shape
    assert "conv_input_gradient" not in seen.names
