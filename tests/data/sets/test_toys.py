"""Toy tasks: the rule, the lengths, nothing twice, the same each time."""

import datetime

import pytest

from chainrule.data import load_pairs
from chainrule.data.sets.toys import LETTER_TASKS, read_dates, reader_of_letters
from chainrule.random import Generator

RULES = {"toy-copy": str, "toy-reverse": lambda text: "".join(reversed(text)), "toy-sort": lambda text: sorted(text)}


@pytest.mark.parametrize("name", LETTER_TASKS)
def test_letters(name):
    data = load_pairs(name)
    assert {part: len(pairs) for part, pairs in data.splits.items()} == {
        "train": 20_000, "dev": 1_000, "test": 1_000, "longer": 1_000,
    }  # fmt: skip
    sources = [source for pairs in data.splits.values() for source in pairs.sources]
    assert len(set(sources)) == len(sources)
    for part, pairs in data.splits.items():
        lengths = {len(source) for source in pairs.sources}
        assert lengths <= set(range(11, 21) if part == "longer" else range(1, 11)) and len(lengths) >= 9
        assert all(list(answer) == list(RULES[name](source)) for source, answer in pairs.rows())


def test_dates():
    data = load_pairs("toy-dates")
    written = [pair for pairs in data.splits.values() for pair in pairs.rows()]
    assert len({answer for _, answer in written}) == 22_000
    for source, answer in written[:400]:
        day = datetime.date.fromisoformat(answer)
        numbers = [int(word) for word in "".join(c if c.isdigit() else " " for c in source).split()]
        assert numbers[-1] == day.year and day.day in numbers
        assert day.month in numbers or day.strftime("%b") in source


@pytest.mark.parametrize("read", [reader_of_letters("toy-sort"), read_dates])
def test_the_generator_decides(read):
    assert read().fingerprint() == read(generator=Generator(0)).fingerprint()
    assert read().fingerprint() != read(generator=Generator(1)).fingerprint()
