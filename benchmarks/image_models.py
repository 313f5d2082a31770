"""Whole training steps of image models, what they take in memory, and the operations between convolutions.

PyTorch gets its better memory format, channels first or last, which is found by trying.
"""

import ctypes
import gc
import subprocess
import sys
from collections.abc import Callable, Iterator
from statistics import median

import numpy as np

from benchmarks.harness import Record, Workload, make_quantity
from benchmarks.sides import Late, fastest

_FORMATS = ("contiguous_format", "channels_last")


def workloads() -> list[Workload]:
    """Return training steps, then single operations forward and backward."""
    return [*map(_step_workload, _MODELS), *_operations()]


def records(wanted: Callable[[str], bool]) -> Iterator[Record]:
    """Peak memory of a training step."""
    for model in ("ResNet-18", "ResNet-20"):
        if wanted(name := f"{model}, batch {_MODELS[model][2]}, peak memory of a training step"):
            yield _memory(name, model)


# Training steps: a model's config, the shape of an image, the batch, and the optimiser

_MODELS = {
    "LeNet": (lambda models: models.LeNetConfig(), (1, 28, 28), 128, "Adam"),
    "ResNet-20": (lambda models: models.ResNetConfig.of_depth(20), (3, 32, 32), 64, "SGD"),
    "ResNet-18": (lambda models: models.ResNetConfig.of_depth(18), (3, 32, 32), 64, "SGD"),
    "MobileNet": (lambda models: models.MobileNetConfig(dropout=0.0), (3, 32, 32), 64, "SGD"),
}
_SETTINGS = {"Adam": {"lr": 1e-3}, "SGD": {"lr": 0.01, "momentum": 0.9, "weight_decay": 5e-4}}


def _step_workload(model: str) -> Workload:
    _, _, batch, optimizer = _MODELS[model]

    def theirs() -> Callable[[], object]:
        _check_equal(model)
        return fastest([_torch_step(model, memory_format) for memory_format in _FORMATS])

    name = f"{model}, batch {batch}, training step ({optimizer})"
    return Workload(name, Late(lambda: _our_step(model)), Late(theirs))


def _check_equal(model: str) -> None:
    """Fail unless both sides do the same work."""
    ours, theirs = _our_step(model), _torch_step(model, _FORMATS[0])
    for _ in range(2):
        np.testing.assert_allclose(ours(), theirs(), rtol=2e-3)


def _batch(model: str) -> tuple[np.ndarray, np.ndarray]:
    _, shape, batch, _ = _MODELS[model]
    rng = np.random.default_rng(0)
    return rng.standard_normal((batch, *shape), dtype=np.float32), rng.integers(0, 10, batch)


def _our_model(model: str):
    import chainrule as cr
    from chainrule import models

    config = _MODELS[model][0](models)
    return getattr(models, type(config).__name__.removesuffix("Config"))(config, generator=cr.Generator(0))


def _our_step(model: str) -> Callable[[], float]:
    import chainrule as cr

    x, y = _batch(model)
    network, optimizer = _our_model(model), _MODELS[model][3]
    update = getattr(cr.optim, optimizer)(network.parameters(), **_SETTINGS[optimizer])

    def step() -> float:
        update.zero_grad()
        loss = cr.nn.functional.cross_entropy(network(x), y)
        loss.backward()
        update.step()
        return loss.item()

    return step


def _torch_step(model: str, memory_format: str) -> Callable[[], float]:
    import torch

    from benchmarks import torch_image_models
    from chainrule import models

    x, y = map(torch.from_numpy, _batch(model))
    config, optimizer = _MODELS[model][0](models), _MODELS[model][3]
    network = getattr(torch_image_models, type(config).__name__.removesuffix("Config"))(config)
    weights = _our_model(model).state_dict()
    network.load_state_dict({name: torch.tensor(np.asarray(weight)) for name, weight in weights.items()})
    placed = {"memory_format": getattr(torch, memory_format)}
    network, x = network.to(**placed), x.to(**placed)
    update = getattr(torch.optim, optimizer)(network.parameters(), **_SETTINGS[optimizer])

    def step() -> float:
        update.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(x), y)
        loss.backward()
        update.step()
        return loss.item()

    return step


