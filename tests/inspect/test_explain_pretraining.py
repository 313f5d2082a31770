"""The explanation of pre-training measures what it shows, repeats, and tells the same numbers as text and as a page."""

import numpy as np
import pytest

from chainrule.inspect import explain_pretraining
from chainrule.inspect.definitions import definitions
from chainrule.inspect.explain_pretraining_page import write
from chainrule.inspect.explain_pretraining_text import amounts, as_text
from chainrule.inspect.few_labels import PRETRAINED, SCRATCH, fine_tuned
from chainrule.inspect.small_masked import definitions_lesson
from chainrule.tasks.pretraining.masked_guesses import MASK


@pytest.fixture(scope="module")
def found():
    lesson = definitions_lesson()._replace(steps=60, seeds=2, epochs=2, amounts=(30, 60))
    return explain_pretraining(lesson)


def test_it_learns_to_guess(found):
    measured = found.pretrained.measured
    assert (measured[0][0], measured[-1][0]) == (0, 60)
    assert measured[-1][1].loss < measured[0][1].loss - 1


def test_blanks_were_not_learned_from(found):
    lesson = found.pretrained.lesson
    held_out, seen = lesson.data.split("test").texts, set(lesson.data.split("train").texts)
    for text, answer in lesson.blanks:
        whole = text.replace(MASK, answer)
        assert any(one.startswith(whole) for one in held_out)
        assert whole not in seen


def test_accuracies_are_those_of_a_training(found):
    curve = fine_tuned(found.pretrained, PRETRAINED, 60, 1)
    np.testing.assert_array_equal(curve, found.comparison.by_epoch[PRETRAINED][1])
    assert found.comparison.curves.arms[PRETRAINED][60][1] == curve[-1]
    assert found.comparison.by_epoch[SCRATCH].shape == (2, 3)


def test_text_fits_a_terminal_and_three_minutes(found):
    text = as_text(found)
    assert max(map(len, text.splitlines())) <= 80
    assert "<unk>" not in text.split("3  PRE")[0]
    assert len(text.split()) < 900
    for row in amounts(found):
        assert all(cell in text for cell in row)


def test_page_has_the_numbers(found, tmp_path):
    page = write(found, tmp_path / "page.html").read_text(encoding="utf-8").replace("\u2212", "-")
    for row in amounts(found):
        assert all(f">{cell}<" in page for cell in row)
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_definitions_are_of_six_kinds():
    data = definitions()
    assert data.labels == ("animal", "artifact", "food", "person", "place", "plant")
    assert {part: len(texts) for part, texts in data.splits.items()} == {"train": 19509, "dev": 0, "test": 999}
