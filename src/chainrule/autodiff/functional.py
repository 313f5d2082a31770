"""Derivatives of functions: each call opens a level of its own, so that they nest to any order."""

from collections.abc import Callable
from typing import Any

from chainrule.autodiff.graph import Leaf, gradients
from chainrule.autodiff.modes import levels
from chainrule.autodiff.tensor import Tensor
from chainrule.backend import Array, namespace


def vjp(function: Callable, *inputs: Any) -> tuple[Any, Callable[[Any], tuple]]:
    """Evaluate a function and return how to pull a gradient back through it.

    Parameters
    ----------
    function : callable
        From arrays or Tensors to one of them.
    *inputs : Array or Tensor
        Where to evaluate it, of any shapes.

    Returns
    -------
    value : Array or Tensor
        ``function(*inputs)``; a Tensor if any input is one.
    pull_back : callable
        From a gradient of `value`'s shape to a tuple with one gradient an input. May be called many times.
    """
    return _vjp(function, inputs, retain_graph=True)


def _vjp(function: Callable, inputs: tuple, *, retain_graph: bool) -> tuple[Any, Callable[[Any], tuple]]:
    level = next(levels)
    boxes = [_box(x, level) for x in inputs]
    lifted = any(isinstance(x, Tensor) for x in inputs)
    y = function(*boxes)
    recorded = isinstance(y, Tensor) and y.level == level and y.node is not None

    def pull_back(grad: Any) -> tuple:
        grad = grad.value if isinstance(grad, Tensor) and grad.node is None else grad
        found = gradients([(y.node, grad)], retain_graph=retain_graph) if recorded else {}
        return tuple(_wrap(found.get(box.node, _zeros(box)), lifted) for box in boxes)

    return _wrap(y.value if recorded else y, lifted), pull_back


def _box(x: Any, level: int) -> Tensor:
    inside = Tensor(x).value if not isinstance(x, Tensor) else (x if x.node is not None else x.value)
    if inside.dtype.kind in "iubc":
        raise TypeError(f"a derivative needs floating-point inputs, but got {inside.dtype}: .astype('float32') first")
    box = Tensor.__new__(Tensor)
    box.value, box.grad, box.level = inside, None, level
    box.node = Leaf(box, inside.shape, inside.dtype)
    return box


def _zeros(box: Tensor) -> Array:
    return namespace(box.value).zeros_like(box.value)


def _wrap(value: Any, lifted: bool) -> Any:
    return Tensor(value) if lifted and not isinstance(value, Tensor) else value


def value_and_grad(function: Callable, argnums: int | tuple[int, ...] = 0) -> Callable:
    """Make a function that returns `function`'s value together with its gradient.

    Parameters
    ----------
    function : callable
        A function with one element as its result.
    argnums : int or tuple of int, default 0
        By which positional arguments to differentiate.

    Returns
    -------
    callable
        From the same arguments to ``(value, gradient)``; the gradient is a tuple if `argnums` is one.
    """
    places = (argnums,) if isinstance(argnums, int) else tuple(argnums)

    def evaluate(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        def of_places(*chosen: Any) -> Any:
            filled = list(args)
            for place, x in zip(places, chosen):
                filled[place] = x
            return function(*filled, **kwargs)

        value, pull_back = _vjp(of_places, tuple(args[place] for place in places), retain_graph=False)
        if value.shape not in ((), (1,)):
            raise ValueError(f"grad needs a function with one element as its result, but it has shape {value.shape}")
        found = pull_back(namespace(value).ones_like(value))
        return value, found[0] if isinstance(argnums, int) else found

    return evaluate


def grad(function: Callable, argnums: int | tuple[int, ...] = 0) -> Callable:
    """Make the gradient of a function, itself a function that can be differentiated again.

    Parameters
    ----------
    function : callable
        A function with one element as its result.
    argnums : int or tuple of int, default 0
        By which positional arguments to differentiate.

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

    Forward mode is the pull-back of the pull-back, which is linear in its argument (J. Townsend, 2017).

    Parameters
    ----------
    function : callable
        From arrays or Tensors to one of them.
    inputs : tuple of Array
        Where to evaluate it.
    tangents : tuple of Array
        A direction for each input, of its shape.

    Returns
    -------
    value : Array or Tensor
        ``function(*inputs)``.
    tangent : Array or Tensor
        Its directional derivative.
    """
    value, pull_back = vjp(function, *inputs)
    _, transposes = zip(*(vjp(lambda g, i=i: pull_back(g)[i], value * 0) for i in range(len(inputs))))
    parts = [transpose(tangent)[0] for transpose, tangent in zip(transposes, tangents)]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return value, total
