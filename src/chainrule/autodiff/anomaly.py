"""The NaN guard: names the place where the first NaN or infinity was born."""

from typing import Any

import numpy as np

from chainrule.autodiff.graph import Node
from chainrule.autodiff.tensor import plain
from chainrule.autodiff.watching import Origin, Watcher, origin


class detect_anomaly(Watcher):
    """Stop at the first NaN or infinity, forward or backward, and say where it was born.

    Parameters
    ----------
    **facts
        What else the message shall say, such as ``step=17``; `at` changes it later.

    Raises
    ------
    FloatingPointError
        Inside the ``with`` block, from the operation whose inputs were all finite and whose result was not. The message
        names the operation, the path of the module, the line of the user's code, the facts, and the ranges of the
        inputs.
    """

    def __init__(self, **facts: Any):
        self._facts = facts
        self._origins: dict[int, Origin] = {}

    def at(self, **facts: Any) -> None:
        """Say where the training stands.

        Parameters
        ----------
        **facts
            What the message shall say, such as ``step=17, batch=ids``; added to what was said before.
        """
        self._facts.update(facts)

    def forward(self, operation: Any, inputs: list, constants: dict[str, Any], value: Any, node: Node | None) -> None:
        """Check an operation's result.

        Parameters
        ----------
        operation : callable
            What ran.
        inputs : list
            Its arguments, as arrays.
        constants : dict
            Its constants.
        value : Array or tuple of Array
            Its result.
        node : Node or None
            Its place on the tape, if it was recorded.
        """
        if node is not None:
            self._origins[node.id] = origin(operation)
        bad = [part for part in _arrays(value) if not _finite(part)]
        if bad and all(_finite(x) for x in inputs):
            self._stop("forward", origin(operation), bad[0], [_ranged(x) for x in inputs if _is_float(x)])

    def backward(self, node: Node, grad: Any, parts: list[tuple[Node, Any]], seconds: float) -> None:
        """Check what a node's pull-backs return.

        Parameters
        ----------
        node : Node
            The operation's place on the tape.
        grad : Array or tuple of Array
            What came in from above.
        parts : list of tuple
            What goes on, each with the node it goes to.
        seconds : float
            How long that took.
        """
        bad = [part for _, part in parts if not _finite(part)]
        if bad and all(_finite(g) for g in _arrays(grad)):
            where = self._origins.get(
                node.id, Origin(node.operation.__name__, ".".join(node.module), "a place before the guard was on")
            )
            self._stop("backward", where, bad[0], [f"gradient {_ranged(g)}" for g in _arrays(grad)])

    def _stop(self, direction: str, where: Origin, value: Any, inputs: list[str]) -> None:
        array = np.asarray(plain(value))
        kind = "NaN" if np.isnan(array).any() else "infinity"
        place = f" in module {where.module}" if where.module else ""
        facts = "".join(f", {name} {fact}" for name, fact in self._facts.items())
        share = f"{int((~np.isfinite(array)).sum())} of {array.size} results are not finite"
        raise FloatingPointError(
            f"{where.operation} made the first {kind} ({direction}{facts}){place}, called at {where.line}: {share}; "
            f"its inputs: {'; '.join(inputs) or 'none'}"
        )


def _arrays(value: Any) -> list:
    return list(value) if isinstance(value, (tuple, list)) else [value]


def _is_float(value: Any) -> bool:
    return isinstance(value, float) or getattr(getattr(value, "dtype", None), "kind", "") == "f"


def _finite(value: Any) -> bool:
    return value is None or not _is_float(value) or bool(np.isfinite(np.asarray(plain(value))).all())


def _ranged(value: Any) -> str:
    array = np.asarray(plain(value))
    if not array.size:
        return f"{array.shape} empty"
    return f"{array.shape} from {array.min():.4g} to {array.max():.4g}"
