"""Which implementation of the kernels fits these arrays?

A family of kernels is a module: `reference/softmax.py` defines every name, `cpu/softmax.py` and
`xla/softmax.py` define those that they do better. A set of kernels is looked up by name and falls back to the
reference, so that adding a kernel is writing a function.
"""

import functools
import importlib
import importlib.util
import pkgutil
from types import ModuleType
from typing import Any

import numpy as np

from chainrule.backend import Array

_NUMPY_TYPES = (np.ndarray, np.generic, bool, int, float, type(None))


class KernelSet:
    """The kernels of one implementation, then of the reference; modules are imported when first asked for.

    Parameters
    ----------
    *folders : str
        Folders of this package, the best first.
    """

    def __init__(self, *folders: str) -> None:
        self._folders = folders

    def __repr__(self) -> str:
        return f"KernelSet{self._folders}"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        family = _family_of(name)
        for folder in self._folders:
            module = _module(folder, family)
            if module is not None and hasattr(module, name):
                found = getattr(module, name)
                setattr(self, name, found)  # the next look-up does not come here
                return found
        raise AttributeError(f"no kernel {name} in {self._folders}")  # pragma: no cover - the reference has it


REFERENCE = KernelSet("reference")
CPU = KernelSet("cpu", "reference")
XLA = KernelSet("xla", "reference")


def select(*arrays: Array) -> KernelSet:
    """Return the kernels that fit these arrays.

    Parameters
    ----------
    *arrays : Array
        The operands: NumPy arrays, JAX arrays or tracers, Tensors, Python numbers; None for one that is left out.

    Returns
    -------
    KernelSet
        Its attributes are the kernels, such as ``select(x).softmax(x)``: Numba's where all operands are NumPy's,
        XLA's where one is JAX's, and the reference, which is array code, where one is a Tensor.
    """
    chosen = CPU
    for array in arrays:
        kind = type(array)
        if kind is np.ndarray:
            continue
        kernels = _kernels_for(kind)  # type: ignore[arg-type]
        if kernels is REFERENCE:
            return REFERENCE
        if kernels is XLA:
            chosen = XLA
    return chosen


@functools.cache
def _kernels_for(kind: type) -> KernelSet:
    if issubclass(kind, _NUMPY_TYPES):
        return CPU
    return XLA if kind.__module__.partition(".")[0] in ("jax", "jaxlib") else REFERENCE


@functools.cache
def _family_of(kernel: str) -> str:
    """The module that defines a kernel in the reference."""
    package = importlib.import_module("chainrule.kernels.reference")
    for family in pkgutil.iter_modules(package.__path__):
        function = getattr(_module("reference", family.name), kernel, None)
        if getattr(function, "__module__", None) == f"{package.__name__}.{family.name}":
            return family.name
    raise AttributeError(f"no module of chainrule.kernels.reference defines a kernel named {kernel}")


@functools.cache
def _module(folder: str, family: str) -> ModuleType | None:
    name = f"chainrule.kernels.{folder}.{family}"
    return importlib.import_module(name) if importlib.util.find_spec(name) else None
