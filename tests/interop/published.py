"""Published weights and pictures, where they are installed."""

import importlib.metadata

import pytest

from chainrule.interop.registry import named_weights


def published(name):
    """The entry of published weights; skips the test where they are absent."""
    named = named_weights(name)
    if named.find() is None:
        pytest.skip(f"the weights {name} are not here: {named.carrier.advice}")
    return named


def picture(name):
    """A photo that scikit-image's package carries, (H, W, 3) of uint8; located, never imported."""
    image = pytest.importorskip("PIL.Image")
    try:
        path = importlib.metadata.distribution("scikit-image").locate_file(f"skimage/data/{name}")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("scikit-image's pictures are not here: pip install --no-deps scikit-image")
    with image.open(path) as file:
        return file.convert("RGB")
