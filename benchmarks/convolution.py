"""One convolution, forward and backward: the usual layers of images and sequences, and a sweep of shapes nobody chose.

PyTorch gets the fastest of its memory formats for free. Both sides go through their automatic differentiation.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import chainrule as cr
from benchmarks.harness import Record, Workload, make_quantity, measure
from benchmarks.sides import Late, fastest

_SWEEP = 60
_SWEEP_REPEATS, _SWEEP_SECONDS = 9, 1.5


class Shape(NamedTuple):
    """A convolution of square images."""

    batch: int
    channels: int
    size: int
    filters: int
    kernel: int
    stride: int = 1
    padding: int = 0
    groups: int = 1
    is_first: bool = False  # nobody wants the input's gradient

    @property
    def operands(self) -> list[tuple[int, ...]]:
        """Shapes of images and results, channels last, and of filters."""
        results = (self.size + 2 * self.padding - self.kernel) // self.stride + 1
        images = self.batch, self.size, self.size, self.channels
        filters = self.filters, self.channels // self.groups, self.kernel, self.kernel
        return [images, (self.batch, results, results, self.filters), filters]

    @property
    def settings(self) -> dict[str, int]:
        """How filters slide."""
        return {"stride": self.stride, "padding": self.padding, "groups": self.groups}

    @property
    def multiplications(self) -> int:
        """For the results, by definition."""
        _, results, filters = self.operands
        return math.prod(results) * math.prod(filters[1:])

    def __str__(self) -> str:
        stride = f" stride {self.stride}" if self.stride > 1 else ""
        kind = " first layer" if self.is_first else " depthwise" if self.groups > 1 else ""
        images = f"{self.batch}x{self.channels}x{self.size}x{self.size}"
        return f"conv {self.kernel}x{self.kernel}{stride}{kind}, {images} to {self.filters}"


class Sequences(NamedTuple):
    """A convolution that keeps the length."""

    what: str
    batch: int
    channels: int
    length: int
    filters: int
    kernel: int
    dilation: int = 1
    groups: int = 1
    is_first: bool = False

    @property
    def operands(self) -> list[tuple[int, ...]]:
        """Shapes of sequences and results, channels last, and of filters."""
        filters = self.filters, self.channels // self.groups, self.kernel
        return [(self.batch, self.length, self.channels), (self.batch, self.length, self.filters), filters]

    @property
    def settings(self) -> dict[str, int]:
        """How filters slide."""
        around = self.dilation * (self.kernel - 1) // 2
        return {"padding": around, "dilation": self.dilation, "groups": self.groups}

    @property
    def settings_of_images(self) -> dict[str, Any]:
        """The same for images of height 1."""
        return self.settings | {"padding": (0, self.settings["padding"]), "dilation": (1, self.dilation)}

    def __str__(self) -> str:
        dilation = f" dilation {self.dilation}" if self.dilation > 1 else ""
        sequences = f"{self.batch}x{self.channels}x{self.length}"
        return f"conv1d {self.kernel}{dilation} {self.what}, {sequences} to {self.filters}"


SHAPES = [
    Shape(64, 64, 32, 64, 3, padding=1),
    Shape(64, 128, 16, 128, 3, padding=1),
    Shape(64, 256, 8, 256, 3, padding=1),
    Shape(64, 512, 4, 512, 3, padding=1),
    Shape(128, 1, 28, 32, 5, padding=2, is_first=True),
    Shape(128, 32, 14, 64, 5, padding=2),
    Shape(64, 64, 32, 128, 1, stride=2),
    Shape(64, 128, 16, 128, 3, padding=1, groups=128),
    Sequences("text", 64, 128, 200, 128, 3),
    Sequences("text", 64, 128, 200, 128, 5),
    Sequences("sound", 16, 64, 4000, 64, 9),
    Sequences("sound", 16, 64, 4000, 64, 9, 2),
    Sequences("sound", 16, 64, 4000, 64, 9, 4),
    Sequences("sound first layer", 16, 1, 16000, 32, 25, is_first=True),
    Sequences("depthwise", 16, 128, 1000, 128, 5, groups=128),
    Sequences("depthwise", 16, 128, 1000, 128, 31, groups=128),
]


def workloads() -> list[Workload]:
    """The usual layers."""
    return [_workload(shape) for shape in SHAPES]


def records(wanted: Callable[[str], bool]) -> Iterator[Record]:
    """Time the sweep; then its geometric mean and its worst shape."""
    if not wanted("conv sweep"):
        return
    ratios = []
    for number, shape in enumerate(sweep()):
        record = measure(_workload(shape, f"conv sweep {number}: {shape}"), _SWEEP_REPEATS, _SWEEP_SECONDS)
        ratios.append(record["ratio"])
        yield record
    mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
    yield make_quantity("conv sweep, geometric mean", "speed", mean, 1.0)
    yield make_quantity("conv sweep, worst", "speed", min(ratios), 1.0)


def sweep(count: int = _SWEEP, seed: int = 0) -> list[Shape]:
    """Draw shapes such as networks for images have: odd sizes, few channels and single images among them.

    Parameters
    ----------
    count : int, default 60
        How many.
    seed : int, default 0
        Which ones.

    Returns
    -------
    list of Shape
        Of 4 million to a billion multiplications.
    """
    rng, shapes = np.random.default_rng(seed), []
    while len(shapes) < count:
        kernel, size = int(rng.choice([1, 1, 3, 3, 3, 3, 5, 7])), int(rng.integers(4, 65))
        is_first = bool(rng.random() < 0.15)
        channels = int(rng.choice([1, 3]) if is_first else rng.choice([8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512]))
        filters = int(rng.choice([8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512]))
        batch, stride = int(rng.choice([1, 8, 16, 32, 64, 128])), int(rng.choice([1, 1, 1, 2]))
        shape = Shape(batch, channels, size, filters, kernel, stride, kernel // 2, is_first=is_first)
        if 4e6 < shape.multiplications < 1e9:
            shapes.append(shape)
    return shapes


def _workload(shape: Shape | Sequences, name: str | None = None) -> Workload:
    rng = np.random.default_rng(0)
    x, grad, weight = (rng.standard_normal(operand, dtype=np.float32) for operand in shape.operands)
    x, grad = (np.moveaxis(images, -1, 1) for images in (x, grad))
    if shape.is_first:
        x = np.ascontiguousarray(x)
    return Workload(name or str(shape), _ours(shape, x, weight, grad), _torch(shape, x, weight, grad))


def _ours(shape: Shape | Sequences, x: np.ndarray, weight: np.ndarray, grad: np.ndarray) -> Callable[[], None]:
    convolve = cr.ops.conv2d if x.ndim == 4 else cr.ops.conv1d

    def result(*arrays: cr.Tensor) -> cr.Tensor:
        return convolve(x if shape.is_first else arrays[1], arrays[0], **shape.settings)

    def run() -> None:
        _, pull_back = cr.vjp(result, *([weight] if shape.is_first else [weight, x]))
        pull_back(grad)

    return run


def _torch(shape: Shape | Sequences, x: np.ndarray, weight: np.ndarray, grad: np.ndarray) -> Callable[[], None]:
    from torch.nn.functional import conv1d, conv2d

    arrays = [x, weight, grad]
    if isinstance(shape, Shape):
        ways = [(conv2d, arrays, shape.settings)]
    else:  # sequences are images of height 1, which PyTorch is often faster with
        ways = [(conv1d, arrays, shape.settings), (conv2d, [a[:, :, None] for a in arrays], shape.settings_of_images)]
    places = (np.ascontiguousarray, _channels_last)
    return Late(lambda: fastest([_torch_step(*way, place, shape.is_first) for way in ways for place in places]))


def _torch_step(convolve: Callable, arrays: list, settings: dict, place: Callable, is_first: bool) -> Callable:
    import torch

    images, filters, outer = (torch.from_numpy(place(array)) for array in arrays)
    images.requires_grad_(not is_first)
    filters.requires_grad_()

    def run() -> None:
        images.grad = filters.grad = None
        convolve(images, filters, **settings).backward(outer)

    return run


def _channels_last(images: np.ndarray) -> np.ndarray:
    return np.moveaxis(np.ascontiguousarray(np.moveaxis(images, 1, -1)), -1, 1)
