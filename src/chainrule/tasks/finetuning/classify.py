"""Fine-tuning on texts with a label each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.data.labelled import LabelledTextDataset, LabelledTexts
from chainrule.data.registry import load_labelled
from chainrule.data.sequences import Sequences
from chainrule.metrics import Measurement, accuracy_measurement
from chainrule.models.heads import ClassificationHead
from chainrule.nn import Module, functional
from chainrule.random import Generator
from chainrule.tasks.finetuning.body import Body
from chainrule.tasks.finetuning.head_task import HeadTask
from chainrule.tasks.finetuning.scores import score_texts
from chainrule.tasks.finetuning.whole_texts import AnsweredBatch, AnsweredBatches, PooledSettings, chosen_pooling
from chainrule.training.objective import Objective
from chainrule.training.run import RunFolder
from chainrule.training.settings import setting

__all__ = ["CLASSIFY", "TASK", "ClassifySettings"]


@dataclass(frozen=True)
class ClassifySettings(PooledSettings):
    """Everything that can be set for ``chainrule finetune BASE DATA --task classify``."""

    label_smoothing: float = setting(
        0.0, "Share of the label's probability spread over all labels.", group="Model", minimum=0, below=1
    )
    examples: int | None = setting(None, "Learn from so few texts, each label in its share.", group="Data", minimum=2)
    label_column: int = setting(2, "Column of the labels in a file.", group="Data", minimum=1)


def _read_data(name_or_path: str, settings: ClassifySettings) -> LabelledTextDataset:
    columns = (settings.text_column - 1, settings.label_column - 1)
    return load_labelled(name_or_path, columns=columns, encoding=settings.encoding)


def _make_head(
    body: Body, settings: ClassifySettings, described: Mapping[str, Any], generator: Generator
) -> ClassificationHead:
    pooling, labels = chosen_pooling(body, settings), described["labels"]
    return ClassificationHead(body.width, len(labels), pooling, settings.dropout, generator=generator)


def _batches(texts: LabelledTexts, body: Body, settings: ClassifySettings) -> AnsweredBatches:
    return AnsweredBatches(texts.texts, np.array(texts.labels), body, settings)


def _objective(dev: LabelledTexts, body: Body, settings: ClassifySettings, described: Mapping[str, Any]) -> Objective:
    score = _Development(body.encode_all(dev.texts), np.array(dev.labels))
    return Objective(AnsweredBatch.arrays, _Loss(settings.label_smoothing), score, len, "texts", AnsweredBatch.parts)


@dataclass(frozen=True)
class _Loss:
    label_smoothing: float

    def __call__(self, model: Module, arrays: dict[str, Any]) -> Tensor:
        scores = model(arrays["tokens"], arrays["lengths"])
        return functional.cross_entropy(scores, arrays["answers"], label_smoothing=self.label_smoothing)


@dataclass(frozen=True)
class _Development:
    texts: Sequences
    labels: np.ndarray

    def __call__(self, model: Module) -> Mapping[str, float]:
        found = score_texts(model, self.texts)
        return {"dev_error_rate": found.error_rate(self.labels), "dev_loss": found.loss(self.labels)}


CLASSIFY = HeadTask(
    "classify",
    ClassifySettings,
    _read_data,
    describe=lambda data, learned_from: {"labels": list(data.labels)},
    make_head=_make_head,
    batches=_batches,
    objective=_objective,
)


def _measure(run: RunFolder, data: LabelledTextDataset, part: str) -> list[Measurement]:
    model, body = CLASSIFY.load_best(run)
    texts = data.split(part)
    scores = score_texts(model, body.encode_all(texts.texts))
    return [accuracy_measurement(scores.log_probabilities, np.array(texts.labels))]


TASK = CLASSIFY.as_task(trial='predict {run} "a text"', measure=_measure)
