"""A small encoder-decoder, trained on the spot: on the pronunciations of English words, or else on dates."""

import time
from typing import TYPE_CHECKING, Any, NamedTuple

from chainrule import optim
from chainrule.random import Generator

if TYPE_CHECKING:
    from chainrule.data.pairs import PairDataset
    from chainrule.tasks.seq2seq import Predictor

_SEED = 0


class Lesson(NamedTuple):
    """What is to be learned.

    Attributes
    ----------
    title : str
        For a reader.
    data : PairDataset
        The pairs.
    steps : int
        How long to learn.
    example : str
        An input to explain by.
    """

    title: str
    data: "PairDataset"
    steps: int
    example: str


class Trained(NamedTuple):
    """A model, and how it was trained.

    Attributes
    ----------
    predictor : Predictor
        Ready to answer.
    lesson : Lesson
        What it learned.
    seconds : float
        How long that took.
    losses : list of float
        At each step.
    right, asked : int
        How many of some inputs that it never saw it answers right.
    """

    predictor: "Predictor"
    lesson: Lesson
    seconds: float
    losses: list[float]
    right: int
    asked: int


def pronunciations() -> Lesson | None:
    """Find CMUdict on this machine.

    Returns
    -------
    Lesson or None
        Letters to phonemes; a minute of it.
    """
    from chainrule.data.cmudict import CMUDICT_FILE, read_cmudict

    if CMUDICT_FILE.find() is None:
        return None
    return Lesson("English words and their pronunciations (CMUdict)", read_cmudict(), 2500, "chainrule")


def dates() -> Lesson:
    """Write dates in two ways.

    Returns
    -------
    Lesson
        Such as "24 November 2026" to "2026-11-24", of 1900 to 2099; half a minute of it.
    """
    from chainrule.data.pairs import PairDataset, Pairs
    from chainrule.data.sets.toys import MONTHS, random_days
    from chainrule.data.tokenizers import CharacterTokenizer

    days = random_days(5_000, Generator(_SEED))
    rows = [(f"{day.day} {MONTHS[day.month - 1]} {day.year}", day.isoformat()) for day in days]
    cuts = {"train": rows[:4000], "dev": rows[4000:4500], "test": rows[4500:]}
    splits = {name: Pairs.group(part) for name, part in cuts.items()}
    data = PairDataset("dates", splits, CharacterTokenizer, CharacterTokenizer)
    return Lesson("dates written in two ways", data, 800, "24 November 2026")


def learn(lesson: Lesson, asked: int = 300) -> Trained:
    """Train a small model, and ask it what it never saw.

    Parameters
    ----------
    lesson : Lesson
        What to learn.
    asked : int, default 300
        How many inputs of the test part to answer.

    Returns
    -------
    Trained
        The same weights each time on a machine.
    """
    from chainrule.data.batching import TrainingBatches
    from chainrule.data.codec import Codec
    from chainrule.models import Seq2Seq, Seq2SeqConfig
    from chainrule.tasks.seq2seq import Predictor
    from chainrule.tasks.seq2seq.loss import SequenceLoss, arrays_of
    from chainrule.tasks.seq2seq.search import LengthLimit, Search

    train, test = lesson.data.split("train"), lesson.data.split("test")
    source = lesson.data.source_tokenizer.fit(train.sources)
    target = lesson.data.target_tokenizer.fit(answer for answers in train.references for answer in answers)
    codec = Codec(source, target)
    examples = codec.encode_pairs(train)
    model = Seq2Seq(Seq2SeqConfig(len(source), len(target), 64, 96, 192), generator=Generator(_SEED))
    batches = TrainingBatches(examples, max_tokens=8192, max_rows=128, seed=_SEED)
    optimizer = optim.Adam(model.parameters(), lr=3e-3)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, lesson.steps)
    loss, losses, start = SequenceLoss(), [], time.perf_counter()
    for batch, _ in zip(batches, range(lesson.steps)):
        value = loss(model, arrays_of(batch))
        optimizer.zero_grad()
        value.backward()
        optim.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(value.item())
    seconds = time.perf_counter() - start
    limit = LengthLimit(int(examples.sources.lengths.max()), int(examples.targets.lengths.max()))
    predictor = Predictor(model, codec, Search(limit, width=3))
    sources = test.sources[:asked]
    right = _right(predictor, sources, test.references)
    return Trained(predictor, lesson, seconds, losses, right, len(sources))


def _right(predictor: Any, sources: tuple[str, ...], references: tuple[tuple[str, ...], ...]) -> int:
    answers = predictor.predict(sources)
    return sum(found[0].text in wanted for found, wanted in zip(answers, references))
