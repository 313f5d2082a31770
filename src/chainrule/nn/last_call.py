"""What the last call of a model was, for those who go backward through it without a loss.

It is remembered only as long as somebody holds the result, together with whose graph it goes.
"""

import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

from chainrule.autodiff import Tensor
from chainrule.autodiff.graph import Node
from chainrule.autodiff.tree import leaves
from chainrule.backend import is_array
from chainrule.random import Generator, current_generator

if TYPE_CHECKING:
    from chainrule.nn.module import Module


class Output(NamedTuple):
    """One of the arrays in a result."""

    shape: tuple[int, ...]
    node: "weakref.ref[Node] | None"  # None where nothing was recorded
    value: "weakref.ref[Any]"  # the Tensor or array


class Call(NamedTuple):
    """Arguments of a call, what it returned, and from where its random numbers came."""

    args: tuple
    kwargs: dict[str, Any]
    outputs: list[Output]
    generator: Generator
    place: tuple


class LastCall:
    """Remembers one call of a model while its result lives. A copy of the model remembers nothing."""

    def __init__(self) -> None:
        self._kept: list[Call] = []  # one, until the node of its first result is gone
        self._node: weakref.ref[Node] | None = None
        self.returned: type | None = None  # what else than arrays was in the last result

    def __deepcopy__(self, memo: dict) -> "LastCall":
        return LastCall()

    def run(self, module: "Module", args: tuple, kwargs: dict[str, Any]) -> Any:
        """Call the module."""
        generator = current_generator()
        place = generator.place()
        result = module.run(args, kwargs)
        outputs = [result] if isinstance(result, Tensor) else leaves(result)
        nodes = [y.node for y in outputs if isinstance(y, Tensor) and y.node is not None]
        others = [type(y) for y in outputs if not (isinstance(y, Tensor) or is_array(y))]
        self.returned = others[0] if others else None
        kept = self._kept = []
        if nodes and not others:
            kept.append(Call(args, kwargs, [_weakly(y) for y in outputs], generator, place))
            self._node = weakref.ref(nodes[0], lambda _: kept.clear())
        return result

    def get(self) -> Call | None:
        """The last call, if its result is still there and was recorded."""
        return self._kept[0] if self._kept else None


def _weakly(y: Any) -> Output:
    node = y.node if isinstance(y, Tensor) else None
    return Output(y.shape, None if node is None else weakref.ref(node), weakref.ref(y))
