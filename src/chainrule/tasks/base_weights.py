"""What a run keeps of the run that it begins with: its weights, as far as they can be of use."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from chainrule.interop import TransferReport
from chainrule.nn import Module
from chainrule.training.run import RunFolder
from chainrule.training.weights import load_weights, save_weights

__all__ = ["introduction", "keep_base", "take_over"]

_WEIGHTS = "base.safetensors"


def keep_base(run: RunFolder, weights: Mapping[str, np.ndarray]) -> None:
    """Keep in a run's folder what it begins with, so that the base is not needed any more.

    Parameters
    ----------
    run : RunFolder
        The new run.
    weights : mapping of str to ndarray
        Under the names of its model.
    """
    save_weights(run.path / _WEIGHTS, weights)


def take_over(run: RunFolder, model: Module) -> None:
    """Give a model the weights that its run begins with, as far as their names and shapes are the same.

    Parameters
    ----------
    run : RunFolder
        A run that has a base.
    model : Module
        Its model, untrained.

    Raises
    ------
    CheckpointError
        When the weights are missing or damaged.
    """
    weights = load_weights(run.path / _WEIGHTS)
    fitting = TransferReport.by_names("", model, weights).of("loaded")
    model.load_state_dict({array.name: weights[array.name] for array in fitting}, strict=False)


def introduction(run: RunFolder, model: Module, base: str, *, from_scratch: bool) -> str:
    """Say what a new run begins with.

    Parameters
    ----------
    run : RunFolder
        A run that has a base.
    model : Module
        Its model; what is frozen in it does not learn.
    base : str
        What the user calls the base.
    from_scratch : bool
        Whether nothing of it is used but its shape.

    Returns
    -------
    str
        What was loaded, is new, was left aside, is frozen, learns.

    Raises
    ------
    CheckpointError
        When the weights are missing or damaged.
    """
    source = "scratch" if from_scratch else base
    return str(TransferReport.by_names(source, model, load_weights(run.path / _WEIGHTS)).before_training(model))
