"""`differentiable`: from a rule, which computes a value and its pull-backs, to an operation on Tensors."""

import functools
import inspect
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from chainrule.autodiff.graph import Node, Output
from chainrule.autodiff.modes import unrecorded
from chainrule.autodiff.tensor import Tensor, recorded
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
        level, parents, values = _peeled(rule, args)
        if told:
            static["wanted"] = tuple([parent is not None for parent in parents])
        value, pulls = rule(*values, **static)
        if level is None:
            return np.asarray(value) if isinstance(value, np.generic) else value
        node = None
        if level >= 0:
            if type(value) is not np.ndarray:
                value = _settled(rule, value)
            node = _node(operation, rule, parents, pulls, value)
        watching = watchers.get()
        if watching:
            _show(watching, operation, values, static, value, node)
        if node is None or type(value) is tuple:
            return _lifted(value, node, level)
        return recorded(value, node, level)

    operation.__name__ = _name(rule)
    return operation


def _peeled(rule: Callable, args: tuple) -> tuple[int | None, list, list]:
    """The level to record an operation on, its arguments' nodes on that level, and what the rule runs on.

    The level is -1 where nothing is recorded, and None where no argument is a Tensor. Written out for the usual case,
    that all Tensors are on level 0 and have plain arrays inside.
    """
    level, parents, values, dtype = None, [], [], None
    recording = unrecorded.get() < 0
    for arg in args:
        node = None
        if isinstance(arg, Tensor):
            if arg.level:
                return _peeled_among_levels(rule, args)
            if level is None:
                level = -1
            if recording and arg.node is not None:
                level, node = 0, arg.node
            arg = arg.value
        elif isinstance(arg, np.generic):
            arg = _weak(arg, args)
        kind = getattr(arg, "dtype", None)
        if kind is not dtype and kind is not None:
            dtype = _one_dtype(rule, dtype, kind)
        parents.append(node)
        values.append(arg)
    return level, parents, values


def _peeled_among_levels(rule: Callable, args: tuple) -> tuple[int, list, list]:
    """`_peeled` where there are Tensors inside Tensors.

    Only the highest level is peeled off. The rule then runs on what is inside, which may be Tensors of lower levels,
    and so is itself recorded there.
    """
    tensors, ceiling = [arg for arg in args if isinstance(arg, Tensor)], unrecorded.get()
    level = max([x.level for x in tensors if x.level > ceiling and x.node is not None], default=-1)
    parents, values, dtype = [], [], None
    for arg in args:
        node, value = _opened(arg, level) if isinstance(arg, Tensor) else (None, arg)
        parents.append(node)
        values.append(_weak(value, args) if isinstance(value, np.generic) else value)
        if hasattr(value, "dtype"):
            dtype = _one_dtype(rule, dtype, value.dtype)
    return level, parents, values


def _opened(tensor: Tensor, level: int) -> tuple[Node | None, Any]:
    """The node on a level of an operation's argument, and what the rule gets of it."""
    if tensor.level == level:
        return tensor.node, tensor.value
    if level == -1:
        return None, tensor.constant()
    return None, tensor.value if tensor.node is None else tensor


def _node(operation: Callable, rule: Callable, parents: list, pulls: Any, value: Any) -> Node | None:
    """The operation on the tape; None if no argument asks for a gradient."""
    if type(pulls) is tuple and (None in parents or None in pulls or len(pulls) != len(parents)):
        pulls = _needed(rule, pulls, parents)
        if not pulls:
            return None
    if type(value) is tuple:
        node = Node(operation, parents, pulls, tuple([(part.shape, part.dtype) for part in value]), None)
    else:
        node = Node(operation, parents, pulls, value.shape, value.dtype)
    if len(parents) == 1 and _is_view(value):
        node.source = parents[0].source
    return node


def _lifted(value: Any, node: Node | None, level: int) -> Any:
    """A value that is not recorded as a Tensor, or a tuple of values as a tuple of them."""
    if not isinstance(value, tuple):
        return Tensor(value)
    if node is None:
        return tuple([Tensor(part) for part in value])
    outputs = [Output(node, index, part.shape, part.dtype) for index, part in enumerate(value)]
    return tuple([recorded(part, output, level) for part, output in zip(value, outputs)])


def is_recorded(*arguments: Any) -> bool:
    """Tell whether an operation on these arguments would be recorded here, so that a derivative can run through it.

    Parameters
    ----------
    *arguments : object
        Tensors and whatever else an operation takes.

    Returns
    -------
    bool
        True if one of them is a Tensor on a tape that is recording.
    """
    ceiling = unrecorded.get()
    return any(isinstance(x, Tensor) and x.node is not None and x.level > ceiling for x in arguments)


