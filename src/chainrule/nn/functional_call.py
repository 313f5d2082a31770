"""A module as a function of its parameters."""

import contextlib
from collections.abc import Mapping
from typing import Any

from chainrule.autodiff import Tensor
from chainrule.nn.module import Module
from chainrule.nn.state import places


def functional_call(module: Module, parameters: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
    """Call a module with other numbers in the places of its parameters and buffers.

    That makes the module a function of its parameters, as `chainrule.grad`, `chainrule.gradcheck` and
    `chainrule.per_example_grad` want it.

    Parameters
    ----------
    module : Module
        The module; it is as before afterwards.
    parameters : mapping of str to Tensor or Array
        Numbers by path. What is not named keeps its own.
    *args, **kwargs
        What to call the module with.

    Returns
    -------
    object
        What the module returned.

    Raises
    ------
    ValueError
        If there is no parameter or buffer of a name.
    """
    standing = dict(places(module))
    unknown = [path for path in parameters if path not in standing]
    if unknown:
        raise ValueError(
            f"functional_call got numbers for {unknown[0]!r}, but {type(module).__name__} has no such name"
        )
    new = {vars(owner)[name]: parameters[path] for path, (owner, name) in standing.items() if path in parameters}
    with contextlib.ExitStack() as undo:
        for owner, name in standing.values():
            old = vars(owner)[name]
            if old in new:
                undo.callback(object.__setattr__, owner, name, old)
                object.__setattr__(owner, name, new[old] if isinstance(new[old], Tensor) else Tensor(new[old]))
        return module(*args, **kwargs)
