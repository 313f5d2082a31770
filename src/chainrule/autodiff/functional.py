"""Derivatives of functions: each call opens a level of its own, so that they nest to any order.

Arguments and results may be trees: arrays and Tensors in nested lists, tuples and dicts.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from chainrule.autodiff.graph import Leaf, gradients
from chainrule.autodiff.modes import levels
from chainrule.autodiff.tensor import Tensor, require_real
from chainrule.autodiff.tree import leaves, paths, replaced, tree_map
from chainrule.autodiff.watching import watchers
from chainrule.backend import namespace


def vjp(function: Callable, *inputs: Any) -> tuple[Any, Callable[[Any], tuple]]:
    """Evaluate a function and return how to pull a gradient back through it.

    Parameters
    ----------
    function : callable
        From trees to a tree.
    *inputs : tree of Array or Tensor
        Where to evaluate it.

    Returns
    -------
    value : tree
        ``function(*inputs)``; of Tensors if any input is one.
    pull_back : callable
        From a gradient in the form of `value` to a tuple with one gradient an input, in that input's form. It may be
        called many times.

    Raises
    ------
    TypeError
        If an input is not floating point.
    """
    value, pull_back, _ = _vjp(function, inputs, retain_graph=True)
    return value, pull_back


class _Pulled(NamedTuple):
    """What evaluating a function found."""

    value: Any
    pull_back: Callable[[Any], tuple]
    used: list[bool]  # which inputs an operation took up


def _vjp(function: Callable, inputs: tuple, *, retain_graph: bool) -> _Pulled:
    level = next(levels)
    boxes = [_box(x, level) for x in leaves(inputs)]
    lifted = any(isinstance(x, Tensor) for x in leaves(inputs))
    result = function(*replaced(inputs, iter(boxes)))
    used = [box.used for box in boxes]
    outputs = leaves(result)
    recorded = [isinstance(y, Tensor) and y.level == level and y.node is not None for y in outputs]
    values = replaced(result, (_wrap(y.value if seen else y, lifted) for y, seen in zip(outputs, recorded)))

    def pull_back(grad: Any) -> tuple:
        parts = leaves(grad)
        if len(parts) != len(outputs):
            raise ValueError(f"the pull-back expected {len(outputs)} gradients, one an output, but got {len(parts)}")
        roots = [(y.node, _inside(g, y.value)) for y, g, seen in zip(outputs, parts, recorded) if seen]
        found = gradients(roots, retain_graph=retain_graph, watchers=watchers.get())
        return replaced(inputs, (_wrap(_gradient(found, box), lifted) for box in boxes))

    return _Pulled(values, pull_back, used)


class _Input(Tensor):
    """A leaf of a derivative's own level. It notices when an operation takes it up, and looks at its node."""

    __slots__ = ("used",)

    @property
    def node(self) -> Any:
        """The leaf's place on the tape."""
        self.used = True
        return _NODE.__get__(self)

    @node.setter
    def node(self, node: Any) -> None:
        _NODE.__set__(self, node)


_NODE: Any = Tensor.__dict__["node"]


def _box(x: Any, level: int) -> _Input:
    """`x` as a leaf of its own level."""
    inside = (x if x.node is not None else x.value) if isinstance(x, Tensor) else Tensor(x).value
    require_real(inside.dtype)
    box = _Input.__new__(_Input)
    box.value, box.grad, box.level = inside, None, level
    box.node, box.used = Leaf(box, inside.shape, inside.dtype), False
    return box


def _inside(grad: Any, value: Any) -> Any:
    """A gradient from outside, for the value it belongs to."""
    grad = grad.value if isinstance(grad, Tensor) and grad.node is None else grad
    if not isinstance(grad, Tensor):
        grad = namespace(value).asarray(grad, dtype=value.dtype)
    if grad.shape != value.shape:
        raise ValueError(f"the pull-back expected a gradient of shape {value.shape}, but got {grad.shape}")
    return grad


def _gradient(found: dict, box: Tensor) -> Any:
    gradient = found.get(box.node)
    return namespace(box.value).zeros_like(box.value) if gradient is None else gradient


def _wrap(value: Any, lifted: bool) -> Any:
    """A result of the kind that the inputs are: Tensors or plain arrays."""
    if isinstance(value, Tensor):
        return value if lifted or value.node is not None else value.constant()
    return Tensor(value) if lifted else value


