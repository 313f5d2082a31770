"""Derivatives of functions: each call opens a level of its own, so that they nest to any order.

Arguments and results may be trees: arrays and Tensors in nested lists, tuples and dicts.
"""

from collections.abc import Callable
from typing import Any

from chainrule.autodiff.graph import Leaf, gradients
from chainrule.autodiff.modes import levels
from chainrule.autodiff.tensor import Tensor
from chainrule.autodiff.tree import leaves, replaced, tree_map
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
    return _vjp(function, inputs, retain_graph=True)


def _vjp(function: Callable, inputs: tuple, *, retain_graph: bool) -> tuple[Any, Callable[[Any], tuple]]:
    level = next(levels)
    boxes = [_box(x, level) for x in leaves(inputs)]
    lifted = any(isinstance(x, Tensor) for x in leaves(inputs))
    result = function(*replaced(inputs, iter(boxes)))
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

    return values, pull_back


def _box(x: Any, level: int) -> Tensor:
    """`x` as a leaf of its own level."""
    inside = (x if x.node is not None else x.value) if isinstance(x, Tensor) else Tensor(x).value
    if inside.dtype.kind in "iubc":
        raise TypeError(f"a derivative needs floating-point inputs, but got {inside.dtype}: .astype('float32') first")
    box = Tensor.__new__(Tensor)
    box.value, box.grad, box.level = inside, None, level
    box.node = Leaf(box, inside.shape, inside.dtype)
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
    return Tensor(value) if lifted and not isinstance(value, Tensor) else value


def value_and_grad(function: Callable, argnums: int | tuple[int, ...] = 0) -> Callable:
    """Make a function that returns `function`'s value together with its gradient.

    Parameters
    ----------
    function : callable
        A function with one element as its result.
    argnums : int or tuple of int, default 0
        By which positional arguments to differentiate; each may be a tree.

    Returns
    -------
    callable
        From the same arguments to ``(value, gradient)``; the gradient is a tuple if `argnums` is one.

    Raises
    ------
    ValueError
        When called, if the result has more than one element.
    """
    places = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    def evaluate(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        def of_places(*chosen: Any) -> Any:
            return function(*_with(args, places, chosen), **kwargs)

        value, pull_back = _vjp(of_places, tuple(args[place] for place in places), retain_graph=False)
        if getattr(value, "shape", None) not in ((), (1,)):
            shape = getattr(value, "shape", type(value).__name__)
            raise ValueError(f"grad needs a function with one element as its result, but got {shape}: take its sum?")
        found = pull_back(namespace(value).ones_like(value))
        return value, found[0] if isinstance(argnums, int) else found

    return evaluate


def _with(args: tuple, places: tuple[int, ...], chosen: tuple) -> list:
    filled = list(args)
    for place, x in zip(places, chosen):
        filled[place] = x
    return filled


def grad(function: Callable, argnums: int | tuple[int, ...] = 0) -> Callable:
    """Make the gradient of a function, itself a function that can be differentiated again.

    Parameters
    ----------
    function : callable
        A function with one element as its result.
    argnums : int or tuple of int, default 0
        By which positional arguments to differentiate; each may be a tree.

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
    both = value_and_grad(function, argnums)
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
