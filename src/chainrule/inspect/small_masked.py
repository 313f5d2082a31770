"""A small masked language model, pre-trained on the spot on texts whose labels it does not see."""

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from chainrule import optim
from chainrule.inspect.definitions import definitions
from chainrule.inspect.masked_loss import masked_loss
from chainrule.random import Generator

if TYPE_CHECKING:
    from chainrule.data.labelled import LabelledTextDataset
    from chainrule.data.sequences import Sequences
    from chainrule.data.tokenizers import Tokenizer
    from chainrule.models import MaskedLanguageModel
    from chainrule.tasks.pretraining.masked import Guesses, MaskedSettings

#: Wraps what is gone through, such as `tqdm.tqdm` does, to show how far it is; called with it and what is done.
Progress = Callable[[Iterable[Any], str], Iterable[Any]]

VOCABULARY = 4000
_SEED = 0
_RATE, _WARM_UP = 2e-3, 200
_MEASUREMENTS = 12


class Lesson(NamedTuple):
    """What is to be learned.

    Attributes
    ----------
    title : str
        What the texts are, for a reader.
    task : str
        What their labels say.
    data : LabelledTextDataset
        The texts; those of the test part are only to be asked about.
    steps : int
        How long to pre-train.
    blanks : tuple of (str, str)
        Texts of the test part with a mask, and the word in place of it.
    words : tuple of str
        Whose neighbours are shown.
    amounts : tuple of int
        From how many labels to learn then.
    curve : int
        For which of them it is measured after each epoch.
    epochs : int
        How often those are gone through.
    seeds : int
        How often to repeat it, with other labelled texts and other random weights.
    """

    title: str
    task: str
    data: "LabelledTextDataset"
    steps: int
    blanks: tuple[tuple[str, str], ...]
    words: tuple[str, ...]
    amounts: tuple[int, ...]
    curve: int
    epochs: int
    seeds: int


class Pretrained(NamedTuple):
    """A model before and after its pre-training.

    Attributes
    ----------
    lesson : Lesson
        What it learned.
    settings : MaskedSettings
        Its shape, and how much was hidden.
    tokenizer : Tokenizer
        Its words.
    untrained, model : MaskedLanguageModel
        Before and after.
    measured : list of (int, Guesses)
        After some steps, none at first and all at last, how it guesses the words hidden in the test part.
    seconds : float
        How long it took.
    """

    lesson: Lesson
    settings: "MaskedSettings"
    tokenizer: "Tokenizer"
    untrained: "MaskedLanguageModel"
    model: "MaskedLanguageModel"
    measured: "list[tuple[int, Guesses]]"
    seconds: float

    def encode(self, texts: tuple[str, ...]) -> "Sequences":
        """Texts as numbers.

        Parameters
        ----------
        texts : tuple of str
            The texts.

        Returns
        -------
        Sequences
            One a text; what is longer than the model's context is cut off.
        """
        return _encoded(texts, self.settings, self.tokenizer).texts


def definitions_lesson() -> Lesson:
    """Learn from definitions of words.

    Returns
    -------
    Lesson
        About 20,000 definitions, which travel with the package; a minute of them, and half of one for the labels.
    """
    return Lesson(
        title="definitions from WordNet",
        task="the kind of thing that is defined",
        data=definitions(),
        steps=6000,
        blanks=(
            ("small <mask> common in Europe", "tree"),
            ("a <mask> in southwestern Montana; center for mining copper", "town"),
            ("a tart filled with sliced apples and <mask>", "sugar"),
            ("the capital and largest <mask> of Turkmenistan", "city"),
            ("a small pitcher for serving <mask>", "cream"),
            ("small <mask> of Eurasia and northern Africa", "hawk"),
        ),
        words=("yellow", "city", "cheese", "woman", "shrub", "Mexico"),
        amounts=(30, 60, 120, 300),
        curve=60,
        epochs=20,
        seeds=5,
    )


def no_progress(items: Iterable[Any], what: str) -> Iterable[Any]:
    """Show nothing.

    Parameters
    ----------
    items : iterable
        What is gone through.
    what : str
        What is done.

    Returns
    -------
    iterable
        The same items.
    """
    return items


def pretrain(lesson: Lesson, progress: Progress = no_progress) -> Pretrained:
    """Pre-train a small model on the texts of the training part.

    Parameters
    ----------
    lesson : Lesson
        What to learn.
    progress : callable
        Shows how far it is.

    Returns
    -------
    Pretrained
        The same weights each time on a machine.
    """
    from chainrule.data.epochs import ChangedBatches
    from chainrule.data.tokenizers import WordTokenizer
    from chainrule.tasks.pretraining.masked import Masking, guess, make_model

    train, test = lesson.data.split("train").texts, lesson.data.split("test").texts
    settings, tokenizer = _settings(lesson.steps), WordTokenizer.fit(train, size=VOCABULARY)
    untrained, model = (make_model(settings, tokenizer, Generator(_SEED)).eval() for _ in range(2))
    masking, held_out = Masking(settings, tokenizer), _encoded(test, settings, tokenizer)
    batches = ChangedBatches(_encoded(train, settings, tokenizer).training(_SEED), masking, _SEED)
    optimizer = optim.AdamW(model.parameters(), lr=_RATE)
    warm_up = min(_WARM_UP, lesson.steps // 2)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, lesson.steps - warm_up, warmup_steps=warm_up)
    measured, every = [(0, guess(model, held_out.once(), masking))], max(1, lesson.steps // _MEASUREMENTS)
    start = time.perf_counter()
    for batch, step in zip(batches, progress(range(1, lesson.steps + 1), "Pre-training")):
        loss = masked_loss(model, batch)
        optimizer.zero_grad()
        loss.backward()
        optim.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if step % every == 0 or step == lesson.steps:
            measured.append((step, guess(model, held_out.once(), masking)))
    seconds = time.perf_counter() - start
    return Pretrained(lesson, settings, tokenizer, untrained, model, measured, seconds)


def _settings(steps: int) -> "MaskedSettings":
    """Those of `chainrule pretrain masked`, for a model that learns in a minute."""
    from chainrule.tasks.pretraining.masked import MaskedSettings

    shape: dict[str, Any] = {"layers": 2, "width": 64, "heads": 4, "context": 32, "batch_size": 64, "dropout": 0.0}
    return MaskedSettings(**shape, symbols="words", vocabulary_size=VOCABULARY, steps=steps, learning_rate=_RATE)


def _encoded(texts: tuple[str, ...], settings: "MaskedSettings", tokenizer: "Tokenizer") -> Any:
    from chainrule.tasks.pretraining.text import encode_texts

    return encode_texts(texts, tokenizer, settings, as_stream=False, overlap=0)
