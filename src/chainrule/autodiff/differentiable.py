"""`differentiable`: from a rule, which computes a value and its pull-backs, to an operation on Tensors."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.autodiff.graph import Node, Output
from chainrule.autodiff.modes import unrecorded
from chainrule.autodiff.tensor import Tensor
from chainrule.autodiff.watching import watchers


def differentiable(rule: Callable) -> Callable:
    """Make an operation of a rule.

    A rule is a function of arrays that returns its value and how to pull a gradient back::

        @differentiable
        def tanh(x):
            y = namespace(x).tanh(x)
            return y, (lambda grad: grad * (1 - y * y),)

    Positional arguments are arrays, and each has a pull-back; keyword arguments are constants of the operation.
    In place of the tuple, one function may return the gradients of all arguments at once. The value may be a tuple
    of arrays; pull-backs then get a tuple of gradients. A rule with a parameter ``wanted`` is told which arguments'
    gradients anybody will ask for, as a tuple of bools, and need save nothing when none is.

    A pull-back returns a gradient of its argument's shape, or of the shape that argument was broadcast to. Rules and
    pull-backs change none of their arrays and draw no random numbers.

    Parameters
    ----------
    rule : callable
        The rule. It runs on NumPy arrays, JAX arrays and, for higher derivatives, on Tensors, so it takes its
        functions from `chainrule.backend.namespace`.

    Returns
    -------
    callable
        The operation, for Tensors and arrays. On arrays alone it returns arrays and records nothing.
    """
    told = "wanted" in inspect.signature(rule).parameters
    arrange, arrays = _arrangement(rule)

    @functools.wraps(rule)
    def operation(*args: Any, **static: Any) -> Any:
        if len(args) != arrays and arrange is not None:
            args, static = arrange(args, static)
        # An operation peels off the highest level only. Its rule then runs on what is inside, which may be
        # Tensors of lower levels, and so is itself recorded there.
        level, lifted = -1, False
        for arg in args:
            if isinstance(arg, Tensor):
                lifted = True
                if arg.level > level and arg.node is not None:
                    level = arg.level
        if level <= unrecorded.get():
            level = -1
        parents: list[Node | None] = []
        values: list[Any] = []
        dtype = None
        for arg in args:
            node = None
            if isinstance(arg, Tensor):
                if level < 0:
                    arg = arg.constant()
                elif arg.node is None:
                    arg = arg.value
                elif arg.level == level:
                    node, arg = arg.node, arg.value
            elif isinstance(arg, np.generic):
                arg = _weak(arg, args)
            if hasattr(arg, "dtype") and arg.dtype.kind == "f" and arg.dtype != dtype:
                if dtype is not None:
                    raise TypeError(
                        f"{rule.__name__} got arrays of {dtype} and {arg.dtype}: bring them to one dtype with "
                        f".astype(...) first"
                    )
                dtype = arg.dtype
            parents.append(node)
            values.append(arg)
        if told:
            static["wanted"] = tuple([parent is not None for parent in parents])
        value, pulls = rule(*values, **static)
        if not lifted:
            return np.asarray(value) if isinstance(value, np.generic) else value
        if level < 0:
            _show(operation, values, value, None)
            return _constants(value)
        if type(pulls) is tuple and len(pulls) != len(parents):
            raise RuntimeError(
                f"{rule.__name__} must return one pull-back for each of its {len(parents)} positional arguments, but "
                f"returned {len(pulls)}"
            )
        if type(pulls) is tuple:  # those nobody needs are dropped here, and with them what they close over
            pulls = tuple([pull if parent is not None else None for pull, parent in zip(pulls, parents)])
        shape = value.shape if not isinstance(value, tuple) else tuple((part.shape, part.dtype) for part in value)
        node = Node(operation, parents, pulls, shape, None if isinstance(value, tuple) else value.dtype)
        _show(operation, values, value, node)
        return _recorded(value, node, level)

    return operation


def _weak(scalar: np.generic, args: tuple) -> Any:
    """Scalars leave the dtype to arrays, so that x * np.sqrt(64) stays float32; by themselves they keep theirs."""
    among_arrays = any(hasattr(arg, "shape") and not isinstance(arg, np.generic) for arg in args)
    return scalar.item() if among_arrays else np.asarray(scalar)


def _show(operation: Callable, inputs: list, value: Any, node: Node | None) -> None:
    for watcher in watchers.get():
        watcher.forward(operation, inputs, value, node)


def _arrangement(rule: Callable) -> tuple[Callable | None, int]:
    """How to bring a call into the form (arrays by position, constants by name), and the number of arrays."""
    parameters = [p for p in inspect.signature(rule).parameters.values() if p.name != "wanted"]
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None, -1
    arrays = [p for p in parameters if p.kind is not p.KEYWORD_ONLY]
    signature = inspect.Signature([p.replace(kind=p.POSITIONAL_OR_KEYWORD) for p in _defaults_last(parameters)])

    def arrange(args: tuple, static: dict) -> tuple[tuple, dict]:
        try:
            bound = signature.bind(*args, **static)
        except TypeError as error:
            raise TypeError(f"{rule.__name__}{signature}: {error}") from None
        bound.apply_defaults()
        values = bound.arguments
        return tuple(values.pop(p.name) for p in arrays), values

    return arrange, len(arrays)


def _defaults_last(parameters: list[inspect.Parameter]) -> list[inspect.Parameter]:
    """Once a parameter may be left out, so may those after it; a missing one then fails in the rule."""
    seen, arranged = False, []
    for p in parameters:
        seen = seen or p.default is not p.empty
        arranged.append(p.replace(default=None) if seen and p.default is p.empty else p)
    return arranged


def _constants(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(Tensor(part) for part in value)
    return Tensor(value)


def _recorded(value: Any, node: Node, level: int) -> Any:
    if not isinstance(value, tuple):
        return Tensor._recorded(_settled(value), node, level)
    return tuple(
        Tensor._recorded(_settled(part), Output(node, index, part.shape, part.dtype), level)
        for index, part in enumerate(value)
    )


def _settled(value: Any) -> Any:
    """A Tensor inside a Tensor is there to be differentiated; one that is not is only its array."""
    return value.value if isinstance(value, Tensor) and value.node is None else value
