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


def photo(name):
    """The file of a photo that scikit-image's package carries; located, never imported."""
    pytest.importorskip("PIL")
    try:
        return importlib.metadata.distribution("scikit-image").locate_file(f"skimage/data/{name}")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("scikit-image's photos are not here: pip install --no-deps scikit-image")
