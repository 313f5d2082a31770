"""The explanation is right, short and narrow; text and page tell the same numbers."""

import re

import numpy as np
import pytest

from chainrule.inspect import explain_backprop
from chainrule.inspect.explain_backprop import RATE
from chainrule.inspect.explain_backprop_page import write
from chainrule.inspect.explain_backprop_text import as_text
from chainrule.inspect.iris import versicolor_and_virginica


@pytest.fixture(scope="module")
def found():
    return explain_backprop()


@pytest.fixture(scope="module")
def text(found):
    return as_text(found)


def test_three_ways_to_each_derivative_agree(found):
    assert [check.name for check in found.checks] == ["w11", "w12", "w21", "w22", "b1", "b2", "v1", "v2", "c"]
    for check in found.checks:
        assert check.by_engine == pytest.approx(check.by_chain_rule, rel=1e-12)
        assert check.by_difference == pytest.approx(check.by_chain_rule, abs=1e-8)


def test_the_story_is_true(found):
    assert found.forward.p < 0.5 < found.after_step.p
    assert found.after_step.loss < found.forward.loss
    assert found.progress.right_before < found.progress.right_after
    assert found.progress.losses[-1] < 0.2 * found.progress.losses[0]
    assert np.all(np.diff(found.progress.losses) < 1e-3)


def test_first_order_estimate_of_the_step(found):
    squares = sum(check.by_chain_rule**2 for check in found.checks)
    estimated = found.forward.loss - RATE * squares
    assert found.after_step.loss == pytest.approx(estimated, abs=0.35)


def test_text_fits_a_terminal_and_three_minutes(text):
    assert max(map(len, text.splitlines())) <= 80
    assert len(text.split()) < 650
    assert text.isascii()


def test_text_has_the_numbers(found, text):
    for number in (found.forward.p, found.backward.s, *found.backward.w.ravel(), found.after_step.loss):
        assert f"{number:.4f}" in text
    for line in re.findall(r"^.*\* +-?\d\.\d{4} = .*$", text, flags=re.MULTILINE):
        upstream, local, product = map(float, re.search(r"(-?[\d.]+) \* +(-?[\d.]+) = +(-?[\d.]+)", line).groups())
        assert product == pytest.approx(upstream * local, abs=2e-4)


def test_page_has_the_numbers(found, tmp_path):
    page = write(found, tmp_path / "page.html").read_text(encoding="utf-8").replace("\u2212", "-")
    for check in found.checks:
        assert page.count(f">{check.by_chain_rule:.8f}<") >= 2
    for number in (found.forward.p, found.backward.p, *found.backward.h):
        assert f"{number:.4f}" in page
    assert len(page) < 100_000


def test_the_flowers_are_fishers():
    flowers = versicolor_and_virginica()
    assert flowers.petals.shape == (100, 2)
    assert flowers.labels.sum() == 50
    # Means of his table.
    np.testing.assert_allclose(flowers.petals[:50].mean(axis=0), [4.260, 1.326], atol=5e-4)
    np.testing.assert_allclose(flowers.petals[50:].mean(axis=0), [5.552, 2.026], atol=5e-4)
