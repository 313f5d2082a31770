"""Pictures hold the pixels that they were given."""

import io

import numpy as np
import pytest

from chainrule.inspect.pictures import beside, grey, picture, png, shades, signed


def test_a_png_is_read_back():
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    rng = np.random.default_rng(0)
    for shape in ((5, 7), (3, 4, 4), (1, 1)):
        pixels = rng.integers(0, 256, shape).astype(np.uint8)
        np.testing.assert_array_equal(np.asarray(image.open(io.BytesIO(png(pixels)))), pixels)


def test_values_as_colours():
    assert grey(np.array([[2.0, 4.0, 3.0]])).tolist() == [[0, 255, 128]]
    assert grey(np.full((2, 2), 7.0)).tolist() == [[0, 0], [0, 0]]
    pixels = signed(np.array([[-1.0, 0.0, 2.0]]))
    assert pixels[0, :, 3].tolist() == [128, 0, 255]
    assert pixels[0, 0, 2] > pixels[0, 0, 0] and pixels[0, 2, 0] > pixels[0, 2, 2]
    assert signed(np.array([[5.0]]), most=1.0)[0, 0, 3] == 255


def test_a_picture_keeps_its_shape():
    drawn = picture(np.zeros((10, 20), np.uint8), 100.0, "wide & flat")
    assert 'viewBox="0 0 100 50"' in drawn
    assert "wide &amp; flat" in drawn


def test_shades():
    ramp = np.tile(np.arange(40.0), (20, 1))
    lines = shades(ramp, 20)
    assert len(lines) == 5
    assert lines[0] == lines[-1] and lines[0][0] == " " and lines[0][-1] == "@"
    assert shades(np.zeros((4, 4)), 8) == [" " * 8] * 4
    assert beside([["a", "b"], ["c", "d"]], gap=1) == ["a c", "b d"]
