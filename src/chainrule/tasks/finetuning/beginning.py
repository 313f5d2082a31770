"""What a run of fine-tuning keeps of the body that it begins with, so that nothing else of where it began is needed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from chainrule.interop import TransferReport
from chainrule.nn import Module
from chainrule.random import Generator
from chainrule.tasks.finetuning.bodies import BODY, rebuilt_body
from chainrule.tasks.finetuning.body import Body
from chainrule.training.files import read_json
from chainrule.training.run import RunConfig, RunFolder
from chainrule.training.weights import load_weights, save_weights

__all__ = ["begin_run", "introduction", "kept_body", "take_over"]

_WEIGHTS = "body.safetensors"


def begin_run(path: Path, config: RunConfig, body: Body, weights: Mapping[str, np.ndarray] | None) -> RunFolder:
    """Make the folder of a new run.

    Parameters
    ----------
    path : Path
        The folder.
    config : RunConfig
        Its configuration.
    body : Body
        What it begins with.
    weights : mapping of str to ndarray, optional
        What the body has learned; None where it is to begin from scratch.

    Returns
    -------
    RunFolder
        The folder.
    """
    run = RunFolder.create(path, config, {BODY: body.description})
    if weights is not None:
        save_weights(run.path / _WEIGHTS, weights)
    return run


def kept_body(run: RunFolder, generator: Generator) -> Body:
    """Make the body of a run, with weights drawn anew.

    Parameters
    ----------
    run : RunFolder
        The run.
    generator : Generator
        Draws the weights.

    Returns
    -------
    Body
        The body.

    Raises
    ------
    CheckpointError
        When its description is missing or damaged.
    """
    return rebuilt_body(read_json(run.path / BODY), str(run.path), generator)


def take_over(run: RunFolder, body: Body) -> None:
    """Give the body of a run the weights that it begins with.

    Parameters
    ----------
    run : RunFolder
        A run that does not begin from scratch.
    body : Body
        Its body.

    Raises
    ------
    CheckpointError
        When they are missing or damaged.
    """
    body.model.load_state_dict(load_weights(run.path / _WEIGHTS), strict=False)


def introduction(model: Module, body: Body, *, from_scratch: bool) -> str:
    """Say what a run begins with.

    Parameters
    ----------
    model : Module
        The whole model.
    body : Body
        What of it was there before.
    from_scratch : bool
        Whether nothing of it is used but its shape.

    Returns
    -------
    str
        What was loaded, is new, was left aside, is frozen, learns.
    """
    if from_scratch:
        report = TransferReport("scratch", "", ())
    else:
        report = TransferReport.from_json(body.description["source"], "", body.description["became"])
    return str(report.before_training(model, body.model))
