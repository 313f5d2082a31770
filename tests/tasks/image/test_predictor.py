"""From a picture of any kind to what a model was trained on."""

import numpy as np
import pytest
from PIL import Image

from chainrule import nn
from chainrule.data.images.dataset import Images, Statistics
from chainrule.errors import ConfigError, DataError
from chainrule.random import Generator
from chainrule.tasks.image import Predictor, worst_mistakes
from chainrule.tasks.image.classifier import Classifier
from chainrule.tasks.image.description import Description
from chainrule.tasks.image.network import NETWORKS, Shape, make_network


class Columns(nn.Module):
    """Scores each of 4 columns by its mean, so that a mirror image has the mirrored answer."""

    def forward(self, images):
        return images.mean(axis=(1, 2))


def predictor(channels=1, border=0.0, flip=False):
    statistics = Statistics((0.0,) * channels, (1.0,) * channels, (border,) * channels)
    description = Description(tuple("abcd"), (channels, 4, 4), True, statistics)
    return Predictor(Classifier(Columns(), statistics, flip), description)


def save(path, pixels, mode=None):
    Image.fromarray(np.asarray(pixels, np.uint8)).convert(mode).save(path)
    return path


LIGHT_ON_DARK = np.zeros((4, 4))
LIGHT_ON_DARK[1:3, 1:3] = 255


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "1"])
def test_any_mode_is_read(tmp_path, mode):
    path = save(tmp_path / "a.png", LIGHT_ON_DARK, mode)
    for channels in (1, 3):
        pixels = predictor(channels).read(path)
        assert pixels.shape == (channels, 4, 4)
        assert np.array_equal(pixels[0], LIGHT_ON_DARK)


def test_any_size_is_read(tmp_path):
    large = np.kron(LIGHT_ON_DARK, np.ones((25, 25)))
    pixels = predictor().read(save(tmp_path / "a.png", large))
    assert np.abs(pixels[0].astype(int) - LIGHT_ON_DARK).max() < 40  # smoothed at edges


@pytest.mark.parametrize("border", [0.0, 0.2, 0.8, 1.0])
def test_negatives_are_turned(tmp_path, border):
    """Towards the ground that the model knows."""
    positive = save(tmp_path / "a.png", LIGHT_ON_DARK)
    negative = save(tmp_path / "b.png", 255 - LIGHT_ON_DARK)
    asked = predictor(border=border)
    for path in (positive, negative):
        assert np.array_equal(asked.read(path)[0], LIGHT_ON_DARK if border < 0.5 else 255 - LIGHT_ON_DARK)


def test_nothing_is_turned_without_a_clear_ground_or_in_colour(tmp_path):
    path = save(tmp_path / "b.png", 255 - LIGHT_ON_DARK)
    assert np.array_equal(predictor(border=0.4).read(path)[0], 255 - LIGHT_ON_DARK)
    assert np.array_equal(predictor(3).read(path)[0], 255 - LIGHT_ON_DARK)


def test_answers_are_sorted_and_sum_to_one():
    image = np.zeros((1, 4, 4), np.uint8)
    image[..., 2], image[..., 0] = 255, 100
    (answers,) = predictor().predict([image])
    assert [answer.name for answer in answers] == ["c", "a", "b", "d"]
    assert sum(answer.probability for answer in answers) == pytest.approx(1)
    assert len(predictor().predict([image], top=2)[0]) == 2
    assert predictor().predict([]) == []


def test_a_flip_averages_over_the_mirror_image():
    image = np.zeros((1, 1, 4, 4), np.uint8)
    image[..., 2] = 255
    plain = predictor().classifier.probabilities(image)
    both = predictor(flip=True).classifier.probabilities(image)
    np.testing.assert_allclose(both, (plain + plain[:, ::-1]) / 2)


def test_many_images_at_once():
    images = np.random.default_rng(0).integers(0, 256, (600, 1, 4, 4), dtype=np.uint8)
    together = predictor().classifier.probabilities(images)
    apart = np.concatenate([predictor().classifier.probabilities(image[None]) for image in images[::100]])
    np.testing.assert_allclose(together[::100], apart)


def test_a_file_that_is_no_picture(tmp_path):
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(DataError, match=r"a\.png cannot be read: no picture in a format that Pillow knows"):
        predictor().read(tmp_path / "a.png")


def test_the_worst_mistakes_are_the_surest():
    probabilities = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.0, 1.0]])
    images = Images(np.zeros((4, 1, 2, 2), np.uint8), np.array([0, 1, 0, 0]), ("p", "q", "r", "s"))
    worst = worst_mistakes(probabilities, images, ["cat", "dog"], 2)
    assert [(m.row, m.name, m.right, m.answer, m.probability) for m in worst] == [
        (3, "s", "cat", "dog", 1.0),
        (1, "q", "dog", "cat", 0.8),
    ]


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("size", [(8, 8), (28, 20)])
def test_every_network_takes_small_images(name, size):
    network = make_network(name, Shape(2, *size, 5, factor=0.1), Generator(0)).eval()
    assert network(np.zeros((3, 2, *size), np.float32)).shape == (3, 5)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet"])
def test_networks_for_large_images_begin_by_making_them_smaller(name):
    small, large = (make_network(name, Shape(3, size, size, 2, 0.1), Generator(0)) for size in (64, 96))
    first = [next(m for m in network.modules() if isinstance(m, nn.Conv2d)) for network in (small, large)]
    assert [convolution.stride[0] for convolution in first] == [1, 2]


def test_images_that_are_too_small():
    with pytest.raises(ConfigError, match="images of 20x7 pixels are too small for lenet: give --image-size 8 or more"):
        make_network("lenet", Shape(1, 7, 20, 2), Generator(0))
