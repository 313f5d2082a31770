"""Sentences of words as a model reads them: pieces that fit into its context, and where in them each word stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.data.epochs import row_parts
from chainrule.data.sequences import Sequences
from chainrule.data.token_batches import TextBatches
from chainrule.tasks.finetuning.body import Body
from chainrule.training.objective import Part

__all__ = ["EncodedWords", "WordBatch", "WordBatches", "encode_words"]


@dataclass(frozen=True)
class EncodedWords:
    """Words of sentences in their order, in pieces that fit into the context of a model.

    Attributes
    ----------
    symbols : Sequences
        The symbols of each piece.
    places : Sequences
        For each piece the places of its words, one a word.
    """

    symbols: Sequences
    places: Sequences

    def batch(self, pieces: np.ndarray, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Find the words of some pieces.

        Parameters
        ----------
        pieces : ndarray of int, shape (N,)
            Which pieces.
        tokens : ndarray of int64, shape (N, T)
            Their symbols.

        Returns
        -------
        places : ndarray of int64, shape (M,)
            Where their words stand, counted through all N * T.
        words : ndarray of int64, shape (M,)
            Which of all words these are.
        """
        places = [self.places[piece] + row * tokens.shape[1] for row, piece in enumerate(pieces)]
        offsets = self.places.offsets
        words = [np.arange(offsets[piece], offsets[piece + 1]) for piece in pieces]
        return np.concatenate(places).astype(np.int64), np.concatenate(words)


def encode_words(sentences: Iterable[Sequence[str]], body: Body, *, first: bool) -> EncodedWords:
    """Encode sentences whose words are known.

    Parameters
    ----------
    sentences : iterable of sequence of str
        The words of each sentence.
    body : Body
        Says how.
    first : bool
        Whether a word stands where its first symbol does; otherwise where its last one does.

    Returns
    -------
    EncodedWords
        A sentence that is longer than the context is halved until all parts fit.
    """
    symbols, places = [], []
    for words in sentences:
        for piece, found in _pieces(words, body):
            symbols.append(piece)
            places.append([min(start if first else stop - 1, len(piece) - 1) for start, stop in found])
    return EncodedWords(Sequences.from_lists(symbols), Sequences.from_lists(places))


def _pieces(words: Sequence[str], body: Body) -> Iterator[tuple[list[int], list[tuple[int, int]]]]:
    symbols, places = body.encode_words(words)
    if len(symbols) <= body.context or len(words) == 1:
        yield symbols[: body.context], places
    else:
        half = len(words) // 2
        yield from _pieces(words[:half], body)
        yield from _pieces(words[half:], body)


@dataclass(frozen=True, eq=False)
class WordBatch:
    """Pieces of sentences with a tag for each word.

    Attributes
    ----------
    tokens : ndarray of int64, shape (N, T)
        Symbol numbers, padded with `PAD`.
    lengths : ndarray of int64, shape (N,)
        How much of each row is not padding.
    places : ndarray of int64, shape (M,)
        Where words stand, counted through all N * T.
    tags : ndarray of int64, shape (M,)
        The numbers of their tags.
    """

    tokens: np.ndarray
    lengths: np.ndarray
    places: np.ndarray
    tags: np.ndarray

    def __len__(self) -> int:
        return len(self.tags)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what a loss needs: the attributes by name."""
        return {"tokens": self.tokens, "lengths": self.lengths, "places": self.places, "tags": self.tags}

    def parts(self, count: int) -> Iterator[Part]:
        """Cut the batch into parts; each weighs as many words as it has.

        Parameters
        ----------
        count : int
            How many; there are fewer when the batch has fewer rows.

        Yields
        ------
        Part
            The next rows.
        """
        width = self.tokens.shape[1]
        for rows in row_parts(len(self.lengths), count):
            within = np.isin(self.places // width, rows)
            places = self.places[within] - rows[0] * width
            part = WordBatch(self.tokens[rows], self.lengths[rows], places, self.tags[within])
            yield Part(part, rows, len(part) / len(self))


class WordBatches(TextBatches):
    """Pieces of similar lengths with the tags of their words.

    Parameters
    ----------
    words : EncodedWords
        The pieces.
    tags : ndarray of int64
        One for each word.
    max_tokens, max_rows, seed : int
        As for `TextBatches`.
    """

    def __init__(self, words: EncodedWords, tags: np.ndarray, *, max_tokens: int, max_rows: int, seed: int) -> None:
        super().__init__(words.symbols, max_tokens=max_tokens, max_rows=max_rows, seed=seed)
        self._words, self._tags = words, tags

    def _assemble(self, part: np.ndarray) -> Any:
        batch = super()._assemble(part)
        places, words = self._words.batch(part, batch.tokens)
        return WordBatch(batch.tokens, batch.lengths, places, self._tags[words])
