"""Views of images: what becomes of them, and that position, size and company change nothing."""

import functools

import numpy as np
import pytest

from chainrule.data.images.batching import normalized
from chainrule.data.images.dataset import Images, Statistics
from chainrule.data.images.views import ViewBatches, ViewedImages, Views, batches_once
from chainrule.errors import ConfigError, DataError
from chainrule.random import Generator

from .files import pixels

EVERYTHING = Views(crop=0.3, flip=True, light=0.4, colour=0.4)


def images(count=50, channels=3):
    return Images(np.moveaxis(pixels(count, 8, channels), -1, 1), np.arange(count))


def views_of(views, given, keys=None):
    viewed = ViewedImages(given, Statistics.of(given), views)
    rows = np.arange(len(given))
    return viewed.take(rows, rows if keys is None else keys, Generator(0))


def plain(given):
    return normalized(np.moveaxis(given.pixels, 1, -1), Statistics.of(given))


def ramp(count):
    """Images that are darkest at the left."""
    line = np.linspace(0, 255, 8).astype(np.uint8)
    return Images(np.broadcast_to(line, (count, 1, 8, 8)).copy(), np.zeros(count, np.int64))


def test_a_view_of_everything_is_the_image():
    np.testing.assert_array_equal(views_of(Views(), images()), plain(images()))


def test_some_are_mirrored():
    found, before = views_of(Views(flip=True), images()), plain(images())
    same = np.isclose(found, before, atol=1e-5).all(axis=(1, 2, 3))
    mirrored = np.isclose(found, before[..., ::-1], atol=1e-5).all(axis=(1, 2, 3))
    assert (same ^ mirrored).all()
    assert 10 < same.sum() < 40


def test_sections_are_scaled_to_the_whole():
    """Of a ramp a section is a flatter ramp, and there are flat and steep ones."""
    found = views_of(Views(crop=0.2), ramp(200))
    steps = np.diff(found, axis=-1)
    assert (steps > -1e-5).all()
    assert np.abs(np.diff(found, axis=-2)).max() < 1e-5
    rise, whole = found[..., -1] - found[..., 0], np.ptp(plain(ramp(1)))
    assert 0.2 * whole < rise.min() < 0.5 * whole
    assert 0.9 * whole < rise.max() <= 1.001 * whole


def test_a_mirrored_section_falls():
    found = views_of(Views(crop=0.2, flip=True), ramp(200))
    slopes = np.sign(found[:, 0, 0, -1] - found[:, 0, 0, 0])
    assert 60 < (slopes < 0).sum() < 140


def test_light_changes_contrast_and_brightness_of_all_channels_alike():
    given = images()
    found, before = views_of(Views(light=0.4), given), plain(given)
    for one, other in zip(found, before, strict=True):
        gain, shift = np.polyfit(other.reshape(-1), one.reshape(-1), 1)
        np.testing.assert_allclose(one, gain * other + shift, atol=1e-4)
        assert 0.6 <= gain <= 1.4
        assert -0.4 <= shift <= 0.4


def test_colours_change_and_some_are_taken_away():
    found = views_of(Views(colour=0.4), images(300))
    grey = np.isclose(found.min(axis=1), found.max(axis=1)).all(axis=(1, 2))
    assert 30 < grey.sum() < 90
    np.testing.assert_array_equal(views_of(Views(colour=0.4), images(5, 1)), plain(images(5, 1)))  # grey has none


def test_channels_lie_side_by_side():
    pairs = np.concatenate([views_of(EVERYTHING, images(4)) for _ in range(2)])
    assert np.moveaxis(pairs, 1, -1).flags.c_contiguous


def draw(viewed, rows, keys, generator):
    return rows, np.stack([viewed.take(rows, keys, generator) for _ in range(2)], axis=1)


def stream(batch_size=8, seed=0, given=None):
    given = given or images()
    viewed = ViewedImages(given, Statistics.of(given), EVERYTHING)
    return ViewBatches(len(given), functools.partial(draw, viewed), batch_size=batch_size, seed=seed)


def test_what_becomes_of_an_image_does_not_depend_on_the_batch():
    seen = []
    for batch_size in (4, 25):
        batches = stream(batch_size)
        epoch = [next(batches) for _ in range(batches.batches_per_epoch)]
        seen.append([np.concatenate(arrays) for arrays in zip(*epoch, strict=True)])
    for first, second in zip(*seen, strict=True):
        assert np.array_equal(first, second)
    assert sorted(seen[0][0]) == list(range(50))


def test_views_differ_from_one_another_and_from_epoch_to_epoch():
    batches = stream(50)
    (rows, views), (later_rows, later) = next(batches), next(batches)
    assert not np.isclose(views[:, 0], views[:, 1]).all(axis=(1, 2, 3)).any()
    assert not np.isclose(views[np.argsort(rows)], later[np.argsort(later_rows)]).all(axis=(2, 3, 4)).any()
    assert not np.array_equal(next(stream(50, seed=1))[1], views)


@pytest.mark.parametrize("position", [(0, 0), (0, 5), (3, 2)])
def test_any_position_can_be_taken_up(position):
    steady, jumping = stream(), stream()
    while steady.position != position:
        next(steady)
    jumping.position = position
    for first, second in zip(next(steady), next(jumping), strict=True):
        assert np.array_equal(first, second)


def test_no_image_stands_alone():
    for count in range(2, 12):
        for batch_size in (2, 3, 5):
            batches = stream(batch_size, given=images(count))
            sizes = [len(next(batches)[0]) for _ in range(batches.batches_per_epoch)]
            assert sum(sizes) == count
            assert min(sizes) >= 2
            assert max(sizes) <= max(batch_size, 3)


def test_measurements_see_the_same_views():
    given = images(11)
    viewed = ViewedImages(given, Statistics.of(given), EVERYTHING)
    once, again = (list(batches_once(11, functools.partial(draw, viewed), 4)) for _ in range(2))
    assert [len(rows) for rows, _ in once] == [4, 4, 3]
    assert sorted(np.concatenate([rows for rows, _ in once])) == list(range(11))
    for (_, first), (_, second) in zip(once, again, strict=True):
        assert np.array_equal(first, second)


def test_wrong_arguments():
    with pytest.raises(ConfigError, match="crop must be greater than 0 and at most 1, got 0"):
        Views(crop=0)
    with pytest.raises(ConfigError, match="light must be at least 0, got -1"):
        Views(light=-1)
    with pytest.raises(ConfigError, match="batch_size must be at least 2, got 1"):
        stream(1)
    with pytest.raises(DataError, match="at least two images are needed, got 1"):
        stream(given=images(1))
