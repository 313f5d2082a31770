"""Line by line, whatever their length: empty lines stay empty, long ones are cut into sentences."""

from __future__ import annotations

import functools
import heapq
import itertools
from collections.abc import Iterator, Sequence

from chainrule.data.sentences import pieces
from chainrule.errors import DataError
from chainrule.tasks.seq2seq.predictor import Answer, Predictor

__all__ = ["LineTranslator"]

_EMPTY = Answer((), "", 0.0)


class LineTranslator:
    """Answers each line of a text with one line.

    A line with more symbols than any input of the training data is cut into sentences, and a sentence that is still
    too long into halves, at a comma or a space: a model is of no use for lengths that it never saw.

    Parameters
    ----------
    predictor : Predictor
        The model.
    """

    def __init__(self, predictor: Predictor) -> None:
        self._predictor = predictor
        self._longest = predictor.search.limit.longest_source

    def translate(
        self, lines: Sequence[str], n_best: int = 1, *, unit: str = "line", first: int = 1
    ) -> Iterator[list[Answer]]:
        """Translate some lines; no result depends on the other lines.

        Parameters
        ----------
        lines : sequence of str
            The lines.
        n_best : int
            How many answers a line is to have.
        unit : str
            What a line is called in messages.
        first : int
            From where lines are counted in messages.

        Yields
        ------
        list of Answer
            For each line at least one and at most `n_best`, best first: an empty one for an empty line. Those of a
            line that was cut are put together of those of its pieces, and the most probable are kept.

        Raises
        ------
        DataError
            When a line has a symbol that the model never saw and cannot do without; the message names it. The lines
            before it have been translated then.
        """
        cut, error = self._cut(lines, unit, first)
        answers = iter(self._predictor.predict([part for parts in cut for part in parts], n_best))
        for parts in cut:
            yield _joined(list(itertools.islice(answers, len(parts))), n_best)
        if error is not None:
            raise error

    def _cut(self, lines: Sequence[str], unit: str, first: int) -> tuple[list[list[str]], DataError | None]:
        """The pieces of each line up to the first that cannot be translated, and what is wrong with that one."""
        cut: list[list[str]] = []
        for number, line in enumerate(lines, start=first):
            parts = self._pieces(line)
            try:
                for part in parts:
                    self._predictor.check([part], unit, number)
            except DataError as error:
                return cut, error
            cut.append(parts)
        return cut, None

    def _pieces(self, line: str) -> list[str]:
        """What is translated at a time: nothing where there are no symbols."""
        return [part for part in pieces(line.strip(), self._fits) if self._length(part)]

    def _fits(self, text: str) -> bool:
        return self._length(text) <= self._longest

    def _length(self, text: str) -> int:
        return len(self._predictor.source_tokenizer.split(text))


def _joined(parts: list[list[Answer]], n_best: int) -> list[Answer]:
    """The most probable ways to put one answer to each part together."""
    if not parts:
        return [_EMPTY]

    def append(best: list[Answer], more: list[Answer]) -> list[Answer]:
        pairs = (
            Answer(a.symbols + b.symbols, f"{a.text} {b.text}", a.log_probability + b.log_probability)
            for a, b in itertools.product(best, more)
        )
        return heapq.nlargest(n_best, pairs, key=lambda answer: answer.log_probability)

    return functools.reduce(append, parts)
