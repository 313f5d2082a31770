"""Which array library a value belongs to, and that each has the whole vocabulary."""

import numpy as np
import pytest

from chainrule import Tensor, ops
from chainrule.backend import VOCABULARY, is_array, namespace, to_backend
from chainrule.backend import numpy as numpy_backend


@pytest.mark.parametrize("name", sorted(VOCABULARY))
def test_every_backend_has_every_name(name):
    jax_backend = pytest.importorskip("chainrule.backend.jax")
    for library in (numpy_backend, jax_backend, ops):
        assert callable(getattr(library, name, None)), f"{library.__name__} lacks {name}"


def test_numbers_and_numpy_arrays():
    assert namespace() is numpy_backend
    assert namespace(1.0, True, np.float32(2), np.ones(3)) is numpy_backend


def test_tensors_come_first():
    assert namespace(np.ones(2), Tensor([1.0]), 2.0) is ops


def test_jax_comes_before_numpy():
    jnp = pytest.importorskip("jax.numpy")
    assert namespace(np.ones(2), jnp.ones(2)).__name__ == "chainrule.backend.jax"
    assert namespace(jnp.ones(2), Tensor([1.0])) is ops


def test_a_traced_value_belongs_to_jax():
    jax = pytest.importorskip("jax")
    seen = []
    jax.jit(lambda x: seen.append(namespace(x).__name__) or x)(np.ones(2))
    assert seen == ["chainrule.backend.jax"]


def test_what_is_no_array_is_refused():
    with pytest.raises(TypeError, match="works on NumPy arrays, JAX arrays and Tensors, but got list"):
        namespace([1.0, 2.0])


def test_is_array():
    assert is_array(np.ones(2)) and is_array(np.float32(1)) and not is_array(Tensor([1.0])) and not is_array(2.0)


def test_to_backend_shares_no_memory(backend):
    source = np.ones(4, np.float32)
    moved = to_backend(source, backend)
    source[:] = 5
    np.testing.assert_array_equal(np.asarray(moved), np.ones(4, np.float32))
    assert moved.dtype == np.float32


def test_to_backend_names_the_backends():
    with pytest.raises(ValueError, match="expected 'numpy' or 'jax', but got 'torch'"):
        to_backend(np.ones(1), "torch")
