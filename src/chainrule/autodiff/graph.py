"""The tape: nodes that remember how to pull a gradient back, and the walk over them in reverse.

A node is one operation that was applied. It knows the nodes of its arguments and one pull-back for each,
but no values: what a pull-back needs it closes over, and it is let go as soon as it has been used.
"""

import contextlib
import heapq
import inspect
import itertools
import sys
import time
import weakref
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from typing import Any

import numpy as np

from chainrule.autodiff.broadcasting import unbroadcast
from chainrule.autodiff.modes import unrecorded
from chainrule.backend import Array, namespace

# Node numbers grow with time, so going through them downwards is a topological order. Writes to leaf arrays
# draw from the same clock, which is how a stale graph is noticed.
clock = itertools.count(1)

# The names of the modules that are running, from the outermost in; `chainrule.nn` keeps it, nodes remember it.
module_names: ContextVar[tuple[str, ...]] = ContextVar("module_names", default=())


class Node:
    """An operation on the tape.

    `parents` holds a node, or None where no gradient is wanted, for each argument; `pulls` a pull-back for
    each, or one function from the gradient to all of them. `source` is the leaf whose memory the result shares.
    `apart`, if there is one, computes the result again by smaller operations, for a walk that is watched.
    """

    __slots__ = (
        "__weakref__",
        "apart",
        "dtype",
        "hooks",
        "id",
        "module",
        "operation",
        "parents",
        "pulls",
        "shape",
        "source",
    )

    def __init__(self, operation: Callable, parents: Sequence["Node | None"], pulls: Any, shape: Any, dtype: Any):
        self.id = next(clock)
        self.operation = operation
        self.parents = parents
        self.pulls = pulls
        self.shape = shape
        self.dtype = dtype
        self.hooks: list[Callable] | None = None
        self.module = module_names.get()
        self.source: Leaf | None = None
        self.apart: Callable[[], Any] | None = None

    def add_hook(self, hook: Callable) -> Callable[[], None]:
        """Have a function see, and perhaps replace, the gradient that comes here; returns how to remove it."""
        hooks = self.hooks = self.hooks or []
        hooks.append(hook)
        return lambda: hooks.remove(hook)

    def pull_back(self, grad: Any, walk: "Walk") -> None:
        """Hand the gradient on to the parents, and let go of what that took."""
        if type(grad) is list:
            grad = _with_zeros(self, grad)
        if not walk.watchers:
            walk.hand_on(_parts(self, grad))
        elif self.apart is None:
            walk.hand_on(_watched_parts(self, grad, walk.watchers))
        else:
            walk.arrive(_taken_apart(self), grad)
        if not walk.retain_graph:
            self.parents, self.pulls, self.apart = (), _freed, None


class Leaf(Node):
    """Where a gradient comes to rest: a parameter, or an input whose derivative was asked for."""

    __slots__ = ("tensor", "written")

    def __init__(self, tensor: Any, shape: tuple[int, ...], dtype: Any):
        super().__init__(Leaf, (), None, shape, dtype)
        self.tensor = weakref.ref(tensor)
        self.written = 0  # when the array was last changed in place
        self.source = self


class Output(Node):
    """One of several results of an operation. Its gradient waits in the operation's own node."""

    __slots__ = ("index",)

    def __init__(self, joint: Node, index: int, shape: tuple[int, ...], dtype: Any):
        super().__init__(joint.operation, (joint,), None, shape, dtype)
        self.index = index
        self.source = joint.source

    def pull_back(self, grad: Any, walk: "Walk") -> None:
        """Put the gradient into its place among those of the operation."""
        joint = self.parents[0]
        if joint is not None:
            walk.wait(joint, self.index, grad)


class Recomputed(Node):
    """A function whose operations were forgotten, and are recorded again when the walk comes by."""

    __slots__ = ("again",)

    def __init__(self, operation: Callable, again: Callable[[], list], shape: Any):
        super().__init__(operation, (), None, shape, None)
        self.again: Callable[[], list] | None = again

    def pull_back(self, grad: Any, walk: "Walk") -> None:
        """Run the function again; its operations are the newest on the tape, so the walk goes on with them."""
        if self.again is None:
            called = getattr(self.operation, "__name__", type(self.operation).__name__)  # a module has none of its own
            raise RuntimeError(_FREED.format(name=called))
        for result, part in zip(self.again(), grad):
            if part is not None:
                walk.arrive(result.node, part)
        if not walk.retain_graph:
            self.again = None


