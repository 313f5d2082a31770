"""Convolution along one, two and three axes and its transposes against PyTorch: a random sweep.

Each configuration is drawn from its own number. Result and all gradients are compared in float64, and in float32 for
every algorithm that can do the configuration, each with what PyTorch finds in float64 for the same numbers.

How much may differ follows from the sums: one of n products has an error of about ``sqrt(n)`` roundings of the sum of
the products' absolute values (N. Higham and T. Mary, A new approach to probabilistic rounding error analysis, 2019).
Those sums are the same convolution of absolute values. Algorithms that transform images mix what lies side by side,
so that the largest of these sums counts.
"""

from typing import NamedTuple

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import chainrule as cr  # noqa: E402
from chainrule.kernels.cpu.convolution_choice import ALGORITHMS, Problem, refusal  # noqa: E402
from chainrule.ops.windows import pairs  # noqa: E402

from .drawing import Draw, spread  # noqa: E402

theirs = torch.nn.functional
pytestmark = pytest.mark.parity

TRANSFORMING = ("winograd", "fft")


class Configuration(NamedTuple):
    """A call of ``conv{axes}d`` or ``conv_transpose{axes}d``."""

    axes: int
    arrays: list  # images, filters, and a bias or None; float64, but numbers that float32 has too
    settings: dict
    transposed: bool = False

    @property
    def name(self):
        return f"conv{'_transpose' if self.transposed else ''}{self.axes}d"

    def ours(self, dtype, algorithm):
        """Result and gradients."""
        arrays = [None if x is None else cr.tensor(x.astype(dtype), requires_grad=True) for x in self.arrays]
        y = getattr(cr.ops, self.name)(*arrays, **self.settings, algorithm=algorithm)
        y.backward(cotangent(y.shape).astype(dtype))
        return [y.numpy(), *(x.grad.numpy() for x in arrays if x is not None)]

    def theirs(self, change=lambda x: x):
        """Result and gradients of PyTorch, of numbers that were changed."""
        arrays = [None if x is None else torch.tensor(change(x), requires_grad=True) for x in self.arrays]
        x, settings = arrays[0], dict(self.settings)
        if not isinstance(settings["padding"], (str, int)) and any(isinstance(p, tuple) for p in settings["padding"]):
            x = theirs.pad(x, [zeros for pair in reversed(settings.pop("padding")) for zeros in pair])
        y = getattr(theirs, self.name)(x, *arrays[1:], **settings)
        y.backward(torch.tensor(change(cotangent(y.shape))))
        return [y.detach().numpy(), *(x.grad.numpy() for x in arrays if x is not None)]

    def able(self):
        """The algorithms that can do this."""
        kernel = self.arrays[1].shape[2:]
        stride, dilation = (spread(self.settings[name], self.axes) for name in ("stride", "dilation"))
        around = pairs(self.name, self.settings["padding"], kernel, stride, dilation)
        more = spread(self.settings.get("output_padding", 0), self.axes)
        around = tuple((before, after - extra) for (before, after), extra in zip(around, more))
        problem = Problem((), self.arrays[1].shape, stride, around, dilation, self.settings["groups"])
        return [name for name in ALGORITHMS if not refusal(name, problem)]


def cotangent(shape):
    return singles(np.random.default_rng(1).standard_normal(shape))


def singles(x):
    """Round to numbers that float32 has too."""
    return x.astype(np.float32).astype(np.float64)


def lengths(configuration, result):
    """How many products are summed for the result, and for the gradients by images, filters and bias."""
    images, filters, *_ = configuration.arrays
    by_result, by_image = np.prod(filters.shape[1:]), np.prod(filters.shape[2:]) * len(filters)
    by_image //= configuration.settings["groups"]
    places = result.size // result.shape[1] if not configuration.transposed else images.size // images.shape[1]
    if configuration.transposed:
        by_result, by_image = by_image, by_result
    return by_result + 1, by_image, places, result.size // result.shape[1]


def tolerance(algorithm, dtype, length, size):
    """How far sums of so many products may be off, whose absolute values add up to `size`."""
    rounding = np.finfo(dtype).eps * np.sqrt(length)
    # Single products are about one, where nothing else is summed that tells how large they are.
    return 60 * rounding * max(size.max(), 1.0) if algorithm in TRANSFORMING else 2 * rounding * size


