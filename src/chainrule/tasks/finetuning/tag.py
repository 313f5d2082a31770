"""Fine-tuning on sentences whose words have a tag each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.data.registry import load_tagged
from chainrule.data.tagged import TaggedDataset, TaggedSentences
from chainrule.metrics import Measurement
from chainrule.models.heads import TaggingHead
from chainrule.nn import Module, functional
from chainrule.random import Generator
from chainrule.tasks.finetuning.body import Body
from chainrule.tasks.finetuning.head_task import HeadTask
from chainrule.tasks.finetuning.scores import score_words
from chainrule.tasks.finetuning.settings import HeadSettings
from chainrule.tasks.finetuning.words import EncodedWords, WordBatch, WordBatches, encode_words
from chainrule.training.objective import Objective
from chainrule.training.run import RunFolder
from chainrule.training.settings import setting

__all__ = ["TAG", "TASK", "TagSettings", "counts_of_right", "flat_tags", "words_of"]


@dataclass(frozen=True)
class TagSettings(HeadSettings):
    """Everything that can be set for ``chainrule finetune BASE DATA --task tag``."""

    word_piece: str = setting(
        "auto",
        "The piece of a word that describes it; auto: the last where a model reads forward only, else the first.",
        group="Model",
        choices=("auto", "first", "last"),
    )
    label_smoothing: float = setting(
        0.0, "Share of the tag's probability spread over all tags.", group="Model", minimum=0, below=1
    )
    examples: int | None = setting(None, "Learn from so few sentences.", group="Data", minimum=2)
    token_column: int = setting(1, "Column of the tokens in a file.", group="Data", minimum=1)
    tag_column: int = setting(2, "Column of the tags in a file.", group="Data", minimum=1)
    batch_size: int = setting(32, "Most sentences in a batch.", group="Data", minimum=1)
    evaluation_size: int = setting(
        500,
        "Most sentences of the development set to measure with while training.",
        group="Evaluation and saving",
        minimum=1,
    )


def words_of(sentences: TaggedSentences, body: Body, settings: TagSettings) -> EncodedWords:
    """Encode sentences as a run reads them.

    Parameters
    ----------
    sentences : TaggedSentences
        The sentences.
    body : Body
        Says how.
    settings : TagSettings
        Where a word stands.

    Returns
    -------
    EncodedWords
        The words.
    """
    first = body.reads_backwards if settings.word_piece == "auto" else settings.word_piece == "first"
    return encode_words(sentences.words, body, first=first)


def flat_tags(sentences: TaggedSentences) -> np.ndarray:
    """Lay the tags of sentences one behind the other.

    Parameters
    ----------
    sentences : TaggedSentences
        The sentences.

    Returns
    -------
    ndarray of int64
        One for each word.
    """
    return np.concatenate([np.array(tags, np.int64) for tags in sentences.tags])


def counts_of_right(found: np.ndarray, sentences: TaggedSentences) -> np.ndarray:
    """Count right tags sentence by sentence.

    Parameters
    ----------
    found : ndarray of int, shape (W,)
        The tag that each word was given.
    sentences : TaggedSentences
        The sentences and their tags.

    Returns
    -------
    ndarray of float64, shape (sentences, 2)
        How many words of each have the right tag, and how many it has.
    """
    words = np.array([len(tags) for tags in sentences.tags])
    right = (found == flat_tags(sentences)).astype(np.float64)
    return np.stack([np.add.reduceat(right, np.cumsum(words) - words), words], axis=1)


def _read_data(name_or_path: str, settings: TagSettings) -> TaggedDataset:
    columns = (settings.token_column - 1, settings.tag_column - 1)
    return load_tagged(name_or_path, columns=columns, encoding=settings.encoding)


def _make_head(body: Body, settings: TagSettings, described: Mapping[str, Any], generator: Generator) -> TaggingHead:
    return TaggingHead(body.width, len(described["tags"]), settings.dropout, generator=generator)


def _batches(sentences: TaggedSentences, body: Body, settings: TagSettings) -> WordBatches:
    rows = settings.batch_size
    words = words_of(sentences, body, settings)
    tags = flat_tags(sentences)
    return WordBatches(words, tags, max_tokens=rows * body.context, max_rows=rows, seed=settings.seed)


def _objective(dev: TaggedSentences, body: Body, settings: TagSettings, described: Mapping[str, Any]) -> Objective:
    few = dev.sample(settings.evaluation_size, Generator(settings.seed))
    score = _Development(words_of(few, body, settings), flat_tags(few))
    return Objective(WordBatch.arrays, _Loss(settings.label_smoothing), score, len, "words", WordBatch.parts)


@dataclass(frozen=True)
class _Loss:
    label_smoothing: float

    def __call__(self, model: Module, arrays: dict[str, Any]) -> Tensor:
        scores = model(arrays["tokens"], arrays["lengths"], places=arrays["places"])  # (M, tags)
        return functional.cross_entropy(scores, arrays["tags"], label_smoothing=self.label_smoothing)


@dataclass(frozen=True)
class _Development:
    words: EncodedWords
    tags: np.ndarray

    def __call__(self, model: Module) -> Mapping[str, float]:
        found = score_words(model, self.words, self.tags)
        return {"dev_error_rate": float(np.mean(found.best != self.tags)), "dev_loss": found.loss}


TAG = HeadTask(
    "tag",
    TagSettings,
    _read_data,
    describe=lambda data, learned_from: {"tags": list(data.tags)},
    make_head=_make_head,
    batches=_batches,
    objective=_objective,
)


def _measure(run: RunFolder, data: TaggedDataset, part: str) -> list[Measurement]:
    model, body = TAG.load_best(run)
    sentences = data.split(part)
    found = score_words(model, words_of(sentences, body, TAG.read_settings(run)))
    return [Measurement("accuracy", counts_of_right(found.best, sentences), per_cent=True)]


TASK = TAG.as_task(trial='predict {run} "a text"', measure=_measure)