class Walk:
    """A walk over the tape from results to leaves, in reverse order of creation and without recursion.

    A gradient belongs to the walk if no one else has a hold of it: a pull-back or an addition here has just made it.
    To such a one is added in place; any other, which may be one that a pull-back keeps, is borrowed.
    """

    def __init__(self, *, retain_graph: bool, watchers: tuple):
        self.retain_graph = retain_graph
        self.watchers = watchers
        self.found: dict[Leaf, Array] = {}
        self._pending: dict[Node, Any] = {}
        self._owned: set[Node] = set()
        self._queue: list[tuple[int, Node]] = []

    def arrive(self, node: Node, grad: Array) -> None:
        """Add a borrowed gradient to a node's."""
        self.hand_on([(node, grad)])

    def hand_on(self, parts: list[tuple[Node, Array]]) -> None:
        """Add to the gradients of an operation's arguments what its pull-backs returned."""
        owned = self._owned
        for node, part in parts:
            is_leaf = type(node) is Leaf
            waiting: dict[Any, Any] = self.found if is_leaf else self._pending
            before = waiting.get(node)
            if before is None:
                alone = type(part) is np.ndarray and sys.getrefcount(part) <= _HELD_BY_A_WALK
                if alone and not self.watchers and (part.base is None or _is_only_view(part)):
                    owned.add(node)
                waiting[node] = part
                if not is_leaf:
                    heapq.heappush(self._queue, (-node.id, node))
            elif node in owned and type(before) is type(part) is np.ndarray:
                before += part
            else:
                waiting[node] = before + part
                owned.add(node)

    def wait(self, joint: Node, index: int, grad: Array) -> None:
        """Keep the gradient of one of an operation's results until those of the others are there."""
        if joint not in self._pending:
            self._pending[joint] = [None] * len(joint.shape)
            heapq.heappush(self._queue, (-joint.id, joint))
        self._pending[joint][index] = grad

    def run(self) -> None:
        """Go on until nothing is pending; hooks of leaves see what came to them in all."""
        queue, pending = self._queue, self._pending
        while queue:
            node = heapq.heappop(queue)[1]
            grad = pending.pop(node)
            if type(grad) is not np.ndarray and isinstance(grad, np.generic):  # arithmetic on arrays without axes
                grad = np.asarray(grad)
            if node.hooks:
                grad = _hooked(node, grad)
            node.pull_back(grad, self)
        for leaf, grad in self.found.items():
            if type(grad) is not np.ndarray and isinstance(grad, np.generic):
                grad = self.found[leaf] = np.asarray(grad)
            if leaf.hooks:
                self.found[leaf] = _hooked(leaf, grad)
                self._owned.discard(leaf)

    def owns(self, leaf: Leaf) -> bool:
        """Whether nobody else has a hold of the gradient found for a leaf."""
        return leaf in self._owned and not self.retain_graph


def _references(parts: list[tuple[Any, Array]]) -> int:
    """How often the first array is referred to, seen from within a loop over `parts`."""
    for _, part in parts:
        return sys.getrefcount(part)
    raise AssertionError("there is one")


# How often an array is when nobody but such a list has a hold of it; how one counts differs between Python's versions.
_HELD_BY_A_WALK = _references([(None, np.empty(1))])


def _is_only_view(part: np.ndarray) -> bool:
    """Whether nobody else has a hold of the memory that an array views, as where fresh images lie channels last."""
    base = part.base
    if type(base) is not np.ndarray or not base.flags.owndata or not part.flags.writeable:
        return False
    return sys.getrefcount(base) <= _HELD_BY_A_VIEW


def _references_to_base(part: np.ndarray) -> int:
    base = part.base
    return sys.getrefcount(base)


_HELD_BY_A_VIEW = _references_to_base(np.empty(2)[1:])


