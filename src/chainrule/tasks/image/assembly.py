"""Putting images, network, optimiser, loss and score together, for a new run or one that goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.data.images.augmentation import Augmentation
from chainrule.data.images.batching import ImageBatch, ImageBatches
from chainrule.data.images.dataset import ImageDataset, Images
from chainrule.data.registry import lasting_name, load_images
from chainrule.data.sampling import stratified_rows
from chainrule.errors import ConfigError
from chainrule.interop.blank import Blank
from chainrule.metrics import classification_scores
from chainrule.nn import Module, functional
from chainrule.random import Generator
from chainrule.tasks.base_weights import take_over
from chainrule.tasks.image.beginning import load_beginning, save_beginning, seen_as_before
from chainrule.tasks.image.classifier import Classifier
from chainrule.tasks.image.description import Description
from chainrule.tasks.image.policy import make_learner, optimizer_with_paces
from chainrule.tasks.image.predictor import flips, network_shape, read_description, read_settings
from chainrule.tasks.image.settings import ImageSettings
from chainrule.tasks.runs import first_stage, refuse_changed_data
from chainrule.training.loop import Trainer
from chainrule.training.objective import Objective
from chainrule.training.progress import Progress
from chainrule.training.run import RunConfig, RunFolder
from chainrule.training.stages import Plan

__all__ = ["create_run", "load_run_data", "make_trainer", "read_data", "training_images"]


def read_data(name_or_path: str, settings: ImageSettings) -> ImageDataset:
    """Load the images to train on.

    Parameters
    ----------
    name_or_path : str
        A data set's name, a folder or a file.
    settings : ImageSettings
        The size to give to images.

    Returns
    -------
    ImageDataset
        The images.

    Raises
    ------
    DataError
        When there is none of that name, or it cannot be read.
    """
    return load_images(name_or_path, image_size=settings.image_size)


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
    data = read_data(run.config.data["name"], read_settings(run))
    refuse_changed_data(run, data.fingerprint())
    return data


def create_run(
    path: Path, name_or_path: str, data: ImageDataset, settings: ImageSettings, plan: Plan | None
) -> RunFolder:
    """Make the folder of a new run, with all that does not change while it trains.

    Parameters
    ----------
    path : Path
        The folder.
    name_or_path : str
        How the user named the data.
    data : ImageDataset
        The data.
    settings : ImageSettings
        The settings.
    plan : Plan, optional
        The stages of the run to repeat; without it the settings say how long to train.

    Returns
    -------
    RunFolder
        The folder.

    Raises
    ------
    ConfigError
        When images are too small, or the base does not fit.
    DataError
        When a part of the data is empty, or there are more classes than images to learn from.
    """
    if settings.method != "full" and not settings.base:
        raise ConfigError(f"the method {settings.method} goes on from what was learned before: say from which base")
    beginning = load_beginning(settings) if settings.base else None
    training_images(data, settings)
    data.split("dev")
    description = Description.of(data)
    if beginning is not None:
        description = seen_as_before(description, beginning)
    make_learner(settings, network_shape(settings, description), Blank())  # or it fails before there is a folder
    described = {"name": lasting_name(name_or_path), "fingerprint": data.fingerprint()} | description.to_json()
    plan = plan or Plan((first_stage(settings),))
    run = RunFolder.create(path, RunConfig("image", described, settings.to_mapping(), plan), {})
    if beginning is not None:
        save_beginning(run, beginning)
    return run


def training_images(data: ImageDataset, settings: ImageSettings) -> Images:
    """Take the images to learn from, all or as few as the settings say.

    Parameters
    ----------
    data : ImageDataset
        The data.
    settings : ImageSettings
        How many, and the seed that draws them.

    Returns
    -------
    Images
        The images, each class in its share.

    Raises
    ------
    DataError
        When there are more classes than images to learn from.
    """
    images = data.split("train")
    if settings.examples is None:
        return images
    return images.take(stratified_rows(images.labels, settings.examples, Generator(settings.seed), "images"))


def make_trainer(run: RunFolder, data: ImageDataset, progress: Progress) -> Trainer:
    """Make the trainer of a run, at its first step.

    Parameters
    ----------
    run : RunFolder
        The run.
    data : ImageDataset
        Its data.
    progress : Progress
        What the user sees.

    Returns
    -------
    Trainer
        Ready to train, or to be taken back to a checkpoint.
    """
    settings, description = read_settings(run), read_description(run)
    generator = Generator(settings.seed)
    network = make_learner(settings, network_shape(settings, description), generator)
    if settings.base:
        take_over(run, network)
    optimizer, paces = optimizer_with_paces(network, settings)
    flip = flips(settings, description)
    batches = ImageBatches(
        training_images(data, settings),
        description.statistics,
        batch_size=settings.batch_size,
        augmentation=_augmentation(settings, description),
        seed=settings.seed,
    )
    score = _development_score(data.split("dev"), settings.evaluation_size, description, flip)
    objective = Objective(_arrays(len(description.classes)), _loss(settings.label_smoothing), score, len, "images")
    return Trainer(
        network,
        optimizer,
        batches,
        objective,
        settings,
        run,
        generator=generator,
        progress=progress,
        paces=paces,
    )


def _augmentation(settings: ImageSettings, description: Description) -> Augmentation:
    shift = round(min(description.shape[1:]) / 14) if settings.shift is None else settings.shift
    return Augmentation(flips(settings, description), shift, settings.cutout, settings.mixup)


def _arrays(classes: int) -> Callable[[ImageBatch], dict[str, np.ndarray]]:
    """Images and targets; where images are mixed, the targets are shares of each class, (N, K)."""

    def arrays(batch: ImageBatch) -> dict[str, np.ndarray]:
        if not batch.is_mixed:
            return {"images": batch.images, "targets": batch.targets}
        rows = np.arange(len(batch))
        targets = np.zeros((len(batch), classes), np.float32)
        targets[rows, batch.targets] = batch.shares
        targets[rows, batch.others] += 1 - batch.shares
        return {"images": batch.images, "targets": targets}

    return arrays


def _loss(label_smoothing: float) -> Callable[[Module, Mapping[str, Any]], Tensor]:
    def loss(network: Module, arrays: Mapping[str, Any]) -> Tensor:
        return functional.cross_entropy(network(arrays["images"]), arrays["targets"], label_smoothing=label_smoothing)

    return loss


def _development_score(
    images: Images, size: int, description: Description, flip: bool
) -> Callable[[Module], Mapping[str, float]]:
    """The score by which training chooses the best model, on so many images, evenly spread."""
    part = images.spread(size)

    def score(network: Module) -> Mapping[str, float]:
        probabilities = Classifier(network, description.statistics, flip).probabilities(part.pixels)
        scores = classification_scores(probabilities, part.labels)
        return {"dev_error": 1 - scores.accuracy, "dev_loss": scores.log_loss}

    return score
