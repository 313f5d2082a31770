"""For operations that are closed under their own derivatives."""

from typing import Any

from chainrule.autodiff import Tensor


def nested(*operands: Any) -> bool:
    """Whether a derivative further out runs through these operands of a rule.

    An operation whose derivatives are operations of its own kind is then applied to them again: it is recorded one
    level further out, and runs on the kernels there, where array code would record every step of the reference.
    """
    return any(isinstance(operand, Tensor) for operand in operands)
