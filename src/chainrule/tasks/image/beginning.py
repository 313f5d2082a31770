"""Beginning with what another run has learned from images: its network, and the weights that still fit."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from chainrule.errors import CheckpointError, ConfigError
from chainrule.interop.blank import Blank
from chainrule.tasks.base_weights import introduction, keep_base
from chainrule.tasks.image.description import Description
from chainrule.tasks.image.network import head_of
from chainrule.tasks.image.policy import make_learner
from chainrule.tasks.image.predictor import network_shape, read_description, read_settings
from chainrule.tasks.image.settings import ImageSettings
from chainrule.training.run import RunFolder

__all__ = [
    "Beginning",
    "introduce",
    "load_beginning",
    "network_weights",
    "save_beginning",
    "seen_as_before",
    "with_base",
]

#: Where the network stands in the model of each task whose runs can be begun with.
_PLACES: Mapping[str, str] = {"image": "", "contrastive": "body.", "mae": "encoder."}

#: The settings that the weights of a network were made for.
_SHAPE = ("model", "width")

#: What differs from the defaults where a network goes on learning, often for a few hundred steps only.
_GOING_ON: Mapping[str, Any] = {
    "learning_rate": 1e-3,
    "warmup_steps": 20,
    "decay_fraction": 1.0,
    "evaluate_every": 100,
}


class Beginning(NamedTuple):
    """What a run begins with.

    Parameters
    ----------
    description : Description
        Of the images that the base learned from.
    weights : dict of str to ndarray
        What it has learned, under the names of its network; empty from scratch.
    """

    description: Description
    weights: dict[str, np.ndarray]


def with_base(given: Mapping[str, Any]) -> dict[str, Any]:
    """Lay settings over those that their base brings.

    Parameters
    ----------
    given : mapping of str to object
        Settings by name, the run to begin with as ``base``.

    Returns
    -------
    dict of str to object
        The same, with the network of the base and its size of images; as they are where there is no base.

    Raises
    ------
    ConfigError
        When the base is of a task that has no network for images.
    CheckpointError
        When it cannot be opened.
    """
    if not given.get("base"):
        return dict(given)
    run = RunFolder.open(Path(given["base"]))
    _place(run)
    brought = _settings_of_base(run, (*_SHAPE, "image_size"))
    return {**_GOING_ON, **brought, **given}


def _place(run: RunFolder) -> str:
    """Where the network stands in the model of a run."""
    if run.config.task not in _PLACES:
        raise ConfigError(
            f"{run.path} is a run of the task {run.config.task!r}: images are learned on top of runs of "
            f"{', '.join(_PLACES)}"
        )
    return _PLACES[run.config.task]


def _settings_of_base(run: RunFolder, names: tuple[str, ...]) -> dict[str, Any]:
    try:
        return {name: run.config.settings[name] for name in names}
    except KeyError as error:
        raise CheckpointError(f"{run.path}/config.json is damaged: it lacks the setting {error}") from None


def network_weights(run: RunFolder) -> dict[str, np.ndarray]:
    """Take the weights of a network out of a run that has learned from images.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    dict of str to ndarray
        Under the names of the network; what else the run has learned keeps its own.

    Raises
    ------
    ConfigError
        When it is of a task that has no network for images.
    """
    place = _place(run)
    return {name.removeprefix(place): array for name, array in run.load_model().items()}


def load_beginning(settings: ImageSettings) -> Beginning:
    """Open the run that settings name as their base.

    Parameters
    ----------
    settings : ImageSettings
        The settings of the new run, with the network of the base.

    Returns
    -------
    Beginning
        What it begins with.

    Raises
    ------
    ConfigError
        When the base is of a task that has no network for images, or of another network than the settings.
    CheckpointError
        When it cannot be opened.
    """
    run = RunFolder.open(Path(settings.base))
    weights = network_weights(run)
    for name, found in _settings_of_base(run, _SHAPE).items():
        if (wanted := getattr(settings, name)) != found:
            raise ConfigError(
                f"{settings.base} has the {name} {found}, so its weights do not fit the {name} {wanted}: leave the "
                f"setting out"
            )
    return Beginning(read_description(run), {} if settings.from_scratch else weights)


def save_beginning(run: RunFolder, beginning: Beginning) -> None:
    """Keep in a run's folder what it begins with, so that the base is not needed any more.

    The head is left out where it scored other classes.

    Parameters
    ----------
    run : RunFolder
        The new run.
    beginning : Beginning
        What it begins with.
    """
    kept = dict(beginning.weights)
    description = read_description(run)
    if beginning.description.classes != description.classes:
        settings = read_settings(run)
        head, _ = head_of(make_learner(settings, network_shape(settings, description), Blank()))
        kept = {name: array for name, array in kept.items() if not name.startswith(f"{head}.")}
    keep_base(run, kept)


def seen_as_before(description: Description, beginning: Beginning) -> Description:
    """Normalise images as the base did, whose network expects it.

    Parameters
    ----------
    description : Description
        Of the images of the new run.
    beginning : Beginning
        What it begins with.

    Returns
    -------
    Description
        With mean and deviation of the base, where the images have as many channels.
    """
    before = beginning.description
    if before.shape[0] != description.shape[0]:
        return description
    statistics = dataclasses.replace(description.statistics, mean=before.statistics.mean, std=before.statistics.std)
    return dataclasses.replace(description, statistics=statistics)


def introduce(run: RunFolder) -> str:
    """Say what a new run begins with.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    str
        What was loaded, what is new, frozen and left aside; nothing where there is no base.
    """
    settings = read_settings(run)
    if not settings.base:
        return ""
    network = make_learner(settings, network_shape(settings, read_description(run)), Blank())
    return introduction(run, network, settings.base, from_scratch=settings.from_scratch)
