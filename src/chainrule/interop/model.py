"""Models from published weights, and files of models that other libraries load."""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from chainrule.data.files import replace_file
from chainrule.errors import WeightsError
from chainrule.interop.blank import Blank
from chainrule.interop.families import family_of_model, family_of_weights
from chainrule.interop.families.family import Family
from chainrule.interop.reading import load
from chainrule.interop.report import TransferReport
from chainrule.interop.safetensors_files import encode_arrays
from chainrule.interop.transfer import transfer
from chainrule.interop.weights import Weights
from chainrule.nn import Module

__all__ = ["LoadedModel", "load_model", "model_of", "pretrained_model", "save_model"]


class LoadedModel(NamedTuple):
    """A model with published weights.

    Attributes
    ----------
    model : Module
        The model, in evaluation mode.
    report : TransferReport
        What became of each array.
    weights : Weights
        What was read.
    """

    model: Module
    report: TransferReport
    weights: Weights


def load_model(
    weights: str | PathLike[str] | Weights, *, classes: int | None = None, revision: str | None = None
) -> LoadedModel:
    """Build the model that published weights are for, and load them.

    Parameters
    ----------
    weights : str, path-like or Weights
        As for `load`, or what it returned.
    classes : int, optional
        Give the model a new classifier for so many classes.
    revision : str, optional
        As for `load`.

    Returns
    -------
    LoadedModel
        The model and the report, which is worth printing.

    Raises
    ------
    WeightsError
        If the weights cannot be had, belong to no known family, do not fit, or are not finite.
    """
    if not isinstance(weights, Weights):
        weights = load(weights, revision=revision)
    family = family_of_weights(weights)
    if classes is not None and not family.head:
        raise WeightsError(
            f"{family.title} has no classifier that could get {classes} classes: leave them out, and put a head of "
            "chainrule.models on the model"
        )
    with Blank():
        model = _built(family, weights, classes)
    report = transfer(weights, model, family, new_head=classes is not None)
    if classes is not None:
        getattr(model, family.head).reset_parameters()
    return LoadedModel(model.eval(), report, weights)


def model_of(config: Mapping[str, Any], source: str) -> Module:
    """Make a model of a configuration alone, with weights drawn anew.

    Parameters
    ----------
    config : mapping
        What a ``config.json`` says.
    source : str
        Where it came from, for messages.

    Returns
    -------
    Module
        The model.

    Raises
    ------
    WeightsError
        If the configuration is that of no known family, or lacks something.
    """
    weights = Weights(source, {}, config)
    return _built(family_of_weights(weights), weights, None)


def _built(family: Family, weights: Weights, classes: int | None) -> Module:
    try:
        return family.build(weights, classes)
    except (ValueError, TypeError, IndexError, KeyError) as error:  # of shapes and settings that make no sense
        if isinstance(error, WeightsError):
            raise
        raise WeightsError(f"{weights.source} makes no {family.title}: {error}") from None


def pretrained_model(
    weights: str | PathLike[str] | Weights, *, classes: int | None = None, revision: str | None = None
) -> Module:
    """Build the model that published weights are for, and load them: the model alone of what `load_model` returns.

    Parameters
    ----------
    weights : str, path-like or Weights
        As for `load`, or what it returned.
    classes : int, optional
        Give the model a new classifier for so many classes.
    revision : str, optional
        As for `load`.

    Returns
    -------
    Module
        The model, in evaluation mode.

    Raises
    ------
    WeightsError
        As `load_model`.
    """
    return load_model(weights, classes=classes, revision=revision).model


def save_model(model: Module, folder: str | PathLike[str]) -> Path:
    """Write a model as its family is published: ``model.safetensors`` and ``config.json``.

    The names and shapes of the arrays are those of the library that the family comes from, which loads the file.

    Parameters
    ----------
    model : Module
        A model of one of the families.
    folder : str or path-like
        Where to write; made if it is not there.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    WeightsError
        If the model is of no family, or the files cannot be written.
    """
    family = family_of_model(model)
    arrays = family.departures({name: tensor.numpy() for name, tensor in model.state_dict().items()})
    config = json.dumps(family.describe(model), indent=2).encode() + b"\n"
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # transformers asks for this word, which says that the layout is PyTorch's.
        replace_file(folder / "model.safetensors", encode_arrays(arrays, {"format": "pt"}))
        replace_file(folder / "config.json", config)
    except OSError as error:
        raise WeightsError(f"{folder} could not be written: {error.strerror or error}") from None
    return folder
