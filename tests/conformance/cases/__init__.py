"""All cases, a module for each module with operations."""

from ..evaluation import floating
from . import (
    activations,
    arithmetic,
    attention,
    dropout,
    elementwise,
    embedding,
    hooks,
    indexing,
    linear_algebra,
    losses,
    normalization,
    recurrent,
    reductions,
    scans,
    shape,
    softmax,
)

_MODULES = (
    arithmetic,
    elementwise,
    reductions,
    scans,
    shape,
    indexing,
    linear_algebra,
    activations,
    softmax,
    losses,
    normalization,
    recurrent,
    dropout,
    embedding,
    attention,
    hooks,
)

CASES = [case for module in _MODULES for case in module.CASES]
DIFFERENTIABLE = [case for case in CASES if floating(case.arrays())]
