"""How the harness runs a function of NumPy arrays on each backend."""

from collections.abc import Callable
from typing import Any

import numpy as np

_QUICK_TO_COMPILE = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


def on_numpy(function: Callable, *arguments: tuple) -> Any:
    """As it is."""
    return _as_numpy(function(*arguments))


def on_jax(function: Callable, *arguments: tuple) -> Any:
    """Eagerly, in the precision of the arguments."""
    import jax

    with jax.enable_x64(True):
        return _as_numpy(function(*jax.tree.map(jax.numpy.asarray, arguments)))


def on_compiled_jax(function: Callable, *arguments: tuple) -> Any:
    """As one program of XLA, in JAX's default precision."""
    import jax

    return _as_numpy(jax.jit(function, compiler_options=_QUICK_TO_COMPILE)(*arguments))


def _as_numpy(results: Any) -> Any:
    if isinstance(results, tuple):
        return (
            type(results)(*map(_as_numpy, results)) if hasattr(results, "_fields") else tuple(map(_as_numpy, results))
        )
    return np.asarray(results)
