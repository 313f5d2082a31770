"""A trace as boxes and arrows: one box an operation, or one a run of operations of the same module."""

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from chainrule.inspect.steps import Step, Trace


class Box(NamedTuple):
    """An operation, a module or a leaf.

    Attributes
    ----------
    title : str
        The large line.
    detail : str
        The small one.
    kind : {"top", "box", "leaf"}
        The loss's own operation, another one, or a place where a gradient comes to rest.
    module : str
        The path of the module it belongs to.
    """

    title: str
    detail: str
    kind: str
    module: str


class Graph(NamedTuple):
    """Boxes by name, in an order in which no arrow goes back, and the labels of the arrows."""

    boxes: dict[str, Box]
    arrows: dict[tuple[str, str], str]


def graph(trace: "Trace", most: int = 150) -> Graph:
    """Boxes for operations, or for modules where that would be more than `most` of them."""
    found = of_operations(trace)
    return found if len(found.boxes) <= most else of_modules(trace)


def of_operations(trace: "Trace") -> Graph:
    """A box for each operation and each leaf."""
    boxes = {_name(step): _box(step) for step in trace.steps}
    arrows: dict[tuple[str, str], str] = {}
    for step in trace.steps:
        for out in step.outgoing:
            if out.step is None:
                target = f"leaf {out.to}"
                boxes.setdefault(target, Box(out.to, "", "leaf", ""))
            else:
                target = f"step {out.step}"
            number = out.norm if out.numbers is None else out.numbers[2]
            arrows[_name(step), target] = f"{number:.3g}"
    return Graph(boxes, arrows)


def _name(step: "Step") -> str:
    return f"step {step.number}"


def _box(step: "Step") -> Box:
    detail = f"|grad| {step.norm:.3g}"
    return Box(step.operation, detail, "top" if step.number == 1 else "box", step.module)


def of_modules(trace: "Trace") -> Graph:
    """A box for each run of operations of one module. Runs are in order, so no arrow between them goes back."""
    boxes: dict[str, Box] = {}
    run_of: dict[int, str] = {}
    for number, (module, group) in enumerate(groupby(trace.steps, key=lambda step: step.module)):
        steps, name = list(group), f"run {number}"
        run_of.update({step.number: name for step in steps})
        count = f"{len(steps)} operation{'s' * (len(steps) > 1)}"
        title = module or steps[0].operation
        boxes[name] = Box(title, f"{count}, |grad| {steps[0].norm:.3g}", "top" if number == 0 else "box", module)
    arrows = {}
    for step in trace.steps:
        for out in step.outgoing:
            if out.step is not None and run_of[out.step] != run_of[step.number]:
                arrows[run_of[step.number], run_of[out.step]] = f"{out.norm:.3g}"
    return Graph(boxes, arrows)
