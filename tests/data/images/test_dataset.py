"""Parts, statistics and fingerprint of a data set of images."""

import dataclasses

import numpy as np
import pytest

from chainrule.data import ImageDataset, Images
from chainrule.data.images.dataset import Statistics
from chainrule.data.images.resizing import resized
from chainrule.errors import DataError

from .files import pixels


def images(count, size=8, channels=1, classes=2, seed=0):
    return Images(np.moveaxis(pixels(count, size, channels, seed), -1, 1), np.arange(count) % classes)


def dataset(count=200, **more):
    return ImageDataset.from_parts("small", {"train": images(count)}, ("a", "b"), **more)


def test_statistics_are_those_of_numpy():
    given = images(5000, 4, 3)
    found = Statistics.of(given)
    numbers = given.pixels / 255
    np.testing.assert_allclose(found.mean, numbers.mean(axis=(0, 2, 3)))
    np.testing.assert_allclose(found.std, numbers.std(axis=(0, 2, 3)))
    rows, columns = numbers[:, :, [0, -1]], numbers[..., [0, -1]]
    np.testing.assert_allclose(found.border, (rows.mean((0, 2, 3)) + columns.mean((0, 2, 3))) / 2)


def test_equal_images_stay_together():
    given = images(300)
    twice = Images(np.concatenate([given.pixels] * 2), np.concatenate([given.labels] * 2))
    data = ImageDataset.from_parts("twice", {"train": twice}, ("a", "b"))
    parts = [{picture.tobytes() for picture in np.ascontiguousarray(p.pixels)} for p in data.splits.values()]
    assert sum(map(len, parts)) == 300
    assert not parts[0] & parts[1]


def test_groups_stay_together():
    data = dataset(groups=[str(k // 10) for k in range(200)])
    given = images(200)
    where = {picture.tobytes(): k // 10 for k, picture in enumerate(np.ascontiguousarray(given.pixels))}
    groups = [{where[p.tobytes()] for p in np.ascontiguousarray(part.pixels)} for part in data.splits.values()]
    assert all(groups)
    assert not groups[0] & groups[1] | groups[0] & groups[2] | groups[1] & groups[2]


def test_shares():
    sizes = {part: len(found) for part, found in dataset(2000, share=0.2).splits.items()}
    assert 300 < sizes["dev"] < 500
    assert 300 < sizes["test"] < 500


@pytest.mark.parametrize("change", ["pixel", "label", "class", "shape", "part"])
def test_the_fingerprint_notices(change):
    first, second = dataset(), dataset()
    assert first.fingerprint() == second.fingerprint()
    train = second.splits["train"]
    if change == "pixel":
        train.pixels[0, 0, 0, 0] ^= 1
    elif change == "label":
        train.labels[0] ^= 1
    elif change == "class":
        second = dataclasses.replace(second, classes=("a", "c"))
    elif change == "shape":
        flat = {part: Images(p.pixels.reshape(-1, 1, 4, 16), p.labels) for part, p in second.splits.items()}
        second = dataclasses.replace(second, splits=flat)
    else:
        second = dataclasses.replace(second, splits={**second.splits, "dev": second.splits["test"]})
    assert first.fingerprint() != second.fingerprint()


def test_a_part_that_is_not_there():
    data = ImageDataset("x", {"train": images(4), "dev": images(4)}, ("a", "b"))
    with pytest.raises(DataError, match="x has no part 'test'; its parts are train, dev"):
        data.split("test")


def test_take_copies():
    given = Images(images(5).pixels, np.arange(5), tuple("abcde"))
    taken = given.take(np.array([3, 1]))
    assert taken.names == ("d", "b")
    assert np.array_equal(taken.labels, [3, 1])
    assert np.array_equal(taken.pixels, given.pixels[[3, 1]])
    assert taken.pixels.strides[1] == 1


def test_resizing():
    data = dataset()
    assert resized(data, 8) is data
    small = resized(data, 4)
    assert small.shape == (1, 4, 4)
    assert len(small.split("train")) == len(data.split("train"))
