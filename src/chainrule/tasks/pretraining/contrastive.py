"""Contrastive learning: find the other view of an image among those of others (T. Chen et al., SimCLR, 2020)."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule import nn
from chainrule.autodiff import Tensor, no_grad
from chainrule.data.images.dataset import Images
from chainrule.data.images.views import ViewedImages, batches_once
from chainrule.nn import functional
from chainrule.random import Generator
from chainrule.tasks.image.description import Description
from chainrule.tasks.image.network import make_body
from chainrule.tasks.image.predictor import network_shape
from chainrule.tasks.pretraining.images import ViewSettings, viewed
from chainrule.tasks.pretraining.view_task import ViewTask
from chainrule.training.objective import Objective
from chainrule.training.settings import other_default, setting

__all__ = [
    "CONTRASTIVE",
    "TASK",
    "Agreement",
    "ContrastiveModel",
    "ContrastiveSettings",
    "agreement",
    "measure",
    "pairs_of_views",
]


@dataclass(frozen=True)
class ContrastiveSettings(ViewSettings):
    """Everything that can be set for ``chainrule pretrain contrastive``."""

    light: float = other_default(ViewSettings, "light", 0.4)
    colour: float = other_default(ViewSettings, "colour", 0.4)
    projection: int = setting(
        128, "Width of what views are compared by, which is left out afterwards.", group="Model", minimum=1
    )
    temperature: float = setting(
        0.2, "What likenesses are divided by: the smaller, the more the nearest others count.", group="Model", above=0
    )


class ContrastiveModel(nn.Module):
    """A network that describes images, and a small one on top of it whose results are compared.

    Parameters
    ----------
    body : Module
        From images (N, C, H, W) to features (N, width).
    width : int
        How many features there are.
    projection : int
        The width of the results.
    generator : Generator, optional
        Draws the initial weights.
    """

    body: nn.Module
    projector: nn.Sequential

    def __init__(self, body: nn.Module, width: int, projection: int, *, generator: Generator | None = None):
        self.body = body
        self.projector = nn.Sequential(
            nn.Linear(width, width, generator=generator), nn.ReLU(), nn.Linear(width, projection, generator=generator)
        )

    def forward(self, views: Any) -> Tensor:
        """Describe views.

        Parameters
        ----------
        views : Tensor or Array, shape (N, C, H, W)
            The views.

        Returns
        -------
        Tensor, shape (N, projection)
            What they are compared by.
        """
        return self.projector(self.body(views))


def pairs_of_views(viewed: ViewedImages, rows: np.ndarray, keys: np.ndarray, generator: Generator) -> np.ndarray:
    """Take two views of each of some images.

    Parameters
    ----------
    viewed : ViewedImages
        The images.
    rows, keys : ndarray of int, shape (N,)
        Which images, and the numbers by which their random bits are found.
    generator : Generator
        Draws them.

    Returns
    -------
    ndarray of float32, shape (2 N, C, H, W)
        A view of each image, then another of each.
    """
    return np.concatenate([viewed.take(rows, keys, generator) for _ in range(2)])


@dataclass(frozen=True)
class Agreement:
    """How well the views of an image find each other.

    Attributes
    ----------
    loss : float
        The mean over views, in nats.
    error_rate : float
        For what share of the views another image was nearer than the other view of their own.
    images : int
        How many images there were.
    """

    loss: float
    error_rate: float
    images: int


@no_grad()
def agreement(model: ContrastiveModel, batches: Iterable[np.ndarray], temperature: float) -> Agreement:
    """Let the views of images find each other.

    Parameters
    ----------
    model : ContrastiveModel
        The model, in evaluation mode.
    batches : iterable of ndarray of float32, shape (2 N, C, H, W)
        As `pairs_of_views` makes them.
    temperature : float
        As in training.

    Returns
    -------
    Agreement
        How well they did, each among those of its batch.
    """
    total, wrong, count = 0.0, 0, 0
    for views in batches:
        described, images = model(Tensor(views)), len(views) // 2
        total += images * functional.nt_xent_loss(described[:images], described[images:], temperature).item()
        wrong += _misled(described.numpy())
        count += images
    return Agreement(total / count, wrong / (2 * count), count)


def _misled(described: np.ndarray) -> int:
    """How many views have another neighbour than the other view of their image."""
    directions = described / np.linalg.norm(described, axis=1, keepdims=True)
    likeness = directions @ directions.T
    np.fill_diagonal(likeness, -np.inf)
    partners = np.roll(np.arange(len(likeness)), len(likeness) // 2)
    return int((likeness.argmax(axis=1) != partners).sum())


def _make_model(settings: ContrastiveSettings, description: Description, generator: Generator) -> ContrastiveModel:
    body, width = make_body(settings.model, network_shape(settings, description), generator)
    return ContrastiveModel(body, width, settings.projection, generator=generator)


def measure(
    model: ContrastiveModel, part: Images, settings: ContrastiveSettings, description: Description
) -> Agreement:
    """Let the views of some images find each other, the same views every time.

    Parameters
    ----------
    model : ContrastiveModel
        The model, in evaluation mode.
    part : Images
        The images.
    settings : ContrastiveSettings
        What views look like, and how many are compared at a time.
    description : Description
        Of the images that the model learned from.

    Returns
    -------
    Agreement
        How well they did.
    """
    draw = functools.partial(pairs_of_views, viewed(part, settings, description))
    return agreement(model, batches_once(len(part), draw, settings.batch_size), settings.temperature)


def _objective(dev: Images, settings: ContrastiveSettings, description: Description) -> Objective:
    def loss(model: ContrastiveModel, views: Any) -> Tensor:
        described, count = model(views), len(views) // 2
        return functional.nt_xent_loss(described[:count], described[count:], settings.temperature)

    def score(model: ContrastiveModel) -> Mapping[str, float]:
        found = measure(model, dev, settings, description)
        return {"dev_loss": found.loss, "dev_error_rate": found.error_rate}

    return Objective(lambda views: views, loss, score, lambda views: len(views) // 2, "images")


CONTRASTIVE = ViewTask(
    "contrastive",
    ContrastiveSettings,
    _make_model,
    draw=lambda model, viewed, settings: functools.partial(pairs_of_views, viewed),
    objective=_objective,
)

TASK = CONTRASTIVE.as_task()
