"""Trading time for memory: `checkpoint` forgets what happens inside a function and runs it again when needed."""

import functools
from collections.abc import Callable
from typing import Any

from chainrule.autodiff.graph import Node, Output, Recomputed
from chainrule.autodiff.modes import enable_grad
from chainrule.autodiff.tensor import Tensor, recorded
from chainrule.autodiff.tree import leaves, replaced
from chainrule.random import current_generator


def checkpoint(function: Callable) -> Callable:
    """Make a function that stores only its inputs for the backward pass, and runs again there.

    The second run records the function's operations onto the tape that is being walked, so whatever the function
    uses gets its gradient: its arguments, a module's parameters, Tensors it closes over (T. Chen et al., Training deep
    nets with sublinear memory cost, 2016, arXiv 1604.06174).

    Parameters
    ----------
    function : callable
        From trees to a tree of Tensors: a module, say. It must do the same both times. Draws from the ambient
        generator repeat; other sources of chance must not be used.

    Returns
    -------
    callable
        The same function, to any order of derivative.
    """

    @functools.wraps(function, updated=())
    def recomputed(*args: Any, **kwargs: Any) -> Any:
        generator = current_generator()
        place = generator.place()
        result = function(*args, **kwargs)
        outputs = leaves(result)
        if not any(isinstance(y, Tensor) and y.node is not None for y in outputs):
            return result

        def again() -> list[Any]:
            with generator.at(place), enable_grad():
                return leaves(function(*args, **kwargs))

        return replaced(result, iter(_forgetful(function, outputs, again)))

    return recomputed


def _forgetful(function: Callable, outputs: list[Any], again: Callable[[], list[Any]]) -> list[Any]:
    """`outputs` on a node that knows only how to compute them again."""
    joint: Node = Recomputed(function, again, tuple((y.shape, y.dtype) for y in outputs))
    return [
        recorded(y.value, Output(joint, i, y.shape, y.dtype), y.level)
        if isinstance(y, Tensor) and y.node is not None
        else y
        for i, y in enumerate(outputs)
    ]