def value_and_grad(function: Callable, argnums: int | tuple[int, ...] = 0, *, allow_unused: bool = False) -> Callable:
    """Make a function that returns `function`'s value together with its gradient.

    Parameters
    ----------
    function : callable
        A function with one element as its result.
    argnums : int or tuple of int, default 0
        By which positional arguments to differentiate; each may be a tree.
    allow_unused : bool, default False
        Return None for arrays that no operation took up, instead of raising. Where one did and the result does not
        depend on it, the gradient is zeros.

    Returns
    -------
    callable
        From the same arguments to ``(value, gradient)``; the gradient is a tuple if `argnums` is one.

    Raises
    ------
    ValueError
        When called, if the result has more than one element, or if no operation took up one of the arrays.
    """
    places = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    def evaluate(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        def of_places(*chosen: Any) -> Any:
            return function(*_with(args, places, chosen), **kwargs)

        chosen = tuple(_argument(args, place) for place in places)
        value, pull_back, used = _vjp(of_places, chosen, retain_graph=False)
        if not allow_unused:
            _refuse_unused(used, dict(zip(places, chosen)))
        found = pull_back(starting_gradient(value))
        if allow_unused:
            found = replaced(found, (g if taken else None for g, taken in zip(leaves(found), used)))
        return value, found[0] if isinstance(argnums, int) else found

    return evaluate


def _argument(args: tuple, place: int) -> Any:
    if not -len(args) <= place < len(args):
        raise ValueError(f"grad was asked for argument {place}, but the function was called with {len(args)}")
    return args[place]


def _refuse_unused(used: list[bool], arguments: dict[int, Any]) -> None:
    """Raise if there is an input that no operation took up."""
    names = [f"argument {place}{path}" for place, x in arguments.items() for path in paths(x)]
    unused = [name for name, taken in zip(names, used) if not taken]
    if unused:
        raise ValueError(
            f"grad: {', '.join(unused)} took part in no operation: differentiate by what the function uses, or get "
            "None there with grad(function, allow_unused=True)"
        )


def starting_gradient(value: Any) -> Any:
    """The gradient of a result by itself, or an error if that is not one element."""
    shape = getattr(value, "shape", None)
    if shape is None or math.prod(shape) != 1:
        came = type(value).__name__ if shape is None else f"shape {shape}"
        raise ValueError(
            f"grad needs a function that returns one element, but got {came}: take its .sum() or .mean(), or use "
            "jacobian or vjp"
        )
    return namespace(value).ones_like(value)


def _with(args: tuple, places: tuple[int, ...], chosen: tuple) -> list:
    filled = list(args)
    for place, x in zip(places, chosen):
        filled[place] = x
    return filled


def grad(function: Callable, argnums: int | tuple[int, ...] = 0, *, allow_unused: bool = False) -> Callable:
    """Make the gradient of a function, itself a function that can be differentiated again.

    Parameters
    ----------
    function : callable
        A function with one element as its result.
    argnums : int or tuple of int, default 0
        By which positional arguments to differentiate; each may be a tree.
    allow_unused : bool, default False
        As for `value_and_grad`.

    Returns
    -------
    callable
        From the same arguments to the gradient; a tuple of them if `argnums` is one.

    Examples
    --------
    >>> import chainrule as cr
    >>> cube = lambda x: x * x * x
    >>> float(cr.grad(cr.grad(cube))(2.0))
    12.0
    """
    both = value_and_grad(function, argnums, allow_unused=allow_unused)
    return lambda *args, **kwargs: both(*args, **kwargs)[1]


def jvp(function: Callable, inputs: tuple, tangents: tuple) -> tuple[Any, Any]:
    """Push tangents forward through a function.

    Forward mode is the pull-back of the pull-back, which is linear in its argument (J. Townsend, A new trick for
    calculating Jacobian vector products, 2017).

    Parameters
    ----------
    function : callable
        From trees to a tree.
    inputs : tuple of tree
        Where to evaluate it.
    tangents : tuple of tree
        A direction for each input, in its form and shapes.

    Returns
    -------
    value : tree
        ``function(*inputs)``.
    tangent : tree
        Its directional derivative.
    """
    value, pull_back = vjp(function, *inputs)
    zeros = tree_map(lambda y: y * 0, value)
    _, transposed = vjp(pull_back, zeros)
    return value, transposed(tuple(tangents))[0]
