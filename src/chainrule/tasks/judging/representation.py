"""What a model makes of inputs: a vector for each, which probes are built on.

A task takes part with a function ``represent`` in the module that is named here.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from chainrule.errors import ConfigError
from chainrule.random import Generator
from chainrule.tasks.judging.labelled import InputKind
from chainrule.tasks.runs import is_run
from chainrule.training.run import RunFolder

__all__ = ["Representation", "representation_of"]

#: For each task the module that describes inputs with its runs: ``represent(run, generator)``.
_MODULES: Mapping[str, str] = {
    "causal": "chainrule.tasks.judging.texts",
    "masked": "chainrule.tasks.judging.texts",
    "classify": "chainrule.tasks.judging.texts",
    "denoise": "chainrule.tasks.judging.sources",
    "seq2seq": "chainrule.tasks.judging.sources",
    "image": "chainrule.tasks.judging.images",
    "contrastive": "chainrule.tasks.judging.images",
    "mae": "chainrule.tasks.judging.images",
}


@dataclass(frozen=True)
class Representation:
    """What a model makes of inputs.

    Attributes
    ----------
    source : str
        Where the model came from.
    kind : InputKind
        What it describes.
    describe : callable
        From inputs of that kind, (N, ...), to vectors of float32, (N, width).
    """

    source: str
    kind: InputKind
    describe: Callable[[np.ndarray], np.ndarray]


def representation_of(base: str, generator: Generator | None = None) -> Representation:
    """Describe inputs with what a run has learned, or with published weights.

    Parameters
    ----------
    base : str
        The run's folder, or the name of published weights for texts.
    generator : Generator, optional
        Draws the weights of the model anew, to see what learning has added; by default they are those that it learned.

    Returns
    -------
    Representation
        The description.

    Raises
    ------
    ConfigError
        When runs of its task describe nothing.
    CheckpointError, WeightsError
        When it cannot be opened.
    """
    if not is_run(Path(base)):
        from chainrule.tasks.judging.texts import represent_published

        return represent_published(base, generator)
    run = RunFolder.open(Path(base))
    if run.config.task not in _MODULES:
        raise ConfigError(
            f"{base} is a run of the task {run.config.task!r}, which describes no inputs: probes take runs of "
            f"{', '.join(_MODULES)}"
        )
    return importlib.import_module(_MODULES[run.config.task]).represent(run, generator)
