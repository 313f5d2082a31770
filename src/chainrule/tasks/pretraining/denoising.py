"""Denoising: an encoder-decoder writes texts out of spoiled ones (M. Lewis et al., BART, 2020)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.autodiff import no_grad
from chainrule.data.batch import Batch
from chainrule.data.batching import evaluation_batches
from chainrule.data.epochs import ChangedBatches
from chainrule.data.pairs import PairDataset, Pairs
from chainrule.data.registry import load_texts
from chainrule.data.sequences import EncodedPairs, encode_pairs
from chainrule.data.texts import TextDataset
from chainrule.data.tokenizers import CharacterTokenizer, Tokenizer
from chainrule.errors import ConfigError
from chainrule.interop.blank import Blank
from chainrule.random import Generator
from chainrule.tasks.pretraining.masking import UNITS
from chainrule.tasks.pretraining.noise import NOISES, spoil
from chainrule.tasks.pretraining.symbols import begins_word
from chainrule.tasks.runs import load_best, make_optimizer, refuse_changed_data, settings_of
from chainrule.tasks.seq2seq.assembly import create_run, training_batches
from chainrule.tasks.seq2seq.loss import arrays_of, mean_loss, parts_of, training_loss
from chainrule.tasks.seq2seq.model import EncoderDecoder, make_model, read_tokenizers
from chainrule.tasks.seq2seq.settings import Seq2SeqSettings
from chainrule.tasks.task import Task
from chainrule.training.loop import Trainer
from chainrule.training.objective import Objective
from chainrule.training.progress import Progress
from chainrule.training.run import RunFolder
from chainrule.training.settings import setting
from chainrule.training.stages import Plan

__all__ = ["TASK", "DenoiseSettings", "Noise", "load_model", "load_run_data", "read_settings", "reconstruction_loss"]

_NAME = "denoise"
_DEV_SEED = 2**32 - 1  # the same noise in every measurement


@dataclass(frozen=True)
class DenoiseSettings(Seq2SeqSettings):
    """Everything that can be set for ``chainrule pretrain denoise``."""

    noise: str = setting(
        "infill",
        "What becomes of hidden parts: a sign for each symbol (mask), nothing (delete), a sign for all of it (infill), "
        "or one of these for each batch (mixed).",
        group="Data",
        choices=(*NOISES, "mixed"),
    )
    noise_share: float = setting(0.3, "Share of each text that is hidden.", group="Data", above=0, below=1)
    noise_units: str = setting("spans", "What is hidden as a whole.", group="Data", choices=tuple(UNITS))


class Noise:
    """Spoils the sources of a batch.

    Parameters
    ----------
    settings : DenoiseSettings
        How much, and how.
    tokenizer : Tokenizer
        The symbols.
    """

    def __init__(self, settings: DenoiseSettings, tokenizer: Tokenizer) -> None:
        self._units, self._share = UNITS[settings.noise_units], settings.noise_share
        self._kinds = list(NOISES.values()) if settings.noise == "mixed" else [NOISES[settings.noise]]
        self._begins = np.array(begins_word(tokenizer))

    def __call__(self, batch: Batch, generator: Generator) -> Batch:
        """Spoil sources.

        Parameters
        ----------
        batch : Batch
            Texts as sources and as targets.
        generator : Generator
            Draws which parts.

        Returns
        -------
        Batch
            The same with spoiled sources.
        """
        kind = self._kinds[int(generator.uniform(()) * len(self._kinds))]
        begins = self._units(batch.source, batch.source_lengths, self._begins, generator)
        source, lengths = spoil(batch.source, batch.source_lengths, begins, self._share, kind, generator)
        return dataclasses.replace(batch, source=source, source_lengths=lengths)


def read_settings(run: RunFolder) -> DenoiseSettings:
    """Read the settings of a run.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    DenoiseSettings
        Its settings.

    Raises
    ------
    CheckpointError
        When the run is of another task, or its settings do not fit this version.
    """
    return settings_of(run, DenoiseSettings, _NAME)


def load_model(run: RunFolder) -> tuple[EncoderDecoder, Tokenizer]:
    """Load the best model of a run.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    model : Seq2Seq or Transformer
        The model, in evaluation mode.
    tokenizer : Tokenizer
        The symbols of both sides.

    Raises
    ------
    CheckpointError
        When a file is missing, damaged, or does not fit the others.
    """
    source, target = read_tokenizers(run)
    return load_best(run, make_model(read_settings(run), source, target, Blank())), source


@no_grad()
def reconstruction_loss(model: EncoderDecoder, texts: tuple[str, ...], tokenizer: Tokenizer, noise: Noise) -> float:
    """Spoil texts, always in the same way, and let a model put them right.

    Parameters
    ----------
    model : Seq2Seq or Transformer
        The model, in evaluation mode.
    texts : tuple of str
        The texts.
    tokenizer : Tokenizer
        The symbols.
    noise : Noise
        Spoils them.

    Returns
    -------
    float
        The mean cross-entropy of a symbol, in nats.
    """
    return mean_loss(model, _spoiled(encode_pairs(_as_pairs(texts), tokenizer, tokenizer), noise))


def _spoiled(examples: EncodedPairs, noise: Noise) -> Iterable[Batch]:
    generator = Generator(_DEV_SEED)
    return (noise(batch, generator) for batch in evaluation_batches(examples, max_tokens=8192, max_rows=256))


def _as_pairs(texts: tuple[str, ...]) -> Pairs:
    return Pairs(texts, tuple((text,) for text in texts))


def _as_pair_dataset(data: TextDataset) -> PairDataset:
    splits = {part: _as_pairs(texts) for part, texts in data.splits.items()}
    return PairDataset(data.name, splits, CharacterTokenizer, CharacterTokenizer)


def _read_data(name_or_path: str, settings: DenoiseSettings) -> TextDataset:
    return load_texts(name_or_path)


def load_run_data(run: RunFolder) -> TextDataset:
    """Load the texts of a run again.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    TextDataset
        The same texts as when it began.

    Raises
    ------
    DataError
        When they are gone or have changed.
    """
    data = load_texts(run.config.data["name"])
    refuse_changed_data(run, _as_pair_dataset(data).fingerprint())
    return data


def _create_run(
    path: Path, name_or_path: str, data: TextDataset, settings: DenoiseSettings, plan: Plan | None
) -> RunFolder:
    if settings.source_end:
        raise ConfigError("denoise hides parts of its inputs, so they have no mark at the end: leave source_end out")
    one_kind = dataclasses.replace(settings, joint_vocabulary=True, target_symbols=settings.source_symbols)
    return create_run(path, name_or_path, _as_pair_dataset(data), one_kind, plan, task=_NAME)


def _make_trainer(run: RunFolder, data: TextDataset, progress: Progress) -> Trainer:
    settings = read_settings(run)
    source, target = read_tokenizers(run)
    generator = Generator(settings.seed)
    model = make_model(settings, source, target, generator)
    noise = Noise(settings, source)
    batches = training_batches(settings, encode_pairs(_as_pairs(data.split("train")), source, target))
    loss = training_loss(settings, len(target))
    objective = Objective(
        arrays_of, loss, _development(data.split("dev"), settings, source, noise), len, "texts", parts_of
    )
    return Trainer(
        model,
        make_optimizer(model, settings),
        ChangedBatches(batches, noise, settings.seed),
        objective,
        settings,
        run,
        generator=generator,
        progress=progress,
    )


def _development(
    texts: tuple[str, ...], settings: DenoiseSettings, tokenizer: Tokenizer, noise: Noise
) -> Callable[[Any], Mapping[str, float]]:
    chosen = texts[: settings.evaluation_size]
    return lambda model: {"dev_loss": reconstruction_loss(model, chosen, tokenizer, noise)}


TASK = Task(
    _NAME,
    DenoiseSettings,
    _read_data,
    _create_run,
    load_run_data,
    _make_trainer,
    trial="finetune {run} PAIRS --task seq2seq",
)
