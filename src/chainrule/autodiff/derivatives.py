"""Jacobians, Hessians and gradients an example, out of pull-backs."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.autodiff.functional import grad, jvp, starting_gradient, vjp
from chainrule.autodiff.tree import leaves, replaced
from chainrule.backend import Array, namespace


def jacobian(function: Callable, argnum: int = 0) -> Callable:
    """Make the Jacobian of a function from an array to an array.

    Rows come from pull-backs or columns from pushed tangents, whichever are fewer.

    Parameters
    ----------
    function : callable
        Its result is an array or Tensor of any shape S.
    argnum : int, default 0
        By which positional argument to differentiate: an array or Tensor of any shape I.

    Returns
    -------
    callable
        From the same arguments to an array of shape S + I: entry [s, i] is d result[s] / d input[i].
    """

    def evaluate(*args: Any) -> Any:
        def of_one(x: Any) -> Any:
            return function(*args[:argnum], x, *args[argnum + 1 :])

        x = args[argnum]
        value, pull_back = vjp(of_one, x)
        xp = namespace(value, x)
        if value.size <= x.size:
            rows = [pull_back(direction)[0] for direction in _basis(value)]
            return xp.reshape(xp.stack(rows), (*value.shape, *x.shape))
        columns = [jvp(of_one, (x,), (direction,))[1] for direction in _basis(x)]
        return xp.reshape(xp.stack(columns, axis=-1), (*value.shape, *x.shape))

    return evaluate


def _basis(x: Array) -> Any:
    """The unit vectors of an array's space, one after the other."""
    for place in range(x.size):
        unit = np.zeros(x.size, dtype=x.dtype)
        unit[place] = 1
        yield namespace(x).asarray(unit.reshape(x.shape))


def hessian(function: Callable, argnum: int = 0) -> Callable:
    """Make the matrix of second derivatives of a function with one element as its result.

    Parameters
    ----------
    function : callable
        A function with one element as its result.
    argnum : int, default 0
        By which positional argument to differentiate: an array or Tensor of any shape I.

    Returns
    -------
    callable
        From the same arguments to an array of shape I + I.
    """
    return jacobian(grad(function, argnum), argnum)


def hessian_vector_product(function: Callable, inputs: tuple, vectors: tuple) -> tuple:
    """Multiply the matrix of second derivatives with a vector, without ever forming it.

    Since that matrix is symmetric, this is the pull-back of the gradient (B. Pearlmutter, 1994).

    Parameters
    ----------
    function : callable
        A function of `inputs` with one element as its result.
    inputs : tuple of tree
        Where to evaluate it.
    vectors : tuple of tree
        A vector for each input, in its form and shapes.

    Returns
    -------
    tuple of tree
        The product, in the form of `inputs`.
    """

    def gradient(*points: Any) -> tuple:
        value, pull_back = vjp(function, *points)
        return pull_back(starting_gradient(value))

    _, pull_back = vjp(gradient, *inputs)
    return pull_back(tuple(vectors))


def per_example_grad(function: Callable, parameters: Any, *batch: Array) -> Any:
    """Compute the gradient of each example's loss by itself.

    Parameters
    ----------
    function : callable
        ``function(parameters, *examples)`` with one element as its result, for batches of one example.
    parameters : tree of Array or Tensor
        By what to differentiate.
    *batch : Array
        Inputs with one row an example, (N, ...).

    Returns
    -------
    tree
        In the form of `parameters`, each array with an axis of length N in front.
    """
    gradient = grad(function)
    rows = [gradient(parameters, *(x[i : i + 1] for x in batch)) for i in range(batch[0].shape[0])]
    columns = zip(*(leaves(row) for row in rows))
    return replaced(parameters, (namespace(*column).stack(list(column)) for column in columns))
