"""Images, described by what the last layer of a network would score their classes by."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor, no_grad
from chainrule.data.images.batching import normalized
from chainrule.data.registry import load_images
from chainrule.errors import DataError
from chainrule.interop.blank import Blank
from chainrule.random import Generator
from chainrule.tasks.image.beginning import network_weights
from chainrule.tasks.image.network import make_body
from chainrule.tasks.image.predictor import network_shape, read_description
from chainrule.tasks.judging.labelled import Examples, InputKind, LabelledInputs
from chainrule.tasks.judging.representation import Representation
from chainrule.tasks.runs import settings_of
from chainrule.tasks.task import task_of
from chainrule.training.run import RunFolder

__all__ = ["represent"]

_AT_ONCE = 256


def represent(run: RunFolder, generator: Generator | None) -> Representation:
    """Describe images with a run.

    Parameters
    ----------
    run : RunFolder
        Of a task that learns from images, with classes or without.
    generator : Generator, optional
        Draws its weights anew.

    Returns
    -------
    Representation
        Of images of the size that the run learned from.
    """
    settings: Any = settings_of(run, task_of(run).settings, run.config.task)
    description = read_description(run)
    body, _ = make_body(settings.model, network_shape(settings, description), generator or Blank())
    if generator is None:
        weights = network_weights(run)
        body.load_state_dict({path: weights[path] for path in body.state_dict()})
    body.eval()

    @no_grad()
    def describe(pixels: np.ndarray) -> np.ndarray:
        inside = np.moveaxis(pixels, 1, -1)  # (N, H, W, C)
        parts = (inside[start : start + _AT_ONCE] for start in range(0, len(inside), _AT_ONCE))
        return np.concatenate([body(Tensor(normalized(part, description.statistics))).numpy() for part in parts])

    load = functools.partial(_load, shape=description.shape)
    return Representation(str(run.path), InputKind("images", load, "pixels", _make_pixels), describe)


def _load(name_or_path: str, shape: tuple[int, int, int]) -> LabelledInputs:
    """Read images with a class each, and make them as large as those that the model learned from."""
    _, height, width = shape
    data = load_images(name_or_path, image_size=height if height == width else None)
    if data.shape != shape:
        raise DataError(
            f"{data.name} holds images of the shape {data.shape}, but the model describes {shape} (channels, height, "
            f"width): give images of that shape"
        )
    parts = (Examples(part.pixels, part.labels) for part in map(data.split, ("train", "dev", "test")))
    return LabelledInputs(data.name, data.classes, *parts)


def _make_pixels() -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    return make_pipeline(FunctionTransformer(_in_a_row), StandardScaler())


def _in_a_row(pixels: np.ndarray) -> np.ndarray:
    return pixels.reshape(len(pixels), -1).astype(np.float32)
