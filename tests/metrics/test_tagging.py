"""Tags and spans that were found: counted by hand, and as CoNLL's evaluation counts them."""

import numpy as np
import pytest

from chainrule.metrics.tagging import Retrieval, Span, marks_spans, retrieval_of_spans, retrieval_of_tags, spans_of


def test_each_tag():
    found, there = np.array([0, 0, 1, 2, 2]), np.array([0, 1, 1, 1, 2])
    first, second, third, never = retrieval_of_tags(found, there, 4)
    assert (first.precision, first.recall, first.f1) == (0.5, 1.0, pytest.approx(2 / 3))
    assert (second.right, second.found, second.there) == (1, 1, 3)
    assert (third.precision, third.recall) == (0.5, 1.0)
    assert (never.precision, never.recall, never.f1) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("B-x I-x O B-x", [("x", 0, 2), ("x", 3, 4)]),
        ("B-x B-x I-x", [("x", 0, 1), ("x", 1, 3)]),
        ("O I-x I-x", [("x", 1, 3)]),
        ("B-x I-y I-y", [("x", 0, 1), ("y", 1, 3)]),
        ("I-x O I-x", [("x", 0, 1), ("x", 2, 3)]),
        ("B-a-b I-a-b", [("a-b", 0, 2)]),
        ("O O", []),
    ],
)
def test_spans(tags, spans):
    assert spans_of(tags.split()) == [Span(*span) for span in spans]


def test_a_span_is_right_with_both_of_its_ends():
    there = ["B-per I-per O B-org", "O B-per"]
    found = ["B-per I-per O B-per", "B-per I-per"]
    assert retrieval_of_spans(map(str.split, found), map(str.split, there)) == {
        "org": Retrieval(0, 0, 1),
        "per": Retrieval(1, 3, 2),
    }


def test_which_tags_mark_spans():
    assert marks_spans(["O", "B-x", "I-x"])
    assert not marks_spans(["O"])
    assert not marks_spans(["nn", "vb", "O"])
    assert not marks_spans([])
