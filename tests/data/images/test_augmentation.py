"""Each change of an image does what it says, and no more."""

import numpy as np
import pytest

from chainrule.data.images.augmentation import (
    WORDS,
    Augmentation,
    cut_out,
    mirrored,
    mixing_shares,
    moved,
    partners,
)
from chainrule.errors import ConfigError

from .files import pixels


def words(count, seed=0):
    return np.random.default_rng(seed).integers(0, 2**32, (count, WORDS), dtype=np.uint32)


def apply(augmentation, images, seed=0):
    channels = images.shape[-1]
    ground, hole = np.full(channels, 7, np.uint8), np.full(channels, 9, np.uint8)
    return augmentation.apply(images.copy(), words(len(images), seed), ground, hole)


def test_nothing_is_the_default():
    images = pixels(20)
    assert np.array_equal(apply(Augmentation(), images), images)


def test_mirrored():
    images = pixels(3, channels=3)
    changed = mirrored(images.copy(), np.array([True, False, True]))
    assert np.array_equal(changed[0], images[0, :, ::-1])
    assert np.array_equal(changed[1], images[1])


@pytest.mark.parametrize(("down", "right"), [(0, 0), (2, 0), (-1, 3), (-2, -2)])
def test_moved(down, right):
    images = pixels(2, 6, 3)
    changed = moved(images, np.array([down, 0]), np.array([right, 0]), np.array([7, 8, 9], np.uint8))
    assert np.array_equal(changed[1], images[1])
    for y in range(6):
        for x in range(6):
            inside = 0 <= y - down < 6 and 0 <= x - right < 6
            assert np.array_equal(changed[0, y, x], images[0, y - down, x - right] if inside else [7, 8, 9])


def test_cut_out():
    images = np.zeros((3, 6, 6, 1), np.uint8)
    cut_out(images, np.array([3, 0, 5]), np.array([3, 0, 2]), 4, np.array([1], np.uint8))
    expected = np.zeros((3, 6, 6), np.uint8)
    expected[0, 1:5, 1:5] = expected[1, :2, :2] = expected[2, 3:, :4] = 1
    assert np.array_equal(images[..., 0], expected)


def test_every_change_happens_about_as_often_as_it_should():
    images = pixels(4000, 8)
    flipped = apply(Augmentation(flip=True), images)
    share = np.mean([np.array_equal(a, b) for a, b in zip(flipped, images, strict=True)])
    assert 0.45 < share < 0.55
    still = apply(Augmentation(shift=1), images)
    share = np.mean([np.array_equal(a, b) for a, b in zip(still, images, strict=True)])
    assert 0.08 < share < 0.15  # one of nine
    bare = np.zeros_like(images)
    holes = apply(Augmentation(cutout=2), bare)[..., 0] == 9
    assert set(holes.sum(axis=(1, 2))) == {1, 2, 4}
    assert holes.mean(axis=0).min() > 0.5 * holes.mean(axis=0).max() * 0.4  # everywhere, less at the border


@pytest.mark.parametrize("strength", [1e-3, 0.1, 0.4, 1.0])
def test_shares_are_of_a_beta_distribution(strength):
    shares = mixing_shares(words(20_000), strength)
    assert shares.min() >= 0.5
    assert shares.max() <= 1
    # The larger of X and 1 - X has the mean 1/2 + E|X - 1/2|, and the variance of X is 1 / (8 strength + 4).
    assert np.mean((shares - 0.5) ** 2) == pytest.approx(1 / (8 * strength + 4), rel=0.03)


def test_partners_are_any_images():
    found = np.bincount(partners(words(10_000), 10))
    assert len(found) == 10
    assert found.min() > 850


@pytest.mark.parametrize("name", ["shift", "cutout", "mixup"])
def test_negative_numbers(name):
    with pytest.raises(ConfigError, match=f"{name} must be at least 0, got -1"):
        Augmentation(**{name: -1})
