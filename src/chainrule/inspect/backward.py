"""Backpropagation without a loss: an error goes in at the top of a model and comes out at the bottom."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor, no_grad, vjp
from chainrule.autodiff.graph import Leaf, Node, walk_back
from chainrule.autodiff.tensor import plain
from chainrule.autodiff.tree import leaves, replaced
from chainrule.autodiff.watching import watchers
from chainrule.backend import Array, namespace
from chainrule.nn import Module
from chainrule.nn.last_call import Call


def backward_propagation(error: Any, model: Module) -> Any:
    """Send an error backward through the layers of a model, from the last to the first.

    Each layer turns the error at its output into gradients of its parameters, which are added to their ``.grad``, and
    into the error at its input, which is the error at the output of the layer below. The result is that of
    ``loss.backward()`` for a loss whose derivative by the model's output is `error`: ``output - target`` for half the
    squared distance, say (D. Rumelhart, G. Hinton and R. Williams, Nature 323, 1986).

    Parameters
    ----------
    error : Tensor or Array, or a tree of them
        The derivative of a loss by what the model returned last, in its form and shapes. Hold on to that result: with
        it goes what its layers have saved.
    model : Module
        A `Sequential` or any other module, called before by itself and not as a part of another one.

    Returns
    -------
    Tensor or tree of Tensor
        The error at the model's input, in its form; a tuple if it was called with several arguments. None in the
        places of integers, which have no derivative. For an input that was not on the tape the model runs once more.

    Raises
    ------
    RuntimeError
        If the model was not called, its result is gone, nothing was recorded, or the graph was used before.
    TypeError
        If the model returned something that is not made of tensors.
    ValueError
        If `error` has another form or shape than what the model returned.
    """
    call = _last_call(model)
    errors = _checked_errors(error, call, type(model).__name__)
    inputs = leaves(call.args)
    at_inputs = _walk_back(call, errors, inputs)
    beside = [i for i, x in enumerate(inputs) if i not in at_inputs and _is_real(x)]
    if beside:
        at_inputs.update(zip(beside, _of_constants(model, call, errors, inputs, beside)))
    found = replaced(call.args, (Tensor(at_inputs[i]) if i in at_inputs else None for i in range(len(inputs))))
    return found[0] if len(found) == 1 else found


def _last_call(model: Module) -> Call:
    """The model's last call, or a sentence that says why there is none."""
    name, memory = type(model).__name__, model._last_call
    if memory is None:
        raise RuntimeError(
            f"backward_propagation goes back through the last call of {name}: call output = model(x) first"
        )
    if memory.returned is not None:
        raise TypeError(
            f"backward_propagation needs a model that returns Tensors, but {name} returned something with a "
            f"{memory.returned.__name__} in it"
        )
    call = memory.get()
    if call is None:
        raise RuntimeError(
            f"backward_propagation found no recorded result of {name}: keep it (output = model(x)), call the model "
            "outside no_grad(), and leave some parameters unfrozen"
        )
    return call


def _checked_errors(error: Any, call: Call, name: str) -> list[Array]:
    errors = [plain(x) if hasattr(x, "shape") else np.asarray(x) for x in leaves(error)]
    shapes, expected = [tuple(x.shape) for x in errors], [y.shape for y in call.outputs]
    if shapes != expected:
        raise ValueError(
            f"backward_propagation expected an error of shape {_listed(expected)}, as {name} returned, but got "
            f"{_listed(shapes)}"
        )
    return errors


def _listed(shapes: list[tuple]) -> str:
    return ", ".join(map(str, shapes)) or "nothing"


def _walk_back(call: Call, errors: list[Array], inputs: list[Any]) -> dict[int, Array]:
    """Go over the tape; leave gradients on parameters, and return those of inputs that are on it."""
    seen: dict[int, Array] = {}
    watched = {i: x.node for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.node is not None}
    remove = [node.add_hook(_keeping(seen, i)) for i, node in watched.items()]
    try:
        roots = [(y.node(), error) for y, error in zip(call.outputs, errors) if y.node is not None]
        walk = walk_back([(node, _like(node, error)) for node, error in roots if node], watchers=watchers.get())
    finally:
        for undo in remove:
            undo()
    for leaf, gradient in walk.found.items():
        tensor = leaf.tensor()
        if tensor is not None:
            tensor.accumulate(gradient)
    return seen


def _keeping(seen: dict[int, Array], place: int) -> Callable[[Array], None]:
    def hook(gradient: Array) -> None:
        seen[place] = gradient

    return hook


def _like(node: Node | Leaf, error: Array) -> Array:
    return namespace(error).astype(error, node.dtype)


def _is_real(x: Any) -> bool:
    return getattr(getattr(x, "dtype", None), "kind", "") == "f"


def _of_constants(model: Module, call: Call, errors: list[Array], inputs: list[Any], places: list[int]) -> list[Array]:
    """The error at inputs that were not recorded: the model runs again, now as a function of them."""

    def of_inputs(*chosen: Any) -> Any:
        filled = list(inputs)
        for place, x in zip(places, chosen):
            filled[place] = x
        return leaves(model.run(replaced(call.args, iter(filled)), call.kwargs))

    buffers = [(buffer, buffer.value) for buffer in model.buffers()]
    constants = [plain(inputs[i]) for i in places]
    try:
        with call.generator.at(call.place), no_grad():
            results, pull_back = vjp(of_inputs, *constants)
    finally:
        for buffer, value in buffers:  # running statistics have seen this batch already
            buffer.value = value
    _refuse_chance(call, results, type(model).__name__)
    return list(pull_back([namespace(y).astype(error, y.dtype) for y, error in zip(results, errors)]))


def _refuse_chance(call: Call, results: list, name: str) -> None:
    """Raise if the second run did not repeat the first."""
    for y, again in zip(call.outputs, results):
        first = y.value()
        if first is None:
            continue
        if not np.array_equal(np.asarray(plain(first)), np.asarray(again), equal_nan=True):
            raise RuntimeError(
                f"backward_propagation ran {name} again to find the error at its input, and it returned something "
                "else (it draws from generators of its own?): give the model Tensor(x, requires_grad=True) instead"
            )
