"""What all tasks have in common that give a whole text one answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.data.epochs import row_parts
from chainrule.data.token_batches import TextBatches
from chainrule.models.heads import POOLINGS
from chainrule.tasks.finetuning.body import Body
from chainrule.tasks.finetuning.settings import HeadSettings
from chainrule.training.objective import Part
from chainrule.training.settings import setting

__all__ = ["AnsweredBatch", "AnsweredBatches", "PooledSettings", "chosen_pooling"]


@dataclass(frozen=True)
class PooledSettings(HeadSettings):
    """What can be set where a whole text is answered for."""

    pooling: str = setting(
        "auto",
        "How a text is described by its places; auto: the last where a model reads forward only, else the mean.",
        group="Model",
        choices=("auto", *POOLINGS),
    )
    text_column: int = setting(1, "Column of the texts in a file.", group="Data", minimum=1)


@dataclass(frozen=True, eq=False)
class AnsweredBatch:
    """Texts with an answer each.

    Attributes
    ----------
    tokens : ndarray of int64, shape (N, T)
        Symbol numbers, padded with `PAD`.
    lengths : ndarray of int64, shape (N,)
        How much of each row is not padding.
    answers : ndarray, shape (N,)
        The numbers of their labels, or whatever they are to be answered with.
    """

    tokens: np.ndarray
    lengths: np.ndarray
    answers: np.ndarray

    def __len__(self) -> int:
        return len(self.answers)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what a loss needs: the attributes by name."""
        return {"tokens": self.tokens, "lengths": self.lengths, "answers": self.answers}

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
            part = AnsweredBatch(self.tokens[rows], self.lengths[rows], self.answers[rows])
            yield Part(part, rows, len(rows) / len(self))


class AnsweredBatches(TextBatches):
    """Texts of similar lengths with their answers.

    Parameters
    ----------
    texts : tuple of str
        The texts.
    answers : ndarray
        One each.
    body : Body
        What the texts are encoded for.
    settings : HeadSettings
        The size of a batch and the seed.
    """

    def __init__(self, texts: tuple[str, ...], answers: np.ndarray, body: Body, settings: HeadSettings) -> None:
        rows = settings.batch_size
        super().__init__(body.encode_all(texts), max_tokens=rows * body.context, max_rows=rows, seed=settings.seed)
        self._answers = answers

    def _assemble(self, part: np.ndarray) -> Any:
        batch = super()._assemble(part)
        return AnsweredBatch(batch.tokens, batch.lengths, self._answers[part])


def chosen_pooling(body: Body, settings: PooledSettings) -> str:
    """Say how a text is described by its places.

    Parameters
    ----------
    body : Body
        The body.
    settings : PooledSettings
        What the user wants.

    Returns
    -------
    str
        One of `POOLINGS`.
    """
    if settings.pooling != "auto":
        return settings.pooling
    return body.pooling
