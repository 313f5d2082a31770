"""Fixtures for all tests."""

import importlib.util

import pytest


@pytest.fixture(params=["numpy", "jax"])
def backend(request):
    """Run a test on each array library, as `chainrule.backend.to_backend` names them."""
    if request.param == "jax" and importlib.util.find_spec("jax") is None:
        pytest.skip("JAX is not installed")
    return request.param
