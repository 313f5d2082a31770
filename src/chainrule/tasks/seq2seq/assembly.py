"""Putting data, model, optimiser, loss and score together, for a new run or one that goes on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from chainrule.data.batching import TrainingBatches
from chainrule.data.codec import Codec
from chainrule.data.conversations import read_conversations
from chainrule.data.pairs import PairDataset, Pairs
from chainrule.data.registry import lasting_name, load_pairs
from chainrule.data.segmentation import Segmentation
from chainrule.data.sequences import EncodedPairs
from chainrule.errors import ConfigError
from chainrule.random import Generator
from chainrule.tasks.base_weights import take_over
from chainrule.tasks.runs import first_stage, make_optimizer, refuse_changed_data
from chainrule.tasks.seq2seq.beginning import few_pairs, load_beginning, save_beginning
from chainrule.tasks.seq2seq.lengths import refuse_long_pairs
from chainrule.tasks.seq2seq.loss import arrays_of, parts_of, training_loss
from chainrule.tasks.seq2seq.model import (
    SOURCE_TOKENIZER,
    TARGET_TOKENIZER,
    length_limit,
    make_codec,
    make_model,
    read_settings,
    read_tokenizers,
)
from chainrule.tasks.seq2seq.scoring import development_loss, development_score
from chainrule.tasks.seq2seq.search import LengthLimit, Search
from chainrule.tasks.seq2seq.settings import Seq2SeqSettings
from chainrule.tasks.seq2seq.vocabulary import fit_tokenizers
from chainrule.training.loop import Trainer
from chainrule.training.objective import Objective
from chainrule.training.progress import Progress
from chainrule.training.run import RunConfig, RunFolder
from chainrule.training.stages import Plan

__all__ = ["create_run", "load_run_data", "make_trainer", "read_data", "run_batches", "training_batches"]


def read_data(name_or_path: str, settings: Seq2SeqSettings) -> PairDataset:
    """Load the data to train on.

    Parameters
    ----------
    name_or_path : str
        A data set's name, a file or a folder.
    settings : Seq2SeqSettings
        Columns or turns, and encoding of a file.

    Returns
    -------
    PairDataset
        The pairs.

    Raises
    ------
    DataError
        When there is none of that name, or it cannot be read.
    """
    if settings.turns is not None:
        return read_conversations(name_or_path, settings.turns, settings.encoding)
    columns = (settings.source_column - 1, settings.target_column - 1)
    return load_pairs(name_or_path, columns=columns, encoding=settings.encoding)


def load_run_data(run: RunFolder) -> PairDataset:
    """Load the data of a run again.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    PairDataset
        The same pairs as when it began.

    Raises
    ------
    DataError
        When the data is gone or has changed.
    """
    data = read_data(run.config.data["name"], read_settings(run))
    refuse_changed_data(run, data.fingerprint())
    return data


def create_run(
    path: Path,
    name_or_path: str,
    data: PairDataset,
    settings: Seq2SeqSettings,
    plan: Plan | None,
    *,
    task: str = "seq2seq",
) -> RunFolder:
    """Make the folder of a new run, with all that does not change while it trains.

    Parameters
    ----------
    path : Path
        The folder.
    name_or_path : str
        How the user named the data.
    data : PairDataset
        The data.
    settings : Seq2SeqSettings
        The settings.
    plan : Plan, optional
        The stages of the run to repeat; without it the settings say how long to train.
    task : str
        What the run is called.

    Returns
    -------
    RunFolder
        The folder.

    Raises
    ------
    ConfigError
        When settings do not go together.
    """
    if settings.copy and settings.bpe_dropout:
        raise ConfigError("copy needs one way to cut a text, and bpe_dropout makes many: leave one of them out")
    if settings.source_end and settings.bpe_dropout:
        raise ConfigError("bpe_dropout cuts inputs anew without the mark of source_end: leave one of them out")
    beginning = load_beginning(settings) if settings.base else None
    settings = settings if beginning is None else beginning.settings
    train = few_pairs(data, settings)
    data.split("dev")
    source, target = fit_tokenizers(settings, data, train, beginning)
    examples = make_codec(settings, source, target).encode_pairs(train)
    refuse_long_pairs(name_or_path, train, examples, settings)
    described = {
        "name": lasting_name(name_or_path),
        "fingerprint": data.fingerprint(),
        "pairs": len(examples.targets),
        "longest_source": int(examples.sources.lengths.max()),
        "longest_target": int(examples.targets.lengths.max()),
    }
    plan = plan or Plan((first_stage(settings),))
    config = RunConfig(task, described, settings.to_mapping(), plan)
    files = {SOURCE_TOKENIZER: source.to_dict(), TARGET_TOKENIZER: target.to_dict()}
    run = RunFolder.create(path, config, files)
    if beginning is not None:
        save_beginning(run, beginning, target)
    return run


def make_trainer(run: RunFolder, data: PairDataset, progress: Progress) -> Trainer:
    """Make the trainer of a run, at its first step.

    Parameters
    ----------
    run : RunFolder
        The run.
    data : PairDataset
        Its data.
    progress : Progress
        What the user sees.

    Returns
    -------
    Trainer
        Ready to train, or to be taken back to a checkpoint.
    """
    settings = read_settings(run)
    source, target = read_tokenizers(run)
    generator = Generator(settings.seed)
    model = make_model(settings, source, target, generator)
    if settings.base:
        take_over(run, model)
    codec = make_codec(settings, source, target)
    score = _development(settings, data.split("dev"), codec, length_limit(run))
    objective = Objective(arrays_of, training_loss(settings, len(target)), score, len, "words", parts_of)
    optimizer = make_optimizer(model, settings)
    return Trainer(
        model, optimizer, run_batches(run, data), objective, settings, run, generator=generator, progress=progress
    )


def run_batches(run: RunFolder, data: PairDataset) -> TrainingBatches:
    """Make the batches that a run learns from.

    Parameters
    ----------
    run : RunFolder
        The run.
    data : PairDataset
        Its data.

    Returns
    -------
    TrainingBatches
        The batches, from the first one on.
    """
    settings, (source, target) = read_settings(run), read_tokenizers(run)
    train = few_pairs(data, settings)
    segmentation = (
        Segmentation(train, source, target, settings.bpe_dropout, settings.seed) if settings.bpe_dropout else None
    )
    return training_batches(settings, make_codec(settings, source, target).encode_pairs(train), segmentation)


def _development(
    settings: Seq2SeqSettings, pairs: Pairs, codec: Codec, limit: LengthLimit
) -> Callable[[Any], Mapping[str, float]]:
    """The score that chooses the best model: answers that are right, or likely ones where many would be."""
    if settings.task in ("translate", "dialogue"):
        return development_loss(pairs, settings.evaluation_size, codec)
    return development_score(pairs, settings.evaluation_size, codec, Search(limit))


def training_batches(
    settings: Seq2SeqSettings, examples: EncodedPairs, segmentation: Segmentation | None = None
) -> TrainingBatches:
    """Make the batches that settings ask for.

    Parameters
    ----------
    settings : Seq2SeqSettings
        Their size, and where their order starts.
    examples : EncodedPairs
        What to train on.
    segmentation : Segmentation, optional
        Encodes them anew in each epoch.

    Returns
    -------
    TrainingBatches
        The batches.
    """
    return TrainingBatches(
        examples,
        max_tokens=settings.batch_tokens,
        max_rows=settings.batch_size,
        seed=settings.seed,
        bucket_width=settings.bucket_width,
        segmentation=segmentation,
    )
