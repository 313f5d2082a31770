"""Talking with a model of dialogues: what it hears, what it says, and how far its replies are its own."""

from __future__ import annotations

import math
from collections.abc import Container
from dataclasses import dataclass

from chainrule.data.conversations import join_turns
from chainrule.data.pairs import Pairs
from chainrule.errors import DataError
from chainrule.random import Generator
from chainrule.tasks.seq2seq.predictor import Predictor
from chainrule.tasks.seq2seq.search import Sampling

__all__ = ["Conversation", "Reply", "TrainingReplies"]


@dataclass(frozen=True)
class Reply:
    """What a model said.

    Parameters
    ----------
    text : str
        Its reply.
    perplexity : float
        Among how many equally likely symbols it chose, on average.
    copied : bool
        Whether this is a reply of the training data, word for word.
    """

    text: str
    perplexity: float
    copied: bool


class Conversation:
    """A conversation with a model.

    Parameters
    ----------
    predictor : Predictor
        The model.
    turns : int
        How many of the last utterances, its own included, it is to hear: as many as it was trained on.
    known : container of str
        The replies that count as copied, such as `TrainingReplies`.
    sampling : Sampling, optional
        What replies are drawn from; without it the best one is searched for.
    generator : Generator, optional
        Draws them.
    """

    def __init__(
        self,
        predictor: Predictor,
        *,
        turns: int = 1,
        known: Container[str] = frozenset(),
        sampling: Sampling | None = None,
        generator: Generator | None = None,
    ) -> None:
        self._predictor, self._turns, self._known = predictor, turns, known
        self._sampling, self._generator = sampling, generator or Generator()
        self._said: list[str] = []

    def reset(self) -> None:
        """Forget what was said."""
        self._said.clear()

    def say(self, text: str) -> Reply:
        """Say something and hear the reply.

        Parameters
        ----------
        text : str
            What is said.

        Returns
        -------
        Reply
            The model's reply.

        Raises
        ------
        DataError
            When the model cannot read `text`: it is empty, has symbols that the model cannot do without knowing, or is
            longer than all that it learned from. It then counts as not said.
        """
        heard = self._heard(text)
        self._predictor.check([heard], "utterance")
        if self._sampling is None:
            [[answer, *_]] = self._predictor.predict([heard])
        else:
            [[answer]] = self._predictor.sample([heard], self._generator, self._sampling)
        self._said += [text, answer.text]
        perplexity = math.exp(-answer.log_probability / (len(answer.symbols) + 1))  # with the end
        return Reply(answer.text, perplexity, answer.text in self._known)

    def _heard(self, text: str) -> str:
        """The last utterances, as many as the model was trained on and can hear."""
        longest = self._predictor.search.limit.longest_source
        for turns in range(self._turns, 0, -1):
            heard = join_turns([*self._said, text][-turns:])
            length = len(self._predictor.source_tokenizer.split(heard))
            if length <= longest:
                return heard
        raise DataError(
            f"that has {length:,} symbols, and the longest utterance that the model learned from {longest:,}: say it "
            f"in fewer words"
        )


class TrainingReplies:
    """The replies that a model learned from: ``text in replies`` tells whether it only repeats one, space apart.

    Parameters
    ----------
    predictor : Predictor
        The model, which says how texts are written.
    pairs : Pairs
        Its training data.
    """

    def __init__(self, predictor: Predictor, pairs: Pairs) -> None:
        form = predictor.target_tokenizer.normalization
        self._texts = frozenset(_plain(form(reply)) for _, reply in pairs.rows())

    def __contains__(self, text: object) -> bool:
        return isinstance(text, str) and _plain(text) in self._texts


def _plain(text: str) -> str:
    return " ".join(text.split())
