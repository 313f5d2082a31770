"""Fine-tuning on texts with a number each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.data.rated import RatedTextDataset, RatedTexts
from chainrule.data.registry import load_rated
from chainrule.data.sequences import Sequences
from chainrule.metrics import Measurement, regression_measurements
from chainrule.models.heads import RegressionHead
from chainrule.nn import Module, functional
from chainrule.random import Generator
from chainrule.tasks.finetuning.body import Body
from chainrule.tasks.finetuning.head_task import HeadTask
from chainrule.tasks.finetuning.scale import Scale
from chainrule.tasks.finetuning.scores import apply_to_texts
from chainrule.tasks.finetuning.whole_texts import AnsweredBatch, AnsweredBatches, PooledSettings, chosen_pooling
from chainrule.training.objective import Objective
from chainrule.training.run import RunFolder
from chainrule.training.settings import setting

__all__ = ["REGRESS", "TASK", "RegressSettings"]


@dataclass(frozen=True)
class RegressSettings(PooledSettings):
    """Everything that can be set for ``chainrule finetune BASE DATA --task regress``."""

    number_column: int = setting(2, "Column of the numbers in a file.", group="Data", minimum=1)


def _read_data(name_or_path: str, settings: RegressSettings) -> RatedTextDataset:
    columns = (settings.text_column - 1, settings.number_column - 1)
    return load_rated(name_or_path, columns=columns, encoding=settings.encoding)


def _make_head(
    body: Body, settings: RegressSettings, described: Mapping[str, Any], generator: Generator
) -> RegressionHead:
    return RegressionHead(body.width, chosen_pooling(body, settings), settings.dropout, generator=generator)


def _batches(texts: RatedTexts, body: Body, settings: RegressSettings) -> AnsweredBatches:
    return AnsweredBatches(texts.texts, Scale.of(texts.numbers).standardised(texts.numbers), body, settings)


def _objective(dev: RatedTexts, body: Body, settings: RegressSettings, described: Mapping[str, Any]) -> Objective:
    score = _Development(body.encode_all(dev.texts), np.array(dev.numbers), Scale.from_json(described))
    return Objective(AnsweredBatch.arrays, _loss, score, len, "texts", AnsweredBatch.parts)


def _loss(model: Module, arrays: dict[str, Any]) -> Tensor:
    return functional.mse_loss(model(arrays["tokens"], arrays["lengths"]), arrays["answers"])


@dataclass(frozen=True)
class _Development:
    texts: Sequences
    numbers: np.ndarray
    scale: Scale

    def __call__(self, model: Module) -> Mapping[str, float]:
        estimates = apply_to_texts(model, self.texts)
        wrong = estimates - self.scale.standardised(self.numbers)
        error = np.abs(self.scale.restored(estimates) - self.numbers).mean()
        return {"dev_mean_absolute_error": float(error), "dev_loss": float(np.mean(wrong * wrong, dtype=np.float64))}


REGRESS = HeadTask(
    "regress",
    RegressSettings,
    _read_data,
    describe=lambda data, learned_from: Scale.of(learned_from.numbers).to_json(),
    make_head=_make_head,
    batches=_batches,
    objective=_objective,
)


def _measure(run: RunFolder, data: RatedTextDataset, part: str) -> list[Measurement]:
    model, body = REGRESS.load_best(run)
    texts = data.split(part)
    estimates = apply_to_texts(model, body.encode_all(texts.texts))
    return regression_measurements(Scale.from_json(run.config.data).restored(estimates), np.array(texts.numbers))


TASK = REGRESS.as_task(trial='predict {run} "a text"', measure=_measure)
