"""One convolution, forward and backward: the usual layers, and a sweep of shapes that nobody chose.

PyTorch gets the faster of its two memory formats for free. Both sides go through their automatic differentiation.
"""

import math
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

import chainrule as cr
from benchmarks.harness import Record, Workload, make_quantity, measure

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
    def results(self) -> int:
        """The size of results."""
        return (self.size + 2 * self.padding - self.kernel) // self.stride + 1

    @property
    def multiplications(self) -> int:
        """For the results, by definition."""
        windows = self.batch * self.results**2
        return windows * self.filters * self.channels // self.groups * self.kernel**2

    def __str__(self) -> str:
        stride = f" stride {self.stride}" if self.stride > 1 else ""
        kind = " first layer" if self.is_first else " depthwise" if self.groups > 1 else ""
        images = f"{self.batch}x{self.channels}x{self.size}x{self.size}"
        return f"conv {self.kernel}x{self.kernel}{stride}{kind}, {images} to {self.filters}"


SHAPES = [
    Shape(64, 64, 32, 64, 3, padding=1),
    Shape(64, 128, 16, 128, 3, padding=1),
    Shape(64, 256, 8, 256, 3, padding=1),
    Shape(64, 512, 4, 512, 3, padding=1),
    Shape(128, 1, 28, 32, 5, padding=2, is_first=True),
    Shape(128, 32, 14, 64, 5, padding=2),
    Shape(64, 64, 32, 128, 1, stride=2),
    Shape(64, 128, 16, 128, 3, padding=1, groups=128),
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


def _workload(shape: Shape, name: str | None = None) -> Workload:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((shape.batch, shape.size, shape.size, shape.channels), dtype=np.float32)
    if shape.is_first:
        x = np.ascontiguousarray(x.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1)
    weight_shape = shape.filters, shape.channels // shape.groups, shape.kernel, shape.kernel
    weight = rng.standard_normal(weight_shape, dtype=np.float32)
    grad = rng.standard_normal((shape.batch, shape.results, shape.results, shape.filters), dtype=np.float32)
    x, grad = (images.transpose(0, 3, 1, 2) for images in (x, grad))
    return Workload(name or str(shape), _ours(shape, x, weight, grad), _torch(shape, x, weight, grad))


def _ours(shape: Shape, x: np.ndarray, weight: np.ndarray, grad: np.ndarray) -> Callable[[], None]:
    def result(*arrays: cr.Tensor) -> cr.Tensor:
        images = x if shape.is_first else arrays[1]
        return cr.ops.conv2d(images, arrays[0], None, shape.stride, shape.padding, groups=shape.groups)

    def run() -> None:
        _, pull_back = cr.vjp(result, *([weight] if shape.is_first else [weight, x]))
        pull_back(grad)

    return run


def _torch(shape: Shape, x: np.ndarray, weight: np.ndarray, grad: np.ndarray) -> Callable[[], None]:
    import torch

    def step(memory_format: torch.memory_format) -> Callable[[], None]:
        images, filters, outer = (torch.from_numpy(a).to(memory_format=memory_format) for a in (x, weight, grad))
        images.requires_grad_(not shape.is_first)
        filters.requires_grad_()

        def run() -> None:
            images.grad = filters.grad = None
            y = torch.nn.functional.conv2d(images, filters, None, shape.stride, shape.padding, groups=shape.groups)
            y.backward(outer)

        return run

    return _Fastest(lambda: [step(torch.contiguous_format), step(torch.channels_last)])


class _Fastest:
    """The fastest of some ways to do the same, found at the first call."""

    def __init__(self, ways: Callable[[], list[Callable[[], None]]]) -> None:
        self._ways = ways
        self._chosen: Callable[[], None] | None = None

    def __call__(self) -> None:
        if self._chosen is None:
            self._chosen = min(self._ways(), key=_best_time)
        self._chosen()


def _best_time(call: Callable[[], None], turns: int = 5) -> float:
    times = []
    for _ in range(turns):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)
