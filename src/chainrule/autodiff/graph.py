"""The tape: nodes that remember how to pull a gradient back, and the walk over them in reverse.

A node is one operation that was applied. It knows the nodes of its arguments and one pull-back for each,
but no values: what a pull-back needs it closes over, and it is let go as soon as it has been used.
"""

import heapq
import itertools
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from chainrule.autodiff.broadcasting import unbroadcast
from chainrule.backend import Array, namespace

# Node numbers grow with time, so going through them downwards is a topological order. Writes to leaf arrays
# draw from the same clock, which is how a stale graph is noticed.
clock = itertools.count(1)

PullBack = Callable[[Any], Any]


class Node:
    """An operation on the tape.

    `parents` holds a node, or None where no gradient is wanted, for each argument; `pulls` a pull-back for
    each, or one function from the gradient to all of them.
    """

    __slots__ = ("__weakref__", "dtype", "id", "operation", "parents", "pulls", "shape")
    written = 0

    def __init__(self, operation: Callable, parents: Sequence["Node | None"], pulls: Any, shape: Any, dtype: Any):
        self.id = next(clock)
        self.operation = operation
        self.parents = parents
        self.pulls = pulls
        self.shape = shape
        self.dtype = dtype


class Leaf(Node):
    """Where a gradient comes to rest: a parameter, or an input whose derivative was asked for."""

    __slots__ = ("tensor", "written")

    def __init__(self, tensor: Any, shape: tuple[int, ...], dtype: Any):
        super().__init__(Leaf, (), None, shape, dtype)
        self.tensor = weakref.ref(tensor)
        self.written = 0


class Output(Node):
    """One of several results of an operation. Its gradient waits in the operation's own node."""

    __slots__ = ("index",)

    def __init__(self, joint: Node, index: int, shape: tuple[int, ...], dtype: Any):
        super().__init__(joint.operation, (joint,), None, shape, dtype)
        self.index = index


def gradients(roots: Iterable[tuple[Node, Array]], *, retain_graph: bool = False) -> dict[Leaf, Array]:
    """Pull gradients back from `roots` to the leaves, in reverse order of creation and without recursion.

    The first gradient to arrive at a node is borrowed, the second makes a new buffer, and from the third on
    it is added to in place. What is returned may be borrowed too.
    """
    pending: dict[Node, Array] = {}
    owned: set[Node] = set()
    queue: list[tuple[int, Node]] = []
    found: dict[Leaf, Array] = {}

    def arrive(node: Node, grad: Array) -> None:
        before = pending.get(node)
        if before is None:
            pending[node] = grad
            heapq.heappush(queue, (-node.id, node))
        elif node in owned and type(before) is type(grad) is np.ndarray:
            before += grad
        else:
            pending[node] = before + grad
            owned.add(node)

    for node, grad in roots:
        arrive(node, grad)
    while queue:
        node = heapq.heappop(queue)[1]
        grad = pending.pop(node)
        if isinstance(node, Leaf):
            found[node] = grad
            continue
        if isinstance(node, Output):
            _deliver(node, grad, pending, queue)
            continue
        for parent, part in _parts(node, grad):
            arrive(parent, part)
        if not retain_graph:
            node.parents, node.pulls = (), _freed
    return found


def _deliver(output: Output, grad: Array, pending: dict, queue: list) -> None:
    """Put an output's gradient into its place among those of its operation."""
    joint = output.parents[0]
    if joint is None or joint.pulls is _freed:
        raise RuntimeError(_FREED.format(name=output.operation.__name__))
    if joint not in pending:
        pending[joint] = [None] * len(joint.shape)
        heapq.heappush(queue, (-joint.id, joint))
    pending[joint][output.index] = grad


def _parts(node: Node, grad: Any) -> list[tuple[Node, Array]]:
    """The gradient of each argument that wants one."""
    pulls, parents = node.pulls, node.parents
    if pulls is _freed:
        raise RuntimeError(_FREED.format(name=node.operation.__name__))
    for parent in parents:
        if parent is not None and parent.written > node.id:
            _refuse_stale(node, parent)
    if isinstance(grad, list):
        grad = _with_zeros(node, grad)
    if type(pulls) is tuple:
        parts = [None if parent is None else pull(grad) for parent, pull in zip(parents, pulls)]
    else:
        parts = pulls(grad)
        if len(parts) != len(parents):
            raise RuntimeError(
                f"the pull-back of {node.operation.__name__} must return {len(parents)} gradients, one for each "
                f"positional argument, but returned {len(parts)}"
            )
    return [
        (parent, _checked(node, index, parent, part))
        for index, (parent, part) in enumerate(zip(parents, parts))
        if parent is not None
    ]


def _checked(node: Node, index: int, parent: Node, part: Array) -> Array:
    """`part` in the shape of the argument it belongs to."""
    if part is None or not hasattr(part, "shape"):
        raise RuntimeError(
            f"the pull-back of {node.operation.__name__} for argument {index} must return an array of shape "
            f"{parent.shape}, but returned {type(part).__name__}"
        )
    if part.shape != parent.shape:
        try:
            part = unbroadcast(part, parent.shape)
        except ValueError:
            raise RuntimeError(
                f"the pull-back of {node.operation.__name__} for argument {index} must return an array of shape "
                f"{parent.shape}, or one that broadcasting made of it, but returned shape {part.shape}"
            ) from None
    if part.dtype != parent.dtype:
        raise RuntimeError(
            f"the pull-back of {node.operation.__name__} for argument {index} must return {parent.dtype}, but "
            f"returned {part.dtype}"
        )
    return part


def _with_zeros(node: Node, grads: list) -> tuple:
    """Zeros for the outputs that nothing came back to."""
    xp = namespace(*(grad for grad in grads if grad is not None))
    return tuple(
        xp.zeros(shape, dtype=dtype) if grad is None else grad for grad, (shape, dtype) in zip(grads, node.shape)
    )


_FREED = (
    "the graph of this result was already used by a backward pass and let go, at {name}: run the forward pass again, "
    "or keep the graph with backward(retain_graph=True)"
)


def _freed(grad: Any) -> Any:
    raise AssertionError("a spent node is refused before it is used")


def _refuse_stale(node: Node, leaf: Node) -> None:
    """Raise if a pull-back of `node` needs the array of `leaf`, which was written to since."""
    tensor = leaf.tensor() if isinstance(leaf, Leaf) else None
    pulls = node.pulls if isinstance(node.pulls, tuple) else (node.pulls,)
    if tensor is None or not any(_closes_over(pull, tensor.value) for pull in pulls if pull is not None):
        return
    raise RuntimeError(
        f"backward through {node.operation.__name__} needs the old value of a tensor of shape {leaf.shape} that was "
        "changed in place after the forward pass (by an optimiser or load_state_dict?): run the forward pass again"
    )


def _closes_over(pull: Callable, array: Array) -> bool:
    """Whether a pull-back keeps `array`, or a view of it."""
    held = [cell.cell_contents for cell in getattr(pull, "__closure__", None) or ()]
    while held:
        value = held.pop()
        if isinstance(value, (tuple, list)):
            held.extend(value)
        elif callable(value) and getattr(value, "__closure__", None) and value is not pull:
            held.extend(cell.cell_contents for cell in value.__closure__)
        elif isinstance(value, np.ndarray) and isinstance(array, np.ndarray) and np.may_share_memory(value, array):
            return True
    return False
