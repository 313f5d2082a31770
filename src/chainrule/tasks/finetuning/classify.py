"""Fine-tuning on texts with a label each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.data.epochs import row_parts
from chainrule.data.labelled import LabelledTextDataset, LabelledTexts
from chainrule.data.registry import lasting_name, load_labelled
from chainrule.data.sequences import Sequences
from chainrule.data.token_batches import TextBatches
from chainrule.errors import CheckpointError
from chainrule.interop import TransferReport
from chainrule.interop.blank import Blank
from chainrule.metrics import Measurement, accuracy_measurement
from chainrule.models.heads import POOLINGS, ClassificationHead, WithHead
from chainrule.nn import Module, functional
from chainrule.random import Generator
from chainrule.tasks.finetuning.bodies import body_from, rebuilt_body
from chainrule.tasks.finetuning.body import Body
from chainrule.tasks.finetuning.policy import adapted, optimizer_with_paces
from chainrule.tasks.finetuning.scores import score_texts
from chainrule.tasks.finetuning.settings import FineTuningSettings
from chainrule.tasks.runs import first_stage, load_best, refuse_changed_data, settings_of
from chainrule.tasks.task import Task
from chainrule.training.files import read_json
from chainrule.training.loop import Trainer
from chainrule.training.objective import Objective, Part
from chainrule.training.progress import Progress
from chainrule.training.run import RunConfig, RunFolder
from chainrule.training.settings import setting
from chainrule.training.stages import Plan
from chainrule.training.weights import load_weights, save_weights

__all__ = [
    "TASK",
    "ClassifySettings",
    "encoded",
    "load_run_data",
    "make_model",
    "read_labels",
    "read_settings",
    "training_texts",
]

_NAME = "classify"
_BODY, _BODY_WEIGHTS = "body.json", "body.safetensors"


@dataclass(frozen=True)
class ClassifySettings(FineTuningSettings):
    """Everything that can be set for ``chainrule finetune BASE DATA --task classify``."""

    base: str = setting(
        "", "The run of `chainrule pretrain`, or the published weights, to begin with.", group="Fine-tuning"
    )
    pooling: str = setting(
        "auto",
        "How a text is described by its places; auto: the last where a model reads forward only, else the mean.",
        group="Model",
        choices=("auto", *POOLINGS),
    )
    dropout: float = setting(0.1, "Share of a text's description dropped.", group="Model", minimum=0, below=1)
    label_smoothing: float = setting(
        0.0, "Share of the label's probability spread over all labels.", group="Model", minimum=0, below=1
    )
    examples: int | None = setting(None, "Learn from so few texts, each label in its share.", group="Data", minimum=2)
    text_column: int = setting(1, "Column of the texts in a file.", group="Data", minimum=1)
    label_column: int = setting(2, "Column of the labels in a file.", group="Data", minimum=1)
    encoding: str = setting("utf-8", "Encoding of a file.", group="Data")
    batch_size: int = setting(32, "Most texts in a batch.", group="Data", minimum=1)


@dataclass(frozen=True, eq=False)
class LabelledBatch:
    """Texts with a label each.

    Attributes
    ----------
    tokens : ndarray of int64, shape (N, T)
        Symbol numbers, padded with `PAD`.
    lengths : ndarray of int64, shape (N,)
        How much of each row is not padding.
    labels : ndarray of int64, shape (N,)
        The numbers of their labels.
    """

    tokens: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def parts(self, count: int) -> Iterator[Part]:
        """Cut the batch into parts.

        Parameters
        ----------
        count : int
            How many; there are fewer when the batch has fewer rows.

        Yields
        ------
        Part
            The next rows.
        """
        for rows in row_parts(len(self), count):
            part = LabelledBatch(self.tokens[rows], self.lengths[rows], self.labels[rows])
            yield Part(part, rows, len(rows) / len(self))


class LabelledBatches(TextBatches):
    """Texts of similar lengths with their labels.

    Parameters
    ----------
    texts : Sequences
        The texts.
    labels : ndarray of int64
        One each.
    max_tokens, max_rows, seed : int
        As for `TextBatches`.
    """

    def __init__(self, texts: Sequences, labels: np.ndarray, *, max_tokens: int, max_rows: int, seed: int) -> None:
        super().__init__(texts, max_tokens=max_tokens, max_rows=max_rows, seed=seed)
        self._labels = labels

    def _assemble(self, part: np.ndarray) -> Any:
        batch = super()._assemble(part)
        return LabelledBatch(batch.tokens, batch.lengths, self._labels[part])


def read_settings(run: RunFolder) -> ClassifySettings:
    """Read the settings of a run.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    ClassifySettings
        Its settings.

    Raises
    ------
    CheckpointError
        When the run is of another task, or its settings do not fit this version.
    """
    return settings_of(run, ClassifySettings, _NAME)


def read_labels(run: RunFolder) -> tuple[str, ...]:
    """Read the labels of a run.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    tuple of str
        What they are called, by their numbers.

    Raises
    ------
    CheckpointError
        When its ``config.json`` does not say so.
    """
    try:
        return tuple(run.config.data["labels"])
    except (KeyError, TypeError):
        raise CheckpointError(f"{run.path}/config.json is damaged: it lacks the labels") from None


def load_run_data(run: RunFolder) -> LabelledTextDataset:
    """Load the texts of a run again.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    LabelledTextDataset
        The same texts as when it began.

    Raises
    ------
    DataError
        When they are gone or have changed.
    """
    data = _read_data(run.config.data["name"], read_settings(run))
    refuse_changed_data(run, data.fingerprint())
    return data


def make_model(run: RunFolder, generator: Generator) -> tuple[Module, Body]:
    """Make the model of a run, with weights drawn anew.

    Parameters
    ----------
    run : RunFolder
        The run.
    generator : Generator
        Draws the weights.

    Returns
    -------
    model : Module
        From tokens (N, T) and lengths to the scores of labels.
    body : Body
        What of it was there before, and how texts are given to it.

    Raises
    ------
    CheckpointError
        When a file is missing or damaged.
    """
    settings = read_settings(run)
    body = rebuilt_body(read_json(run.path / _BODY), str(run.path), generator)
    pooling = settings.pooling
    if pooling == "auto":
        pooling = "mean" if body.reads_backwards else "last"
    head = ClassificationHead(body.width, len(read_labels(run)), pooling, settings.dropout, generator=generator)
    return adapted(WithHead(body.model, head), settings, generator), body


def _read_data(name_or_path: str, settings: ClassifySettings) -> LabelledTextDataset:
    columns = (settings.text_column - 1, settings.label_column - 1)
    return load_labelled(name_or_path, columns=columns, encoding=settings.encoding)


def training_texts(data: LabelledTextDataset, settings: ClassifySettings) -> LabelledTexts:
    """Take the texts to learn from, all or as few as the settings say.

    Parameters
    ----------
    data : LabelledTextDataset
        The data.
    settings : ClassifySettings
        The settings.

    Returns
    -------
    LabelledTexts
        The texts, each label in its share.
    """
    texts = data.split("train")
    return texts if settings.examples is None else texts.sample(settings.examples, Generator(settings.seed))


def _create_run(
    path: Path, name_or_path: str, data: LabelledTextDataset, settings: ClassifySettings, plan: Plan | None
) -> RunFolder:
    body, weights = body_from(settings.base)
    training_texts(data, settings)
    data.split("dev")
    described = {"name": lasting_name(name_or_path), "fingerprint": data.fingerprint(), "labels": list(data.labels)}
    config = RunConfig(_NAME, described, settings.to_mapping(), plan or Plan((first_stage(settings),)))
    run = RunFolder.create(path, config, {_BODY: body.description})
    if not settings.from_scratch:
        save_weights(run.path / _BODY_WEIGHTS, weights)
    return run


def _batches(texts: LabelledTexts, body: Body, settings: ClassifySettings) -> LabelledBatches:
    return LabelledBatches(
        encoded(texts.texts, body),
        np.array(texts.labels),
        max_tokens=settings.batch_size * body.context,
        max_rows=settings.batch_size,
        seed=settings.seed,
    )


def encoded(texts: tuple[str, ...], body: Body) -> Sequences:
    """Encode texts for a body; what is longer than its context is cut off.

    Parameters
    ----------
    texts : tuple of str
        The texts.
    body : Body
        Says how.

    Returns
    -------
    Sequences
        One a text.
    """
    return Sequences.from_lists(body.encode(text)[: body.context] for text in texts)


def _make_trainer(run: RunFolder, data: LabelledTextDataset, progress: Progress) -> Trainer:
    settings = read_settings(run)
    generator = Generator(settings.seed)
    model, body = make_model(run, generator)
    body.model.load_state_dict(_first_weights(run), strict=False)
    optimizer, paces = optimizer_with_paces(model, settings, body.layers)
    dev = data.split("dev")
    score: Callable[[Any], Mapping[str, float]] = _Development(encoded(dev.texts, body), np.array(dev.labels))
    objective = Objective(
        _arrays, _Loss(settings.label_smoothing), score, len, "texts", lambda batch, count: batch.parts(count)
    )
    return Trainer(
        model,
        optimizer,
        _batches(training_texts(data, settings), body, settings),
        objective,
        settings,
        run,
        generator=generator,
        progress=progress,
        paces=paces,
    )


def _first_weights(run: RunFolder) -> dict[str, np.ndarray]:
    """Those of the body, as they were before; none where it begins from scratch."""
    path = run.path / _BODY_WEIGHTS
    return {} if read_settings(run).from_scratch else load_weights(path)


def _introduce(run: RunFolder) -> str:
    model, body = make_model(run, Blank())
    if read_settings(run).from_scratch:
        report = TransferReport("scratch", "", ())
    else:
        report = TransferReport.from_json(body.description["source"], "", body.description["became"])
    return str(report.before_training(model, body.model))


def _measure(run: RunFolder, data: LabelledTextDataset, part: str) -> list[Measurement]:
    model, body = make_model(run, Blank())
    texts = data.split(part)
    scores = score_texts(load_best(run, model), encoded(texts.texts, body))
    return [accuracy_measurement(scores.log_probabilities, np.array(texts.labels))]


def _arrays(batch: LabelledBatch) -> dict[str, Any]:
    return {"tokens": batch.tokens, "lengths": batch.lengths, "labels": batch.labels}


@dataclass(frozen=True)
class _Loss:
    label_smoothing: float

    def __call__(self, model: Module, arrays: dict[str, Any]) -> Tensor:
        scores = model(arrays["tokens"], arrays["lengths"])
        return functional.cross_entropy(scores, arrays["labels"], label_smoothing=self.label_smoothing)


@dataclass(frozen=True)
class _Development:
    texts: Sequences
    labels: np.ndarray

    def __call__(self, model: Module) -> Mapping[str, float]:
        found = score_texts(model, self.texts)
        return {"dev_error_rate": found.error_rate(self.labels), "dev_loss": found.loss(self.labels)}


TASK = Task(
    _NAME,
    ClassifySettings,
    _read_data,
    _create_run,
    load_run_data,
    _make_trainer,
    trial='predict {run} "a text"',
    introduce=_introduce,
    measure=_measure,
)