def compare(configuration):
    expected, sizes = configuration.theirs(), configuration.theirs(np.abs)
    for dtype, algorithms in ((np.float64, ["im2col"]), (np.float32, configuration.able())):
        for algorithm in algorithms:
            found = configuration.ours(dtype, algorithm)
            for one, other, size, length in zip(found, expected, sizes, lengths(configuration, expected[0])):
                assert one.shape == other.shape
                assert one.dtype == dtype
                assert np.all(np.abs(one - other) <= tolerance(algorithm, dtype, length, size)), algorithm


def drawn_channels(draw, axes):
    """Channels, filters and groups: few or many, in groups small or large, or each by itself."""
    most = 40 if axes < 3 else 4
    kind = draw.number(0, 5)
    if kind == 0:  # depthwise
        channels = draw.number(1, most)
        return channels, channels * draw.one_of(1, 1, 2), channels
    groups = draw.number(2, 3) if kind == 1 else 1
    return groups * draw.number(1, most // groups), groups * draw.number(1, most // groups), groups


def drawn_steps(draw, axes):
    """Stride and dilation; both one half the time."""
    return (1, 1) if draw.chance() else (draw.numbers(axes, 1, 3), draw.numbers(axes, 1, 3))


def drawn_sizes(draw, axes, kernel, padding, dilation):
    """Odd and even, and now and then what just holds the kernel."""
    most = {1: 40, 2: 14, 3: 4}[axes]
    least = [d * (k - 1) + 1 - sum(pair) for k, pair, d in zip(kernel, padding, spread(dilation, axes))]
    return [max(draw.number(1, most), size, 1) for size in least]


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("seed", range(400))
def test_every_algorithm(seed):
    draw = Draw([seed, 0])
    axes = draw.one_of(1, 2, 2, 2, 2, 3) if seed % 3 else 2
    channels, filters, groups = drawn_channels(draw, axes)
    kernel = (draw.one_of(3, 5),) * axes if draw.chance() else tuple(draw.number(1, 4) for _ in range(axes))
    if axes == 3:
        kernel = tuple(min(k, 3) for k in kernel)
    stride, dilation = drawn_steps(draw, axes)
    padding = draw.one_of(0, draw.numbers(axes, 0, 2), tuple((draw.number(0, 3), draw.number(0, 3)) for _ in kernel))
    if draw.number(0, 5) == 0:
        stride, padding = 1, draw.one_of("same", "valid")
    around = pairs("", padding, kernel, spread(stride, axes), spread(dilation, axes))
    x = draw.image(channels, drawn_sizes(draw, axes, kernel, around, dilation))
    weight, bias = draw.array(filters, channels // groups, *kernel), draw.array(filters) if draw.chance() else None
    arrays = [None if array is None else singles(array) for array in (x, weight, bias)]
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    compare(Configuration(axes, arrays, settings))


@pytest.mark.parametrize("seed", range(160))
def test_every_algorithm_transposed(seed):
    draw = Draw([seed, 1])
    axes = draw.one_of(1, 2, 2, 2, 3)
    channels, filters, groups = drawn_channels(draw, axes)
    if groups == channels:
        filters = channels
    kernel = (
        (draw.one_of(3, 5),) * axes if draw.chance() and axes < 3 else tuple(draw.number(1, 3) for _ in range(axes))
    )
    stride, dilation = drawn_steps(draw, axes)
    least = min(max(s, d) for s, d in zip(spread(stride, axes), spread(dilation, axes)))
    padding = draw.number(0, 1)
    x = draw.image(channels, [draw.number(2 + padding, 9 if axes < 3 else 4) for _ in range(axes)])
    weight, bias = draw.array(channels, filters // groups, *kernel), draw.array(filters) if draw.chance() else None
    arrays = [None if array is None else singles(array) for array in (x, weight, bias)]
    settings = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    settings["output_padding"] = draw.number(0, least - 1)
    compare(Configuration(axes, arrays, settings, transposed=True))
