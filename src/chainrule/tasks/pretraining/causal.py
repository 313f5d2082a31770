"""Causal language modelling: guess each symbol from those before it (A. Radford et al., 2018)."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor, no_grad
from chainrule.data.texts import TextDataset
from chainrule.data.token_batches import TokenBatch
from chainrule.data.tokenizers import Tokenizer
from chainrule.interop.blank import Blank
from chainrule.models import LanguageModel, LanguageModelConfig
from chainrule.nn import functional
from chainrule.random import Generator
from chainrule.tasks.pretraining import text
from chainrule.tasks.pretraining.text import EncodedTexts, TextSettings
from chainrule.tasks.runs import load_best, make_optimizer, settings_of
from chainrule.tasks.task import Task
from chainrule.training.loop import Trainer
from chainrule.training.objective import Objective
from chainrule.training.progress import Progress
from chainrule.training.run import RunFolder
from chainrule.training.settings import setting

__all__ = [
    "NOTHING",
    "TASK",
    "CausalSettings",
    "arrays_of",
    "encode",
    "load_model",
    "loss_of",
    "make_model",
    "mean_loss",
    "objective_on",
    "read_settings",
]

_NAME = "causal"

#: In the place of a symbol where a text has ended.
NOTHING = -100


@dataclass(frozen=True)
class CausalSettings(TextSettings):
    """Everything that can be set for ``chainrule pretrain causal``."""

    tied: bool = setting(True, "Score symbols by the table from which they are read.", group="Model")


def make_model(settings: CausalSettings, tokenizer: Tokenizer, generator: Generator) -> LanguageModel:
    """Make an untrained model.

    Parameters
    ----------
    settings : CausalSettings
        Its shape.
    tokenizer : Tokenizer
        Its symbols.
    generator : Generator
        Draws the initial weights.

    Returns
    -------
    LanguageModel
        The model.
    """
    shape = LanguageModelConfig(
        len(tokenizer),
        settings.layers,
        settings.tied,
        width=settings.width,
        heads=settings.heads,
        positions=settings.positions,
        max_length=settings.context,
        dropout=settings.dropout,
        attention_dropout=settings.dropout,
    )
    return LanguageModel(shape, generator=generator)


def encode(run: RunFolder, texts: tuple[str, ...], settings: CausalSettings, tokenizer: Tokenizer) -> EncodedTexts:
    """Encode texts as a run reads them.

    Parameters
    ----------
    run : RunFolder
        The run.
    texts : tuple of str
        The texts.
    settings : CausalSettings
        Its settings.
    tokenizer : Tokenizer
        Its tokenizer.

    Returns
    -------
    EncodedTexts
        The texts; pieces overlap by a symbol, which is guessed in one and seen in the next.
    """
    return text.encode_texts(texts, tokenizer, settings, as_stream=run.config.data["as_stream"], overlap=1)


def read_settings(run: RunFolder) -> CausalSettings:
    """Read the settings of a run.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    CausalSettings
        Its settings.

    Raises
    ------
    CheckpointError
        When the run is of another task, or its settings do not fit this version.
    """
    return settings_of(run, CausalSettings, _NAME)


def load_model(run: RunFolder) -> tuple[LanguageModel, Tokenizer]:
    """Load the best model of a run.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    model : LanguageModel
        The model, in evaluation mode.
    tokenizer : Tokenizer
        Its symbols.

    Raises
    ------
    CheckpointError
        When a file is missing, damaged, or does not fit the others.
    """
    tokenizer = text.read_tokenizer(run)
    return load_best(run, make_model(read_settings(run), tokenizer, Blank())), tokenizer


def mean_loss(model: LanguageModel, batches: Iterable[TokenBatch]) -> tuple[float, int]:
    """Score a model.

    Parameters
    ----------
    model : LanguageModel
        The model, in evaluation mode.
    batches : iterable of TokenBatch
        What it is to guess, symbol by symbol.

    Returns
    -------
    loss : float
        The mean cross-entropy of a symbol, in nats.
    count : int
        The number of symbols guessed.
    """
    total, count = 0.0, 0
    with no_grad():
        for batch in batches:
            guessed = int((batch.lengths - 1).sum())
            total += loss_of(model, arrays_of(batch)).item() * guessed
            count += guessed
    return total / max(count, 1), count


def arrays_of(batch: TokenBatch) -> dict[str, Any]:
    """Return what the loss needs of a batch.

    Parameters
    ----------
    batch : TokenBatch
        The batch.

    Returns
    -------
    dict of str to ndarray
        The symbols seen (N, T), how many of each row are known, and the symbols that follow them (N, T), `NOTHING`
        where none does.
    """
    lengths = batch.lengths - 1
    there = np.arange(batch.tokens.shape[1] - 1) < lengths[:, None]
    return {"seen": batch.tokens[:, :-1], "lengths": lengths, "next": np.where(there, batch.tokens[:, 1:], NOTHING)}


def loss_of(model: LanguageModel, arrays: dict[str, Any]) -> Tensor:
    """Compute the mean cross-entropy of the next symbol.

    Parameters
    ----------
    model : LanguageModel
        The model.
    arrays : dict of str to Array
        What `arrays_of` returned.

    Returns
    -------
    Tensor, shape ()
        The loss.
    """
    logits = model(arrays["seen"], arrays["lengths"])  # (N, T, V)
    return functional.cross_entropy(
        logits.reshape(-1, logits.shape[-1]), arrays["next"].reshape(-1), ignore_index=NOTHING
    )


def objective_on(dev: EncodedTexts) -> Objective:
    """Say what is learned, and on what it is measured.

    Parameters
    ----------
    dev : EncodedTexts
        The texts to choose a model by.

    Returns
    -------
    Objective
        The next symbol.
    """
    return Objective(
        arrays_of,
        loss_of,
        lambda model: {"dev_loss": mean_loss(model, dev.once())[0]},
        lambda batch: int((batch.lengths - 1).sum()),
        "symbols",
        functools.partial(text.parts_of, overlap=1),
    )


def _make_trainer(run: RunFolder, data: TextDataset, progress: Progress) -> Trainer:
    settings, tokenizer = read_settings(run), text.read_tokenizer(run)
    generator = Generator(settings.seed)
    model = make_model(settings, tokenizer, generator)
    train, dev = (encode(run, data.split(part), settings, tokenizer) for part in ("train", "dev"))
    return Trainer(
        model,
        make_optimizer(model, settings),
        train.training(settings.seed),
        objective_on(dev),
        settings,
        run,
        generator=generator,
        progress=progress,
    )


TASK = Task(
    _NAME,
    CausalSettings,
    text.read_data,
    functools.partial(text.create_run, _NAME),
    text.load_run_data,
    _make_trainer,
    "generate {run} --prompt TEXT",
)
