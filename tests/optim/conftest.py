"""Fixtures for tests of optimisers."""

import pytest

import chainrule as cr


@pytest.fixture(params=["numpy", "jax"])
def backend(request):
    """Where a module's arrays live: `module.to(backend)`."""
    if request.param == "jax":
        pytest.importorskip("jax")
    return request.param


@pytest.fixture(autouse=True)
def seeded():
    """Initial weights and dropout masks that repeat."""
    with cr.seed(0):
        yield