def walk_back(roots: Iterable[tuple[Node, Array]], *, retain_graph: bool = False, watchers: tuple = ()) -> Walk:
    """Pull gradients back from `roots`."""
    walk = Walk(retain_graph=retain_graph, watchers=watchers)
    for node, grad in roots:
        walk.arrive(node, grad)
    walk.run()
    return walk


def gradients(
    roots: Iterable[tuple[Node, Array]], *, retain_graph: bool = False, watchers: tuple = ()
) -> dict[Leaf, Array]:
    """Pull gradients back from `roots`; what comes to the leaves may be borrowed from anywhere."""
    return walk_back(roots, retain_graph=retain_graph, watchers=watchers).found


def _hooked(node: Node, grad: Array) -> Array:
    """The gradient as a tensor's hooks leave it."""
    for hook in node.hooks or ():
        replaced = hook(grad)
        if replaced is not None:
            if replaced.shape != node.shape:
                raise RuntimeError(
                    f"a gradient hook must return shape {node.shape} or None, but returned {replaced.shape}"
                )
            grad = replaced
    return grad


def _parts(node: Node, grad: Any) -> list[tuple[Node, Array]]:
    """The gradient of each argument that wants one."""
    pulls, parents = node.pulls, node.parents
    _refuse_spent(node)
    found = [pull and pull(grad) for pull in pulls] if type(pulls) is tuple else pulls(grad)
    if len(found) != len(parents):
        raise RuntimeError(
            f"the pull-back of {node.operation.__name__} must return {len(parents)} gradients, one for each "
            f"positional argument, but returned {len(found)}"
        )
    parts = []
    for index, parent in enumerate(parents):
        if parent is not None:
            part = found[index]
            if type(part) is not np.ndarray or part.shape != parent.shape or part.dtype is not parent.dtype:
                part = _checked(node, index, parent, part)
            parts.append((parent, part))
    return parts


def _refuse_spent(node: Node) -> None:
    """Raise if a node has let go of its pull-backs, or one of them needs an array that was written to since."""
    if node.pulls is _freed:
        raise RuntimeError(_FREED.format(name=node.operation.__name__))
    number = node.id
    for parent in node.parents:
        if parent is not None and parent.source is not None and parent.source.written > number:
            _refuse_stale(node, parent.source)


def _taken_apart(node: Node) -> Node:
    """The last of the smaller operations, under the number of the one that they stand for."""
    _refuse_spent(node)
    token, recording = module_names.set(node.module), unrecorded.set(-1)
    try:
        last: Node = node.apart().node  # type: ignore[misc]  # only called where there is one
        last.id = node.id
        return last
    finally:
        module_names.reset(token)
        unrecorded.reset(recording)


def _watched_parts(node: Node, grad: Any, watchers: tuple) -> list[tuple[Node, Array]]:
    start = time.perf_counter()
    parts = _parts(node, grad)
    seconds = time.perf_counter() - start
    for watcher in watchers:
        watcher.backward(node, grad, parts, seconds)
    return parts


def _checked(node: Node, index: int, parent: Node, part: Any) -> Array:
    """`part` in the shape of the argument it belongs to."""
    shape = getattr(part, "shape", None)
    if shape != parent.shape and shape is not None:
        with contextlib.suppress(ValueError):
            part = unbroadcast(part, parent.shape)
    if shape is None or part.shape != parent.shape or part.dtype != parent.dtype:
        came = type(part).__name__ if shape is None else f"{part.dtype} of shape {part.shape}"
        raise RuntimeError(
            f"the pull-back of {node.operation.__name__} for {_argument(node.operation, index)} must return "
            f"{parent.dtype} of shape {parent.shape}, or of the shape that broadcasting made of it, but returned {came}"
        )
    return part


def _argument(operation: Callable, index: int) -> str:
    """What a rule calls one of its arrays."""
    parameters = list(inspect.signature(operation).parameters.values())
    named = index < len(parameters) and parameters[index].kind is not inspect.Parameter.VAR_POSITIONAL
    return f"argument {index}" + (f", {parameters[index].name!r}," if named else "")


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


def _refuse_stale(node: Node, leaf: Leaf) -> None:
    """Raise if a pull-back of `node` needs the array of `leaf`, which was written to since."""
    tensor = leaf.tensor()
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
