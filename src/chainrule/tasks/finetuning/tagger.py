"""A trained tagger of words, loaded from a run folder: sentences in, tags out."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np

from chainrule.data.tagged import TaggedSentences
from chainrule.errors import DataError
from chainrule.metrics.bootstrap import bootstrap_interval
from chainrule.metrics.tagging import Retrieval, marks_spans, retrieval_of_spans, retrieval_of_tags
from chainrule.tasks.finetuning.body import Body
from chainrule.tasks.finetuning.scores import score_words
from chainrule.tasks.finetuning.tag import TAG, TagSettings, counts_of_right, flat_tags, words_of
from chainrule.training.run import RunFolder

__all__ = ["Tagger", "TaggingScore", "commonest_tags", "split_words"]

_SIGNS = re.compile(r"(?P<before>[^\w\s]*)(?P<word>.*?)(?P<after>[^\w\s]*)", re.DOTALL)
_SAME = re.compile(r"(.)\1*", re.DOTALL)


@dataclass(frozen=True)
class TaggingScore:
    """How good a tagger is.

    Attributes
    ----------
    accuracy : float
        The share of words with the right tag.
    interval : tuple of float
        Its 95 % interval, by bootstrap over sentences.
    loss : float
        The mean cross-entropy of a word, in nats.
    sentences : int
        How many there were.
    words : int
        How many words they have.
    tags : dict of str to Retrieval
        What was found of each tag, the commonest first.
    spans : dict of str to Retrieval
        What was found of each kind of span, where tags mark spans as IOB2 does; else empty.
    """

    accuracy: float
    interval: tuple[float, float]
    loss: float
    sentences: int
    words: int
    tags: dict[str, Retrieval]
    spans: dict[str, Retrieval]

    @property
    def all_spans(self) -> Retrieval:
        """What was found of the spans of all kinds together."""
        return Retrieval(*(sum(counts) for counts in zip(*self.spans.values(), strict=True)))

    def record(self) -> dict[str, Any]:
        """Return all of it, as JSON takes it.

        Returns
        -------
        dict
            The fields by name.
        """
        record = dataclasses.asdict(self) | {"tags": _records(self.tags), "spans": _records(self.spans)}
        return record | ({"span_f1": self.all_spans.f1} if self.spans else {})


def _records(kinds: dict[str, Retrieval]) -> dict[str, dict[str, float]]:
    return {
        kind: {"precision": found.precision, "recall": found.recall, "f1": found.f1, "count": found.there}
        for kind, found in kinds.items()
    }


@dataclass(frozen=True)
class Tagger:
    """Tags words with a trained model.

    Attributes
    ----------
    model : Module
        The model, in evaluation mode.
    tags : tuple of str
        What its tags are called.
    body : Body
        How sentences are given to it.
    settings : TagSettings
        Those of its run.
    """

    model: Any
    tags: tuple[str, ...]
    body: Body
    settings: TagSettings

    @classmethod
    def open(cls, run: RunFolder | str | PathLike[str]) -> Tagger:
        """Load the best model of a run.

        Parameters
        ----------
        run : RunFolder, str or path-like
            The run's folder; nothing else is needed.

        Returns
        -------
        Tagger
            Ready to tag.

        Raises
        ------
        CheckpointError
            When a file is missing, damaged, or does not fit the others.
        """
        run = RunFolder.open(run)
        model, body = TAG.load_best(run)
        return cls(model, tuple(run.config.data["tags"]), body, TAG.read_settings(run))

    def predict(self, sentences: Sequence[Sequence[str]]) -> list[list[tuple[str, float]]]:
        """Tag sentences.

        Parameters
        ----------
        sentences : sequence of sequence of str
            The words of each; `split_words` finds them in a text.

        Returns
        -------
        list of list of (str, float)
            For each word its likeliest tag and how likely that is.

        Raises
        ------
        DataError
            When a sentence or a word is empty.
        """
        for number, words in enumerate(sentences, start=1):
            if not words or not all(word.strip() for word in words):
                raise DataError(f"text {number} has {'an empty word' if words else 'no word'}; there is nothing to tag")
        given = TaggedSentences(tuple(map(tuple, sentences)), ())
        found = score_words(self.model, words_of(given, self.body, self.settings))
        answers = iter(zip((self.tags[tag] for tag in found.best), found.chances.tolist(), strict=True))
        return [[next(answers) for _ in words] for words in sentences]

    def score(self, sentences: TaggedSentences) -> TaggingScore:
        """Tag sentences whose tags are known.

        Parameters
        ----------
        sentences : TaggedSentences
            The sentences and their tags.

        Returns
        -------
        TaggingScore
            How many tags were right.
        """
        there = flat_tags(sentences)
        found = score_words(self.model, words_of(sentences, self.body, self.settings), there)
        right, words = counts_of_right(found.best, sentences).T
        by_tag = dict(zip(self.tags, retrieval_of_tags(found.best, there, len(self.tags)), strict=True))
        return TaggingScore(
            accuracy=float(right.sum() / words.sum()),
            interval=bootstrap_interval(right, words),
            loss=found.loss,
            sentences=len(sentences),
            words=len(there),
            tags={tag: by_tag[tag] for tag in sorted(by_tag, key=lambda tag: -by_tag[tag].there) if any(by_tag[tag])},
            spans=self._spans(found.best, sentences) if marks_spans(self.tags) else {},
        )

    def _spans(self, found: np.ndarray, sentences: TaggedSentences) -> dict[str, Retrieval]:
        answers = iter(found.tolist())
        return retrieval_of_spans(
            ([self.tags[next(answers)] for _ in tags] for tags in sentences.tags),
            ([self.tags[tag] for tag in tags] for tags in sentences.tags),
        )


def commonest_tags(learned: TaggedSentences, sentences: TaggedSentences) -> np.ndarray:
    """Give each word the tag that it has most often, and words never seen the tag that is commonest of all.

    What any tagger must beat (E. Charniak et al., 1993).

    Parameters
    ----------
    learned : TaggedSentences
        Where the tags are counted.
    sentences : TaggedSentences
        The sentences to tag.

    Returns
    -------
    ndarray of int64
        One tag for each word.
    """
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for words, tags in zip(learned.words, learned.tags, strict=True):
        for word, tag in zip(words, tags, strict=True):
            counts[word][tag] += 1
    usual = {word: tags.most_common(1)[0][0] for word, tags in counts.items()}
    commonest = int(np.bincount(flat_tags(learned)).argmax())
    return np.array([usual.get(word, commonest) for words in sentences.words for word in words])


def split_words(text: str) -> list[str]:
    """Cut a text at its spaces, and signs from the words that they stand next to.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    list of str
        Words and signs; signs within a word stay in it, and a sign that is repeated is one.

    Examples
    --------
    >>> split_words('He said: "It isn't well-known..."')
    ['He', 'said', ':', '"', 'It', "isn't", 'well-known', '...', '"']
    """
    found: list[str] = []
    for piece in text.split():
        match = _SIGNS.fullmatch(piece)
        assert match is not None
        before, word, after = match["before"], match["word"], match["after"]
        found += [same[0] for same in _SAME.finditer(before)]
        found += [word] if word else []
        found += [same[0] for same in _SAME.finditer(after)]
    return found
