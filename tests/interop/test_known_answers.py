"""Published models give their published answers."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.interop import load_model

from .published import picture, published

CATS = {281, 282, 283, 284, 285, 287}  # tabby, tiger cat, Persian, Siamese, Egyptian cat, lynx
ESPRESSO = 967


def square(photo, size):
    """The largest square in the middle, in the form that EfficientNet-Lite was trained on, (1, 3, size, size)."""
    side = min(photo.size)
    left, top = ((length - side) / 2 for length in photo.size)
    small = photo.resize((size, size), resample=3, box=(left, top, left + side, top + side))
    return ((np.asarray(small, np.float32) - 127) / 128).transpose(2, 0, 1)[None]


@pytest.fixture(scope="module")
def efficientnet():
    published("efficientnet-lite0")
    return load_model("efficientnet-lite0").model


@pytest.mark.parametrize(("name", "first", "among"), [("chelsea", 285, CATS), ("coffee", ESPRESSO, None)])
def test_efficientnet_knows_photos(efficientnet, name, first, among):
    with cr.no_grad():
        scores = efficientnet(square(picture(f"{name}.png"), 224)).numpy()[0]
    best = scores.argsort()[::-1][:4]
    assert best[0] == first
    assert among is None or set(best) <= among