def _name(rule: Callable) -> str:
    """What users call it: `matmul`, where `_matmul` is the rule behind a function that first checks shapes."""
    return rule.__name__.lstrip("_")


def _weak(scalar: np.generic, args: tuple) -> Any:
    """Scalars leave the dtype to arrays, so that x * np.sqrt(64) stays float32; by themselves they keep theirs."""
    among_arrays = any(hasattr(arg, "shape") and not isinstance(arg, np.generic) for arg in args)
    return scalar.item() if among_arrays else np.asarray(scalar)


def _one_dtype(rule: Callable, before: Any, dtype: Any) -> Any:
    """The floating-point dtype of the arguments so far; others than floating-point ones are left to the rule."""
    if dtype.kind not in "fV":  # "V" is what NumPy makes of bfloat16
        return before
    if before is not None and before != dtype:
        raise TypeError(
            f"{_name(rule)} got arrays of {before} and {dtype}: bring them to one dtype with .astype(...) first"
        )
    return dtype


def _needed(rule: Callable, pulls: tuple, parents: list) -> tuple:
    """The pull-backs that will be used, if any. The others are dropped here, and with them what they close over."""
    if len(pulls) != len(parents):
        raise RuntimeError(
            f"{_name(rule)} must return one pull-back for each of its {len(parents)} positional arguments, but "
            f"returned {len(pulls)}"
        )
    parents[:] = [None if pull is None else parent for pull, parent in zip(pulls, parents)]
    if parents.count(None) == len(parents):
        return ()
    return tuple([None if parent is None else pull for pull, parent in zip(pulls, parents)])


def _show(
    watching: tuple, operation: Callable, inputs: list, constants: dict[str, Any], value: Any, node: Node | None
) -> None:
    for watcher in watching:
        watcher.forward(operation, inputs, constants, value, node)


def _arrangement(rule: Callable) -> tuple[Callable | None, int]:
    """How to bring a call into the form (arrays by position, constants by name), and the number of arrays."""
    parameters = [p for p in inspect.signature(rule).parameters.values() if p.name != "wanted"]
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None, -1
    names = [p.name for p in parameters]
    arrays = [p for p in parameters if p.kind is not p.KEYWORD_ONLY]
    defaults = {p.name: p.default for p in arrays if p.default is not p.empty}

    def arrange(args: tuple, static: dict) -> tuple[tuple, dict]:
        given = dict(zip(names, args))
        if len(args) > len(names) or not given.keys().isdisjoint(static):
            _refuse_call(rule, parameters, args, static)
        given = {**defaults, **given, **static}
        try:
            return tuple([given.pop(p.name) for p in arrays]), given
        except KeyError:
            return _refuse_call(rule, parameters, args, static)

    return arrange, len(arrays)


def _refuse_call(rule: Callable, parameters: list[inspect.Parameter], args: tuple, static: dict) -> NoReturn:
    """Raise what Python would say of these arguments."""
    signature = inspect.Signature([p.replace(kind=p.POSITIONAL_OR_KEYWORD) for p in _defaults_last(parameters)])
    try:
        signature.bind(*args, **static)
    except TypeError as error:
        raise TypeError(f"{_name(rule)}{signature}: {error}") from None
    raise AssertionError("only calls that do not fit are refused")


def _defaults_last(parameters: list[inspect.Parameter]) -> list[inspect.Parameter]:
    """Once a parameter may be left out, so may those after it; a missing one then fails in the rule."""
    seen, arranged = False, []
    for p in parameters:
        seen = seen or p.default is not p.empty
        arranged.append(p.replace(default=None) if seen and p.default is p.empty else p)
    return arranged


def _is_view(value: Any) -> bool:
    """Whether the result may lie in the memory of the argument."""
    return any(map(_is_view, value)) if type(value) is tuple else getattr(value, "base", None) is not None


def _settled(rule: Callable, value: Any) -> Any:
    """An operation's value as a Tensor holds it."""
    if isinstance(value, tuple):
        return tuple(_settled(rule, part) for part in value)
    if isinstance(value, Tensor) and value.node is None:
        return value.value  # a Tensor inside a Tensor is there to be differentiated; one that is not is only its array
    if isinstance(value, np.generic):
        return np.asarray(value)
    if not hasattr(value, "dtype"):
        raise RuntimeError(
            f"{_name(rule)} must return an array, or a tuple of arrays, and its pull-backs, but its value is "
            f"{type(value).__name__}"
        )
    return value