# Single operations on channels-last images


def _operations() -> list[Workload]:
    from torch import nn as theirs

    from chainrule import nn as ours

    class Normalized(ours.Module):
        """Both in one pass, as in our residual networks."""

        def __init__(self, channels: int):
            self.norm = ours.BatchNorm2d(channels)

        def forward(self, x):
            return self.norm(x, relu=True)

    def normalized(channels: int):
        return Normalized(channels), theirs.Sequential(theirs.BatchNorm2d(channels), theirs.ReLU(inplace=True))

    depthwise = (layers.Conv2d(128, 128, 3, 1, 1, groups=128) for layers in (ours, theirs))
    return [
        _operation("depthwise 3x3", (64, 128, 16, 16), *depthwise),
        _operation("batch norm and ReLU", (64, 64, 32, 32), *normalized(64)),
        _operation("batch norm and ReLU", (64, 256, 8, 8), *normalized(256)),
        _operation("max pool 2x2", (128, 32, 28, 28), *(layers.MaxPool2d(2) for layers in (ours, theirs))),
        _operation(
            "max pool 3x3, stride 2", (64, 64, 32, 32), *(layers.MaxPool2d(3, 2, 1) for layers in (ours, theirs))
        ),
        _operation("average pool 2x2", (64, 64, 32, 32), *(layers.AvgPool2d(2) for layers in (ours, theirs))),
    ]


def _operation(name: str, shape: tuple[int, ...], ours, theirs) -> Workload:
    from chainrule.kernels.cpu.memory import lined  # where both libraries lay what one layer gives the next

    images = lined(shape[0], *shape[2:], shape[1])
    images[...] = np.random.default_rng(0).standard_normal(images.shape, dtype=np.float32)
    x = np.moveaxis(images, -1, 1)

    def our_side() -> Callable[[], object]:
        import chainrule as cr

        y = ours(cr.Tensor(x)).numpy()
        g = np.moveaxis(lined(y.shape[0], *y.shape[2:], y.shape[1]), -1, 1)
        g[...] = 1.0

        def run() -> None:
            images = cr.Tensor(x, requires_grad=True)
            ours.zero_grad()
            ours(images).backward(g)

        return run

    def their_side(memory_format: str) -> Callable[[], object]:
        import torch

        images = torch.tensor(np.ascontiguousarray(x)).to(memory_format=getattr(torch, memory_format))
        grad = torch.ones_like(theirs(images))
        images.requires_grad_()

        def run() -> None:
            images.grad = None
            theirs.zero_grad()
            theirs(images).backward(grad)

        return run

    their_best = Late(lambda: fastest([their_side(memory_format) for memory_format in _FORMATS]))
    return Workload(f"{name}, {'x'.join(map(str, shape))}, forward + backward", Late(our_side), their_best)


# Memory: each side in a process of its own, which reports how far its resident set rose during a step


def _memory(name: str, model: str) -> Record:
    """Megabytes at the peak of a training step, above what the process held before it; PyTorch's better format."""
    ours = median(_child(f"_our_step({model!r})") for _ in range(3))
    theirs = min(median(_child(f"_torch_step({model!r}, {f!r})") for _ in range(3)) for f in _FORMATS)
    return make_quantity(name, "MB", ours, theirs)


def _child(step: str) -> float:
    code = f"from benchmarks import image_models as m; m.report_peak(m.{step})"
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)


def report_peak(step: Callable[[], object]) -> None:
    """Print how many megabytes a step takes at its peak.

    Parameters
    ----------
    step : callable
        Makes one training step.
    """
    step()  # compiles kernels, makes gradients and the optimiser's state, starts threads
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # memory that a compiler left free would hide what the step takes
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak begins anew
    before = _status("VmRSS")
    step()
    print((_status("VmHWM") - before) / 1024)


def _status(entry: str) -> int:
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(entry + ":"))
