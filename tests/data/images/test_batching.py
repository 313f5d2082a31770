"""Batches of images: what is in them, and that position, size and company change nothing."""

import numpy as np
import pytest

from chainrule.data.images.augmentation import Augmentation
from chainrule.data.images.batching import ImageBatches, normalized
from chainrule.data.images.dataset import Images, Statistics
from chainrule.errors import ConfigError, DataError

from .files import pixels

EVERYTHING = Augmentation(flip=True, shift=2, cutout=3, mixup=0.5)


def images(count=50, channels=3):
    return Images(np.moveaxis(pixels(count, 8, channels), -1, 1), np.arange(count))


def stream(given=None, batch_size=8, augmentation=None, seed=0):
    given = given or images()
    return ImageBatches(given, Statistics.of(given), batch_size=batch_size, augmentation=augmentation, seed=seed)


def test_an_epoch_sees_every_image_once():
    batches = stream()
    assert batches.batches_per_epoch == 7
    for _ in range(2):
        epoch = [next(batches) for _ in range(7)]
        assert sorted(np.concatenate([batch.targets for batch in epoch])) == list(range(50))
        assert {len(batch) for batch in epoch} == {7, 8}


def test_epochs_differ_in_order():
    batches = stream()
    first, second = ([next(batches).targets.tolist() for _ in range(7)] for _ in range(2))
    assert first != second


def test_numbers_are_normalized():
    given = images(500)
    numbers = normalized(np.moveaxis(given.pixels, 1, -1), Statistics.of(given))
    assert numbers.dtype == np.float32
    assert numbers.strides[1] == 4  # channels lie side by side
    np.testing.assert_allclose(numbers.mean(axis=(0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(numbers.std(axis=(0, 2, 3)), 1, atol=1e-5)


def test_a_channel_in_which_nothing_happens():
    flat = Images(np.full((4, 1, 8, 8), 200, np.uint8), np.arange(4))
    numbers = next(stream(flat)).images
    assert np.isfinite(numbers).all()
    assert abs(numbers).max() < 1e-3


def test_what_happens_to_an_image_does_not_depend_on_the_batch():
    """Also for another size of batches."""
    seen = []
    for batch_size in (4, 25):
        batches = stream(batch_size=batch_size, augmentation=EVERYTHING)
        epoch = [next(batches) for _ in range(batches.batches_per_epoch)]
        order = np.concatenate([batch.targets for batch in epoch])
        numbers = np.concatenate([batch.images for batch in epoch])
        seen.append((order, numbers, np.concatenate([batch.others for batch in epoch])))
    for first, second in zip(*seen, strict=True):
        assert np.array_equal(first, second)


@pytest.mark.parametrize("position", [(0, 0), (0, 5), (3, 2)])
def test_any_position_can_be_taken_up(position):
    steady, jumping = stream(augmentation=EVERYTHING), stream(augmentation=EVERYTHING)
    while steady.position != position:
        next(steady)
    jumping.position = position
    first, second = next(steady), next(jumping)
    for name in ("images", "targets", "others", "shares"):
        assert np.array_equal(getattr(first, name), getattr(second, name))
    assert steady.position == jumping.position


def test_seeds_differ():
    assert not np.array_equal(next(stream(seed=0)).targets, next(stream(seed=1)).targets)


def test_a_mixture_is_a_weighted_mean():
    batch = next(stream(augmentation=Augmentation(mixup=1.0)))
    assert batch.is_mixed
    numbers = normalized(np.moveaxis(images().pixels, 1, -1), Statistics.of(images()))
    share = batch.shares[:, None, None, None]
    expected = share * numbers[batch.targets] + (1 - share) * numbers[batch.others]
    np.testing.assert_allclose(batch.images, expected, atol=1e-5)


def test_the_data_set_is_left_alone():
    given = images()
    before = given.pixels.copy()
    for _, _ in zip(range(20), stream(given, augmentation=EVERYTHING), strict=False):
        pass
    assert np.array_equal(given.pixels, before)


def test_wrong_arguments():
    with pytest.raises(ConfigError, match="batch_size must be at least 1, got 0"):
        stream(batch_size=0)
    empty = Images(np.zeros((0, 1, 8, 8), np.uint8), np.zeros(0, np.int64))
    with pytest.raises(DataError, match="there is no image to train on"):
        ImageBatches(empty, Statistics((0.5,), (0.5,), (0.5,)), batch_size=8)
