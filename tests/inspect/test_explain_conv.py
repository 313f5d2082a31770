"""The explanation of convolution is right, short and narrow; text and page tell the same numbers."""

import importlib
import re

import numpy as np
import pytest

from chainrule.inspect import explain_conv
from chainrule.inspect.explain_conv import KERNELS, PATCH, library_conv2d
from chainrule.inspect.explain_conv_page import write
from chainrule.inspect.explain_conv_text import as_text
from chainrule.inspect.real_images import clothes, digits, photo
from chainrule.inspect.sliding_window import conv2d
from chainrule.ops.convolution_algorithms import choose_algorithm


@pytest.fixture(scope="module")
def found():
    return explain_conv(digits())


@pytest.fixture(scope="module")
def text(found):
    return as_text(found)


def test_the_definition_is_the_library(found):
    assert found.comparison.difference == 0
    assert found.comparison.shift_difference == 0
    for name, kernel in KERNELS.items():
        np.testing.assert_allclose(conv2d(found.photo, kernel), found.by_hand[name], atol=1e-3)
        np.testing.assert_array_equal(library_conv2d(found.photo, kernel), found.by_hand[name])


def test_the_small_window_is_a_part_of_the_whole(found):
    row, column = PATCH
    np.testing.assert_array_equal(found.sliding.patch, photo()[row : row + 5, column : column + 5])
    whole = found.by_hand["vertical edges"][row : row + 3, column : column + 3]
    np.testing.assert_array_equal(found.sliding.sums, whole)


def test_the_net_learned(found):
    learned = found.learned
    assert learned.right_after > 0.85 * learned.images.held_out > 3 * learned.right_before
    assert np.mean(learned.losses[-20:]) < 0.2 * learned.losses[0]
    assert found.example.name == found.example.answer == "9"


def test_it_repeats(monkeypatch):
    monkeypatch.setattr(importlib.import_module("chainrule.inspect.explain_conv"), "STEPS", 5)
    first, second = explain_conv(digits()), explain_conv(digits())
    assert first.learned.losses == second.learned.losses
    np.testing.assert_array_equal(first.example.reason, second.example.reason)


def test_receptive_fields_of_the_net(found):
    assert [sight.field.size[0] for sight in found.sights] == [5, 6, 10, 12, 8]
    assert sum(sight.layer.parameters for sight in found.sights) == found.learned.model.num_parameters()


def test_algorithms_agree_and_the_chosen_one_is_there(found):
    for one in found.contests:
        names = [result.name for result in one.results]
        assert one.chosen in names and len(names) > 1
        assert one.chosen == choose_algorithm(*one.shape[1:3], padding=one.shape.padding, groups=one.shape.groups).name
        assert all(0 <= result.error < 5e-5 for result in one.results)
        assert all(result.seconds > 0 for result in one.results)
    by_name = {result.name: result.multiplications for result in found.contests[1].results}
    assert by_name["direct"] == 8 * 32 * 32 * 64 * 64 * 9
    assert by_name["winograd"] == by_name["direct"] // 4


def test_text_fits_a_terminal_and_three_minutes(text):
    assert max(map(len, text.splitlines())) <= 80
    assert len(re.findall(r"[A-Za-z]{2,}", text)) < 900
    assert text.isascii()


def test_text_has_the_numbers(found, text):
    for row in found.sliding.sums:
        assert re.search(r" +".join(map(str, row)), text)
    products = re.search(r"at the top left: +(.*) = (-?\d+)", text)
    assert eval(products.group(1)) == int(products.group(2)) == found.sliding.sums[0, 0]
    assert f"{found.learned.right_before} were right before and {found.learned.right_after} are now" in " ".join(
        text.split()
    )
    for sight in found.sights:
        assert f"{sight.layer.multiply_adds:,}" in text


def test_page_has_the_numbers(found, tmp_path):
    page = write(found, tmp_path / "page.html").read_text(encoding="utf-8").replace("\u2212", "-")
    for number in (*found.sliding.sums.ravel(), *found.sliding.patch.ravel()):
        assert f">{number}<" in page
    assert f"{found.learned.right_before} \u2192 {found.learned.right_after}" in page
    assert len(page) < 300_000


def test_digits_are_those_of_the_archive():
    images = digits()
    assert images.pixels.shape == (1797, 1, 8, 8)
    assert np.bincount(images.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert images.pixels.max() == 1.0


def test_clothes_are_those_of_the_data_set():
    images = clothes()
    if images is None:
        pytest.skip("needs Fashion-MNIST: apt-get install dataset-fashion-mnist")
    assert images.pixels.shape == (7000, 1, 28, 28)
    assert images.classes[images.labels[0]] == "ankle boot"
