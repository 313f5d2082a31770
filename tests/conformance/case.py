"""What an operation contributes to the harness."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False, repr=False)
class Case:
    """An operation on given inputs.

    Parameters
    ----------
    operation : callable
        A public function of `chainrule.ops`.
    inputs : tuple
        For each array argument a shape, to be filled with normal numbers, or the array itself. Floating-point arrays
        are differentiated, others are not.
    reference : callable
        The same function of NumPy arrays, in float64, without any care for speed. Takes `inputs`, and `static` too
        unless `call` is given.
    label : str
        What is special about this case.
    static : dict
        Keyword arguments of the operation.
    call : callable, optional
        How to call the operation where ``operation(*inputs, **static)`` does not fit: takes `inputs`.
    elementwise : bool
        Whether each result depends on one element of each input. Memory order, scalars and integers are checked too.
    compiled : bool
        Whether the fast suite runs this case under `jax.jit`. One an operation is enough: compiling takes time.
    tolerance : float
        Of float32 results, relative to the largest.
    """

    operation: Callable
    inputs: tuple
    reference: Callable
    label: str = ""
    static: dict[str, Any] = field(default_factory=dict)
    call: Callable | None = None
    elementwise: bool = False
    compiled: bool = True
    tolerance: float = 1e-5

    @property
    def name(self) -> str:
        """What pytest shows."""
        return "-".join(part for part in (self.operation.__name__, self.label) if part)

    def arrays(self) -> tuple[np.ndarray, ...]:
        """The inputs, read-only, floating-point ones in float64."""
        made = [
            np.random.default_rng(place).standard_normal(x) if isinstance(x, tuple) else x.copy()
            for place, x in enumerate(self.inputs)
        ]
        for array in made:
            array.flags.writeable = False
        return tuple(made)

    def run(self, *inputs: Any) -> tuple:
        """The operation's results, always as a tuple."""
        result = self.operation(*inputs, **self.static) if self.call is None else self.call(*inputs)
        return result if isinstance(result, tuple) else (result,)

    def expected(self, *inputs: np.ndarray) -> tuple[np.ndarray, ...]:
        """The reference's results, always as a tuple."""
        result = self.reference(*inputs, **(self.static if self.call is None else {}))
        return tuple(map(np.asarray, result)) if isinstance(result, tuple) else (np.asarray(result),)


def between(low: float, high: float, *shape: int) -> np.ndarray:
    """Numbers from an interval, for functions that are not defined everywhere."""
    return np.random.default_rng([*shape, 7]).uniform(low, high, shape)


def like(constant: np.ndarray, x: Any) -> np.ndarray:
    """A constant of the precision in which the operation is being tried."""
    return constant.astype(str(x.dtype))
