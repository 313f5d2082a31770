"""Photos from files: cut, scaled and normalised as a model wants them."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import DataError, WeightsError
from chainrule.interop import PhotoClassifier, save_model
from chainrule.interop.families.family import Pixels
from chainrule.models import LanguageModel, LanguageModelConfig, ResNet, ResNetConfig

image = pytest.importorskip("PIL.Image")


@pytest.fixture
def file(tmp_path):
    colours = np.zeros((8, 16, 3), np.uint8)
    colours[:, 4:12] = (255, 127, 0)  # the square in the middle
    image.fromarray(colours).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_the_middle_is_shifted_and_scaled(file):
    classifier = PhotoClassifier(cr.nn.Identity(), Pixels((127.0, 127.0, 0.0), (128.0, 64.0, 1.0)), size=8)
    expected = np.broadcast_to(np.array([1, 0, 0], np.float32)[:, None, None], (1, 3, 8, 8))
    np.testing.assert_array_equal(classifier.prepare([file]), expected)


def test_the_likeliest_classes_come_first(file, tmp_path):
    with cr.seed(0):
        save_model(ResNet(ResNetConfig(3, 5, (4, 6), (1, 1), projection=True)), tmp_path / "model")
    classifier = PhotoClassifier.load(tmp_path / "model", size=8)
    first, second = classifier.classify([file, str(file)], n_best=9)
    assert first == second and sorted(number for number, _ in first) == [0, 1, 2, 3, 4]
    assert sum(chance for _, chance in first) == pytest.approx(1, abs=1e-5)
    assert first == sorted(first, key=lambda found: -found[1])


def test_bad_input(tmp_path):
    with cr.seed(0):
        folder = save_model(LanguageModel(LanguageModelConfig(9, 1, width=4, heads=1, max_length=4)), tmp_path)
    with pytest.raises(WeightsError, match="is a LanguageModel, which sees no photos"):
        PhotoClassifier.load(folder)
    with pytest.raises(DataError, match="there is no file"):
        PhotoClassifier(cr.nn.Identity(), Pixels((0.0,) * 3, (1.0,) * 3)).prepare([tmp_path / "none.png"])
