"""`Parameter`: a tensor that a module learns."""

from typing import Any

import numpy as np

from chainrule.autodiff import Tensor


class Parameter(Tensor):
    """A tensor that a module learns: as an attribute of a `Module` it is found by `Module.parameters`.

    Parameters
    ----------
    value : Array, Tensor, number or nested list
        The initial numbers, floating point. An optimiser on NumPy changes this array in place, so one that is
        read-only or not in C order is copied.
    requires_grad : bool, default True
        False freezes it: it gets no gradient and no optimiser changes it.
    """

    __slots__ = ()

    def __init__(self, value: Any, requires_grad: bool = True):
        value = value.constant() if isinstance(value, Tensor) else value
        if isinstance(value, np.ndarray) and not (value.flags.c_contiguous and value.flags.writeable):
            value = np.array(value, order="C")
        super().__init__(value, requires_grad)

    def __repr__(self) -> str:
        return "Parameter" + super().__repr__().removeprefix("Tensor")
