"""A record of a backward pass: what every operation got, and what it handed on."""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.autodiff.graph import Leaf, Node, Output
from chainrule.autodiff.tensor import plain
from chainrule.autodiff.watching import Watcher
from chainrule.inspect.held import held_arrays
from chainrule.inspect.steps import Outgoing, Step, Trace
from chainrule.nn import Module


def trace_backward(
    loss: Tensor, model: Module | Mapping[str, Tensor] | None = None, *, retain_graph: bool = False
) -> Trace:
    """Run ``loss.backward()`` and write down what happens.

    Parameters
    ----------
    loss : Tensor of one element
        Whose graph is walked. Gradients are added to the parameters as always.
    model : Module or mapping of str to Tensor, optional
        Whose parameters shall be called by their paths, or names for leaves. Others are called "input".
    retain_graph : bool, default False
        As for `Tensor.backward`.

    Returns
    -------
    Trace
        One step an operation, in the order in which backward ran. ``print`` shows a table.

    Raises
    ------
    RuntimeError
        As `Tensor.backward`.
    """
    value = loss.item() if loss.size == 1 else float("nan")
    named = model.named_parameters() if isinstance(model, Module) else (model or {}).items()
    recorder = _Recorder({tensor.node: name for name, tensor in named})
    start = time.perf_counter()
    with recorder:
        loss.backward(retain_graph=retain_graph)
    return Trace(recorder.steps(), value, time.perf_counter() - start)


class _Recorder(Watcher):
    """Collects steps; whither gradients go is only known by number once those operations have run."""

    def __init__(self, names: dict[Node | None, str]):
        self._names = names
        self._seen: list[tuple[int, Step, list[int]]] = []

    def backward(self, node: Node, grad: Any, parts: list[tuple[Node, Any]], seconds: float) -> None:
        """Write down one operation."""
        arrays = [_array(g) for g in grad] if isinstance(grad, tuple) else [_array(grad)]
        incoming = _norm(*arrays)
        local = _local_derivatives(node, arrays)
        outgoing = []
        for place, (parent, part) in enumerate(parts):
            array = _array(part)
            numbers = (arrays[0].item(), local[place], array.item()) if local else None
            outgoing.append(Outgoing(self._leaf_name(parent), array.shape, _norm(array), numbers))
        step = Step(
            number=len(self._seen) + 1,
            module=".".join(node.module),
            operation=node.operation.__name__.lstrip("_"),
            shape=arrays[0].shape,
            norm=incoming,
            outgoing=tuple(outgoing),
            seconds=seconds,
            bytes=sum(_array(part).nbytes for _, part in parts),
            saved_bytes=sum(array.nbytes for array in held_arrays(node.pulls).values()),
        )
        self._seen.append((node.id, step, [_target(parent) for parent, _ in parts]))

    def _leaf_name(self, parent: Node) -> str:
        if not isinstance(parent, Leaf):
            return ""
        if parent not in self._names:
            others = sum(name.startswith("input") for name in self._names.values())
            self._names[parent] = f"input {others + 1}" if others else "input"
        return self._names[parent]

    def steps(self) -> list[Step]:
        """All steps, with the numbers of those that each one feeds."""
        numbers = {node: step.number for node, step, _ in self._seen}
        labels = {step.number: f"#{step.number} {step.operation}" for _, step, _ in self._seen}
        return [
            step.replaced_targets([(numbers.get(target), labels.get(numbers.get(target, 0), "")) for target in targets])
            for _, step, targets in self._seen
        ]


def _target(parent: Node) -> int:
    """The number of the node whose pull-backs will run."""
    joint = parent.parents[0] if isinstance(parent, Output) and parent.parents else None
    return parent.id if joint is None else joint.id


def _array(value: Any) -> np.ndarray:
    return np.asarray(plain(value))


def _norm(*arrays: np.ndarray) -> float:
    return float(np.sqrt(sum(float(np.sum(np.square(a, dtype=np.float64))) for a in arrays)))


def _local_derivatives(node: Node, grads: list[np.ndarray]) -> list[float]:
    """The derivatives of a function of numbers, by those arguments that get one; nothing where there are arrays."""
    parents = [parent for parent in node.parents if parent is not None]
    if len(grads) != 1 or any(n.shape not in ((), (1,), (1, 1)) for n in [node, *parents]):
        return []
    one = np.ones_like(grads[0])
    parts = [pull(one) for pull in node.pulls if pull] if isinstance(node.pulls, tuple) else node.pulls(one)
    return [_array(part).item() for part in parts if part is not None]
