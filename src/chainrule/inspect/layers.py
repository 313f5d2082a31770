"""Finding a layer of a model, and looking at what it hands on, without leaving a trace in the model."""

import difflib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor, no_grad
from chainrule.autodiff.tensor import plain
from chainrule.nn import Module

Layer = str | Module


def find_layer(owner: str, model: Module, layer: Layer) -> Module:
    """The layer of that path, or the layer itself if the model has it."""
    modules = dict(model.named_modules())
    if isinstance(layer, Module):
        if layer not in modules.values():
            raise ValueError(f"{owner} expected a layer of {type(model).__name__}, but got another {layer.title()}")
        return layer
    if layer not in modules:
        close = difflib.get_close_matches(layer, modules, n=1)
        hint = f"did you mean {close[0]!r}?" if close else "named_modules() lists its paths"
        raise ValueError(f"{owner} found no layer {layer!r} in {type(model).__name__}: {hint}")
    return modules[layer]


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """Let a model behave as in evaluation, and as before afterwards."""
    before = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in before:
            module.training = training


class _Reached(Exception):
    """Ends a forward pass whose rest nobody wants."""


def output_of(owner: str, model: Module, layer: Layer, *inputs: Any) -> Any:
    """What a layer returns while the model runs on `inputs`; the layers behind it do not run."""
    module, seen = find_layer(owner, model, layer), []

    def keep(_: Module, __: tuple, result: Any) -> None:
        seen.append(result)
        raise _Reached

    remove = module.register_forward_hook(keep)
    try:
        with evaluating(model), no_grad():
            model.run(inputs, {})
    except _Reached:
        pass
    finally:
        remove()
    if not seen:
        raise ValueError(f"{owner} found that {module.title()} does not run in {type(model).__name__}")
    if not hasattr(seen[0], "shape"):
        raise ValueError(f"{owner} expected a layer that returns an array, but got {module.title()}")
    return seen[0]


@contextmanager
def replaced_output(module: Module, result: Any) -> Iterator[None]:
    """Let a layer return `result`, whatever it computes."""
    remove: Callable[[], None] = module.register_forward_hook(lambda *_: result)
    try:
        yield
    finally:
        remove()


def images_of(owner: str, images: Any) -> Tensor:
    """A batch of images as a constant Tensor."""
    array = plain(images) if isinstance(images, Tensor) else images
    array = array if hasattr(array, "dtype") else np.asarray(array)
    if len(array.shape) < 3 or array.dtype.kind not in "fV":
        raise ValueError(
            f"{owner} expected images of shape (N, C, H, W) in floating point, but got {array.dtype} of shape "
            f"{tuple(array.shape)}"
        )
    return Tensor(array)


def as_numpy(value: Any) -> np.ndarray:
    """The numbers of a result, as an array of the caller's own."""
    return np.array(plain(value))
