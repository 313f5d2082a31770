"""Linear layers and rectifiers in a row run as one operation, where nobody looks at what happens between them."""

import functools
from collections.abc import Sequence
from typing import Any

from chainrule import ops
from chainrule.autodiff import Tensor
from chainrule.autodiff.graph import module_names
from chainrule.autodiff.watching import watchers
from chainrule.nn.activation import ReLU
from chainrule.nn.linear import Linear
from chainrule.nn.module import Module


def joined(modules: Sequence[Module], width: int | None) -> int:
    """Count how many of the first modules can run as one operation.

    Parameters
    ----------
    modules : sequence of Module
        In the order in which they run.
    width : int or None
        The length of the input's last axis.

    Returns
    -------
    int
        The length of a row of `Linear` and `ReLU` in turn, without hooks, whose widths fit; 0 while operations are
        watched.
    """
    if watchers.get():
        return 0
    for count, module in enumerate(modules):
        if type(module) is not (ReLU if count % 2 else Linear) or module.has_hooks:
            return count
        if isinstance(module, Linear):
            if module.in_features != width:
                return count
            width = module.out_features
    return len(modules)


def run_joined(modules: Sequence[Module], input: Any) -> Any:
    """Run a row of `Linear` and `ReLU` as one operation; a walk that is watched goes through each of them.

    Parameters
    ----------
    modules : sequence of Module
        As counted by `joined`.
    input : Tensor or Array, shape (..., D)
        What the first one takes.

    Returns
    -------
    Tensor, shape (..., F)
        What the last one returns.
    """
    layers = [(module.weight, module.bias) for module in modules if isinstance(module, Linear)]
    y = ops.linear_layers(input, layers, rectified=not len(modules) % 2)
    if isinstance(y, Tensor) and y.node is not None:
        y.node.apart = functools.partial(_one_by_one, [module._name for module in modules], layers, input)
    return y


def _one_by_one(names: Sequence[str], layers: Sequence[tuple], x: Any) -> Any:
    """The same with an operation for each module, where it stands, and with the parameters that it had then."""
    outside = module_names.get()
    for n, name in enumerate(names):
        module_names.set((*outside, name))
        x = ops.relu(x) if n % 2 else ops.linear(x, *layers[n // 2])
    return x
