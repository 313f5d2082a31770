"""The numbers behind the explanation of pre-training: what a model learns without labels, and what that is worth."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chainrule.inspect.explain_seq2seq import Candidate
from chainrule.inspect.few_labels import Comparison, compare
from chainrule.inspect.small_masked import Lesson, Pretrained, Progress, definitions_lesson, no_progress, pretrain
from chainrule.random import Generator

if TYPE_CHECKING:
    from chainrule.models import MaskedLanguageModel

_QUESTIONS, _CANDIDATES, _NEIGHBOURS = 3, 4, 5
_LOOKED_AT = 200  # texts, of which some are shown


class Word(NamedTuple):
    """A word of a text that is learned from.

    Attributes
    ----------
    word : str
        As it stands there.
    seen : str
        What the model sees of it: itself, another word, or "" if it is hidden.
    asked : bool
        Whether the model is to say what it is.
    """

    word: str
    seen: str
    asked: bool


class Blank(NamedTuple):
    """A text that was not learned from, with a word left out.

    Attributes
    ----------
    before, after : str
        What stands around it.
    answer : str
        The word.
    untrained, pretrained : list of Candidate
        The likeliest words, before and after pre-training.
    chance_untrained, chance_pretrained : float
        The probability of the answer.
    """

    before: str
    after: str
    answer: str
    untrained: list[Candidate]
    pretrained: list[Candidate]
    chance_untrained: float
    chance_pretrained: float


class Neighbours(NamedTuple):
    """The words whose vectors point most nearly where that of a word does.

    Attributes
    ----------
    word : str
        The word.
    untrained, pretrained : list of str
        The nearest, before and after pre-training.
    """

    word: str
    untrained: list[str]
    pretrained: list[str]


class Explanation(NamedTuple):
    """Everything that the terminal and the page show.

    Attributes
    ----------
    questions : list of list of Word
        Texts as the model sees them in pre-training.
    pretrained : Pretrained
        The model, and how it came to be.
    blanks : list of Blank
        What it guesses.
    neighbours : list of Neighbours
        Which words it takes for similar.
    labelled : list of (str, str)
        A text of each label, and the label.
    comparison : Comparison
        What pre-training is worth where labels are few.
    """

    questions: list[list[Word]]
    pretrained: Pretrained
    blanks: list[Blank]
    neighbours: list[Neighbours]
    labelled: list[tuple[str, str]]
    comparison: Comparison


def explain_pretraining(lesson: Lesson | None = None, progress: Progress = no_progress) -> Explanation:
    """Compute the explanation of pre-training; it takes about a minute and a half, in which small models are trained.

    Parameters
    ----------
    lesson : Lesson, optional
        What to learn: by default from definitions of words, which travel with the package.
    progress : callable
        Shows how far it is: called with what is gone through and what is done, as in ``for x in progress(xs, "...")``.

    Returns
    -------
    Explanation
        The same numbers each time on a machine, but for those of time.
    """
    pretrained = pretrain(lesson or definitions_lesson(), progress)
    lesson = pretrained.lesson
    return Explanation(
        questions=_questions(pretrained),
        pretrained=pretrained,
        blanks=[_blank(pretrained, text, answer) for text, answer in lesson.blanks],
        neighbours=[_neighbours(pretrained, word) for word in lesson.words],
        labelled=_labelled(lesson),
        comparison=compare(pretrained, progress),
    )


def _questions(pretrained: Pretrained) -> list[list[Word]]:
    """Some texts as they would stand in a batch."""
    from chainrule.data.token_batches import TokenBatch
    from chainrule.data.tokenizers import UNK
    from chainrule.tasks.pretraining.masked import Masking

    tokenizer, texts = pretrained.tokenizer, pretrained.lesson.data.split("train").texts
    some = texts[:: max(1, len(texts) // _LOOKED_AT)]
    plain = tuple(text for text in some if UNK not in tokenizer.encode(text)) or some  # a reader sees no unknown words
    chosen = plain[:: -(-len(plain) // _QUESTIONS)]
    encoded = pretrained.encode(chosen)
    batch = TokenBatch(encoded.padded(np.arange(len(encoded))), encoded.lengths)
    masked = Masking(pretrained.settings, tokenizer)(batch, Generator(0))
    symbols = (*map(_written, tokenizer.symbols), "")  # the last is the mask
    return [
        [Word(symbols[t], symbols[s], bool(c)) for t, s, c in zip(tokens[1 : n - 1], seen[1 : n - 1], asked[1 : n - 1])]
        for tokens, seen, asked, n in zip(masked.tokens, masked.seen, masked.chosen, masked.lengths)
    ]


def _written(symbol: str) -> str:
    """A symbol without the mark of the space before it."""
    from chainrule.data.tokenizers.pieces import SPACE

    return symbol.removeprefix(SPACE)


def _blank(pretrained: Pretrained, text: str, answer: str) -> Blank:
    from chainrule.data.tokenizers import SPECIAL_SYMBOLS
    from chainrule.data.tokenizers.pieces import SPACE
    from chainrule.tasks.pretraining.masked_guesses import MASK, mask_chances

    tokenizer, first = pretrained.tokenizer, len(SPECIAL_SYMBOLS)
    words = tokenizer.symbols[first:]
    place = words.index(SPACE + answer)

    def guesses(model: "MaskedLanguageModel") -> tuple[list[Candidate], float]:
        chances = mask_chances(model, tokenizer, text)[0]
        best = np.argsort(-chances, kind="stable")[:_CANDIDATES]
        return [Candidate(_written(words[i]), float(chances[i])) for i in best], float(chances[place])

    before, after = text.split(MASK)
    (untrained, chance), (learned, learned_chance) = map(guesses, (pretrained.untrained, pretrained.model))
    return Blank(before, after, answer, untrained, learned, chance, learned_chance)


def _neighbours(pretrained: Pretrained, word: str) -> Neighbours:
    from chainrule.data.tokenizers.pieces import SPACE

    symbols = pretrained.tokenizer.symbols
    place = symbols.index(SPACE + word)

    def nearest(model: "MaskedLanguageModel") -> list[str]:
        vectors = model.encoder.embedding.symbols.weight.numpy()[: len(symbols)]
        units = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        order = np.argsort(-(units @ units[place]), kind="stable")
        return [_written(symbols[i]) for i in order if i != place][:_NEIGHBOURS]

    return Neighbours(word, nearest(pretrained.untrained), nearest(pretrained.model))


def _labelled(lesson: Lesson) -> list[tuple[str, str]]:
    """The shortest text of each label among those that the first seed learns from."""
    few = lesson.data.split("train").sample(lesson.curve, Generator(0))
    by_label: dict[int, str] = {}
    for text, label in sorted(zip(few.texts, few.labels), key=lambda pair: len(pair[0])):
        by_label.setdefault(label, text)
    return [(by_label[label], lesson.data.labels[label]) for label in sorted(by_label)]
