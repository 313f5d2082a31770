"""Contrastive learning: find the other view of an image among those of others (T. Chen et al., SimCLR, 2020)."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule import nn
from chainrule.autodiff import Tensor, no_grad
from chainrule.data.images.dataset import ImageDataset, Images
from chainrule.data.images.views import ViewBatches, ViewedImages, batches_once
from chainrule.interop.blank import Blank
from chainrule.nn import functional
from chainrule.random import Generator
from chainrule.tasks.image.description import Description
from chainrule.tasks.image.network import make_body
from chainrule.tasks.image.predictor import network_shape, read_description
from chainrule.tasks.pretraining import images
from chainrule.tasks.pretraining.images import ViewSettings, viewed
from chainrule.tasks.runs import load_best, make_optimizer, settings_of
from chainrule.tasks.task import Task
from chainrule.training.loop import Trainer
from chainrule.training.objective import Objective
from chainrule.training.progress import Progress
from chainrule.training.run import RunFolder
from chainrule.training.settings import other_default, setting

__all__ = [
    "TASK",
    "Agreement",
    "ContrastiveModel",
    "ContrastiveSettings",
    "agreement",
    "load_model",
    "load_run_data",
    "measure",
    "pairs_of_views",
    "read_settings",
]

_NAME = "contrastive"


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


def read_settings(run: RunFolder) -> ContrastiveSettings:
    """Read the settings of a run.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    ContrastiveSettings
        Its settings.

    Raises
    ------
    CheckpointError
        When the run is of another task, or its settings do not fit this version.
    """
    return settings_of(run, ContrastiveSettings, _NAME)


def load_run_data(run: RunFolder) -> ImageDataset:
    """Load the images of a run again.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    ImageDataset
        The same images as when it began.

    Raises
    ------
    DataError
        When they are gone or have changed.
    """
    return images.load_run_data(run, read_settings(run))


def _make_model(settings: ContrastiveSettings, description: Description, generator: Generator) -> ContrastiveModel:
    body, width = make_body(settings.model, network_shape(settings, description), generator)
    return ContrastiveModel(body, width, settings.projection, generator=generator)


def load_model(run: RunFolder) -> ContrastiveModel:
    """Load the best model of a run.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    ContrastiveModel
        The model, in evaluation mode.

    Raises
    ------
    CheckpointError
        When a file is missing, damaged, or does not fit the others.
    """
    return load_best(run, _make_model(read_settings(run), read_description(run), Blank()))


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


def _make_trainer(run: RunFolder, data: ImageDataset, progress: Progress) -> Trainer:
    settings, description = read_settings(run), read_description(run)
    generator = Generator(settings.seed)
    model = _make_model(settings, description, generator)
    train, dev = viewed(data.split("train"), settings, description), data.split("dev").spread(settings.evaluation_size)

    def loss(model: ContrastiveModel, views: Any) -> Tensor:
        described, count = model(views), len(views) // 2
        return functional.nt_xent_loss(described[:count], described[count:], settings.temperature)

    def score(model: ContrastiveModel) -> Mapping[str, float]:
        found = measure(model, dev, settings, description)
        return {"dev_loss": found.loss, "dev_error_rate": found.error_rate}

    return Trainer(
        model,
        make_optimizer(model, settings),
        ViewBatches(
            len(train),
            functools.partial(pairs_of_views, train),
            batch_size=settings.batch_size,
            seed=settings.seed,
        ),
        Objective(lambda views: views, loss, score, lambda views: len(views) // 2, "images"),
        settings,
        run,
        generator=generator,
        progress=progress,
    )


TASK = Task(
    _NAME,
    ContrastiveSettings,
    images.read_data,
    functools.partial(images.create_run, _NAME),
    load_run_data,
    _make_trainer,
    trial="finetune {run} DATA --task image --out DIR",
)
