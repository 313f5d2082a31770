"""All cases, a module for each module of `chainrule.ops`."""

from ..evaluation import floating
from . import arithmetic, elementwise, indexing, linear_algebra, reductions, shape

_MODULES = (arithmetic, elementwise, indexing, linear_algebra, reductions, shape)

CASES = [case for module in _MODULES for case in module.CASES]
DIFFERENTIABLE = [case for case in CASES if floating(case.arrays())]
