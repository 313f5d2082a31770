"""Masked language modelling: guess hidden symbols from those around them (J. Devlin et al., BERT, 2018)."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor, no_grad
from chainrule.data.epochs import ChangedBatches, row_parts
from chainrule.data.texts import TextDataset
from chainrule.data.token_batches import TokenBatch
from chainrule.data.tokenizers import SPECIAL_SYMBOLS, Tokenizer
from chainrule.interop.blank import Blank
from chainrule.models import MaskedLanguageModel, TransformerEncoderConfig, TransformerEncoderModel
from chainrule.nn import functional
from chainrule.random import Generator
from chainrule.tasks.pretraining import text
from chainrule.tasks.pretraining.masking import UNITS, choose_units, mask_tokens
from chainrule.tasks.pretraining.symbols import begins_word
from chainrule.tasks.pretraining.text import EncodedTexts, TextSettings
from chainrule.tasks.runs import load_best, make_optimizer, settings_of
from chainrule.tasks.task import Task
from chainrule.training.loop import Trainer
from chainrule.training.objective import Objective, Part
from chainrule.training.progress import Progress
from chainrule.training.run import RunFolder
from chainrule.training.settings import setting

__all__ = [
    "TASK",
    "Guesses",
    "MaskedBatch",
    "MaskedSettings",
    "Masking",
    "encode",
    "guess",
    "load_model",
    "make_model",
    "read_settings",
]

_NAME = "masked"
_DEV_SEED = 2**32 - 1  # the same symbols are hidden in every measurement


@dataclass(frozen=True)
class MaskedSettings(TextSettings):
    """Everything that can be set for ``chainrule pretrain masked``."""

    norm_first: bool = setting(True, "Normalise before each part of a layer, not after.", group="Model")
    mask_share: float = setting(0.15, "Share of each text that is hidden.", group="Data", above=0, below=1)
    mask_units: str = setting("symbols", "What is hidden as a whole.", group="Data", choices=tuple(UNITS))


@dataclass(frozen=True, eq=False)
class MaskedBatch:
    """Texts some of whose symbols are hidden.

    Attributes
    ----------
    seen : ndarray of int64, shape (N, T)
        The texts with the hidden symbols replaced, padded with `PAD`.
    lengths : ndarray of int64, shape (N,)
        How much of each row is not padding.
    chosen : ndarray of bool, shape (N, T)
        Which symbols are to be guessed.
    tokens : ndarray of int64, shape (N, T)
        The texts themselves.
    """

    seen: np.ndarray
    lengths: np.ndarray
    chosen: np.ndarray
    tokens: np.ndarray

    def parts(self, count: int) -> Iterator[Part]:
        """Cut the batch into parts; each weighs as many symbols as are guessed in it.

        Parameters
        ----------
        count : int
            How many; there are fewer when the batch has fewer rows.

        Yields
        ------
        Part
            The next rows.
        """
        for rows in row_parts(len(self.lengths), count):
            part = MaskedBatch(self.seen[rows], self.lengths[rows], self.chosen[rows], self.tokens[rows])
            yield Part(part, rows, float(part.chosen.sum() / self.chosen.sum()))


class Masking:
    """Hides a part of the symbols of a batch.

    Parameters
    ----------
    settings : MaskedSettings
        How much, and what as a whole.
    tokenizer : Tokenizer
        The symbols; the number behind its last is the mask.
    """

    def __init__(self, settings: MaskedSettings, tokenizer: Tokenizer) -> None:
        self._share, self._units = settings.mask_share, UNITS[settings.mask_units]
        self._begins = np.array([*begins_word(tokenizer), False])
        self._symbols = (len(SPECIAL_SYMBOLS), len(tokenizer))

    def __call__(self, batch: TokenBatch, generator: Generator) -> MaskedBatch:
        """Hide symbols.

        Parameters
        ----------
        batch : TokenBatch
            The texts.
        generator : Generator
            Draws which.

        Returns
        -------
        MaskedBatch
            The texts as they are and as the model sees them.
        """
        units = self._units(batch.tokens, batch.lengths, self._begins, generator)
        chosen = choose_units(units, batch.lengths, self._share, generator)
        seen = mask_tokens(batch.tokens, chosen, self._symbols[1], self._symbols, generator)
        return MaskedBatch(seen, batch.lengths, chosen, batch.tokens)


def make_model(settings: MaskedSettings, tokenizer: Tokenizer, generator: Generator) -> MaskedLanguageModel:
    """Make an untrained model.

    Parameters
    ----------
    settings : MaskedSettings
        Its shape.
    tokenizer : Tokenizer
        Its symbols, to which the mask is added as the last.
    generator : Generator
        Draws the initial weights.

    Returns
    -------
    MaskedLanguageModel
        The model.
    """
    shape = TransformerEncoderConfig(
        len(tokenizer) + 1,
        settings.layers,
        width=settings.width,
        heads=settings.heads,
        positions=settings.positions,
        max_length=settings.context,
        norm_first=settings.norm_first,
        norm_epsilon=1e-5,
        dropout=settings.dropout,
        attention_dropout=settings.dropout,
    )
    return MaskedLanguageModel(TransformerEncoderModel(shape, generator=generator), generator=generator)


def encode(run: RunFolder, texts: tuple[str, ...], settings: MaskedSettings, tokenizer: Tokenizer) -> EncodedTexts:
    """Encode texts as a run reads them.

    Parameters
    ----------
    run : RunFolder
        The run.
    texts : tuple of str
        The texts.
    settings : MaskedSettings
        Its settings.
    tokenizer : Tokenizer
        Its tokenizer.

    Returns
    -------
    EncodedTexts
        The texts.
    """
    return text.encode_texts(texts, tokenizer, settings, as_stream=run.config.data["as_stream"], overlap=0)


def read_settings(run: RunFolder) -> MaskedSettings:
    """Read the settings of a run.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    MaskedSettings
        Its settings.

    Raises
    ------
    CheckpointError
        When the run is of another task, or its settings do not fit this version.
    """
    return settings_of(run, MaskedSettings, _NAME)


def load_model(run: RunFolder) -> tuple[MaskedLanguageModel, Tokenizer]:
    """Load the best model of a run.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    model : MaskedLanguageModel
        The model, in evaluation mode.
    tokenizer : Tokenizer
        Its symbols; the number behind the last is the mask.

    Raises
    ------
    CheckpointError
        When a file is missing, damaged, or does not fit the others.
    """
    tokenizer = text.read_tokenizer(run)
    return load_best(run, make_model(read_settings(run), tokenizer, Blank())), tokenizer


@dataclass(frozen=True)
class Guesses:
    """How well hidden symbols were guessed.

    Attributes
    ----------
    loss : float
        The mean cross-entropy of a hidden symbol, in nats.
    error_rate : float
        The share of them that was guessed wrong.
    symbols : int
        How many were hidden.
    """

    loss: float
    error_rate: float
    symbols: int


@no_grad()
def guess(model: MaskedLanguageModel, batches: Iterable[TokenBatch], masking: Masking) -> Guesses:
    """Hide symbols, always the same ones, and let a model guess them.

    Parameters
    ----------
    model : MaskedLanguageModel
        The model, in evaluation mode.
    batches : iterable of TokenBatch
        The texts.
    masking : Masking
        Hides symbols.

    Returns
    -------
    Guesses
        How well it did.
    """
    generator, total, wrong, count = Generator(_DEV_SEED), 0.0, 0, 0
    for batch in batches:
        arrays = _arrays(masking(batch, generator))
        scores = model(arrays["seen"], arrays["lengths"], places=arrays["places"])  # (M, V)
        hidden = len(arrays["answers"])
        total += functional.cross_entropy(scores, arrays["answers"]).item() * hidden
        wrong += int((scores.numpy().argmax(axis=-1) != arrays["answers"]).sum())
        count += hidden
    return Guesses(total / max(count, 1), wrong / max(count, 1), count)


def _arrays(batch: MaskedBatch) -> dict[str, Any]:
    places = np.flatnonzero(batch.chosen)
    answers = batch.tokens.reshape(-1)[places]
    return {"seen": batch.seen, "lengths": batch.lengths, "places": places, "answers": answers}


def _loss(model: MaskedLanguageModel, arrays: dict[str, Any]) -> Tensor:
    scores = model(arrays["seen"], arrays["lengths"], places=arrays["places"])
    return functional.cross_entropy(scores, arrays["answers"])


def _score(dev: EncodedTexts, masking: Masking, model: MaskedLanguageModel) -> Mapping[str, float]:
    found = guess(model, dev.once(), masking)
    return {"dev_loss": found.loss, "dev_error_rate": found.error_rate}


def _make_trainer(run: RunFolder, data: TextDataset, progress: Progress) -> Trainer:
    settings, tokenizer = read_settings(run), text.read_tokenizer(run)
    generator = Generator(settings.seed)
    model = make_model(settings, tokenizer, generator)
    masking = Masking(settings, tokenizer)
    train, dev = (encode(run, data.split(part), settings, tokenizer) for part in ("train", "dev"))
    objective = Objective(
        _arrays,
        _loss,
        functools.partial(_score, dev, masking),
        lambda batch: int(batch.lengths.sum()),
        "symbols",
        MaskedBatch.parts,
    )
    return Trainer(
        model,
        make_optimizer(model, settings),
        ChangedBatches(train.training(settings.seed), masking, settings.seed),
        objective,
        settings,
        run,
        generator=generator,
        progress=progress,
    )


TASK = Task(
    _NAME,
    MaskedSettings,
    text.read_data,
    functools.partial(text.create_run, _NAME),
    text.load_run_data,
    _make_trainer,
    trial='predict {run} "a text with a <mask>"',
)
