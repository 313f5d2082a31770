"""Beginning with what another run has learned: its shape, its symbols, and the weights that still fit."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from chainrule.data.pairs import PairDataset, Pairs
from chainrule.data.sampling import some_rows
from chainrule.data.tokenizers import Tokenizer
from chainrule.errors import CheckpointError, ConfigError
from chainrule.interop.blank import Blank
from chainrule.random import Generator
from chainrule.tasks.base_weights import introduction, keep_base
from chainrule.tasks.seq2seq.model import make_model, read_settings, read_tokenizers
from chainrule.tasks.seq2seq.settings import Seq2SeqSettings
from chainrule.training.run import RunFolder

__all__ = ["Beginning", "few_pairs", "introduce", "load_beginning", "save_beginning"]

_TASKS = ("denoise", "seq2seq")

#: The settings that the weights of a run were made for.
_SHAPE = (
    "model", "width", "heads", "feed_forward", "positions", "norm_first", "tied", "embedding_size", "encoder_size",
    "decoder_size", "encoder_layers", "decoder_layers", "cell", "attention", "joint_vocabulary", "normal_form",
    "lowercase",
)  # fmt: skip
_LATER_SHAPE = ("input_feeding", "copy", "source_end")  # which runs of older versions do not name

#: The arrays with a row for each symbol of the answers.
_OF_ANSWERS = re.compile(r"decoder\.(embedding\.(symbols\.)?weight|output\.(weight|bias))$")


class Beginning(NamedTuple):
    """What a run begins with.

    Parameters
    ----------
    settings : Seq2SeqSettings
        Those of the new run, in the shape of the old one.
    source : Tokenizer
        The symbols of the inputs.
    target : Tokenizer
        The symbols of the answers.
    weights : dict of str to ndarray
        What was learned.
    """

    settings: Seq2SeqSettings
    source: Tokenizer
    target: Tokenizer
    weights: dict[str, np.ndarray]


def load_beginning(settings: Seq2SeqSettings) -> Beginning:
    """Open the run that settings name as their base.

    Parameters
    ----------
    settings : Seq2SeqSettings
        The settings of the new run.

    Returns
    -------
    Beginning
        What it begins with.

    Raises
    ------
    ConfigError
        When the base is of a task that has no encoder-decoder.
    CheckpointError
        When it cannot be opened.
    """
    run = RunFolder.open(Path(settings.base))
    if run.config.task not in _TASKS:
        raise ConfigError(
            f"{settings.base} is a run of the task {run.config.task!r}: pairs are learned on top of runs of "
            f"{' and '.join(_TASKS)}"
        )
    found = run.config.settings
    try:
        shape = {name: found[name] for name in _SHAPE} | {name: found.get(name, False) for name in _LATER_SHAPE}
    except KeyError as error:
        raise CheckpointError(f"{run.path}/config.json is damaged: it lacks the setting {error}") from None
    shaped = dataclasses.replace(settings, **shape)
    return Beginning(shaped, *read_tokenizers(run), {} if settings.from_scratch else run.load_model())


def save_beginning(run: RunFolder, beginning: Beginning, target: Tokenizer) -> None:
    """Keep in a run's folder what it begins with, so that the base is not needed any more.

    What was learned for the symbols of the answers is left out where these are others now.

    Parameters
    ----------
    run : RunFolder
        The new run.
    beginning : Beginning
        What it begins with.
    target : Tokenizer
        The symbols of its answers.
    """
    same = target == beginning.target
    kept = {name: array for name, array in beginning.weights.items() if same or not _OF_ANSWERS.match(name)}
    keep_base(run, kept)


def introduce(run: RunFolder) -> str:
    """Say what a new run begins with.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    str
        What was loaded, what is new and what was left aside; nothing where there is no base.
    """
    settings = read_settings(run)
    if not settings.base:
        return ""
    model = make_model(settings, *read_tokenizers(run), Blank())
    return introduction(run, model, settings.base, from_scratch=settings.from_scratch)


def few_pairs(data: PairDataset, settings: Seq2SeqSettings) -> Pairs:
    """Take the pairs to learn from, all or as few as the settings say.

    Parameters
    ----------
    data : PairDataset
        The data.
    settings : Seq2SeqSettings
        How many sources, and the seed that draws them.

    Returns
    -------
    Pairs
        In the order of the data.
    """
    pairs = data.split("train")
    if settings.examples is None or settings.examples >= len(pairs):
        return pairs
    chosen = some_rows(len(pairs), settings.examples, Generator(settings.seed))
    return Pairs(tuple(pairs.sources[i] for i in chosen), tuple(pairs.references[i] for i in chosen))
