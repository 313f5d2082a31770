"""What a trace of a backward pass is made of, and the forms in which it can be read."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from chainrule.inspect import dot, trace_page
from chainrule.inspect.text_table import columns


class Outgoing(NamedTuple):
    """A gradient that an operation hands on.

    Attributes
    ----------
    to : str
        A parameter's path, "input" for another leaf, or the operation that gets it, as in "#7 tanh".
    shape : tuple of int
        Its shape.
    norm : float
        The root of the sum of its squares.
    numbers : tuple of three floats or None
        For single numbers: the gradient that came in, the local derivative, and their product.
    step : int or None
        The number of the operation that gets it, if that is recorded.
    """

    to: str
    shape: tuple[int, ...]
    norm: float
    numbers: tuple[float, float, float] | None = None
    step: int | None = None


@dataclasses.dataclass(frozen=True)
class Step:
    """One operation of a backward pass.

    Attributes
    ----------
    number : int
        1 for the first that ran: the one that made the loss.
    module : str
        The path of the module that the operation belongs to; "" outside of any.
    operation : str
        Its name.
    shape : tuple of int
        The shape of the operation's result, and of the gradient that came in.
    norm : float
        The root of the sum of squares of the gradient that came in.
    outgoing : tuple of Outgoing
        What went on, one for each argument that wants a gradient.
    seconds : float
        The time the pull-backs took.
    bytes : int
        The size of the gradients that went on.
    saved_bytes : int
        The size of the arrays that the pull-backs had kept since the forward pass; some are shared between operations.
    """

    number: int
    module: str
    operation: str
    shape: tuple[int, ...]
    norm: float
    outgoing: tuple[Outgoing, ...]
    seconds: float
    bytes: int
    saved_bytes: int

    @property
    def gain(self) -> float | None:
        """By how much the gradient grew on its way to lower operations; None if it went to leaves only."""
        below = [out.norm for out in self.outgoing if out.step is not None]
        if not below or not self.norm:
            return None
        return float(sum(norm**2 for norm in below) ** 0.5 / self.norm)

    def replaced_targets(self, targets: Sequence[tuple[int | None, str]]) -> "Step":
        """This step with the operations that it feeds, given by number and label."""
        outgoing = [
            out if step is None else out._replace(to=label, step=step)
            for out, (step, label) in zip(self.outgoing, targets)
        ]
        return dataclasses.replace(self, outgoing=tuple(outgoing))


class Trace:
    """The record of a backward pass.

    Parameters
    ----------
    steps : list of Step
        In the order in which they ran.
    loss : float
        Where it began.
    seconds : float
        The time of the whole pass, what the recording took included.
    """

    def __init__(self, steps: list[Step], loss: float, seconds: float):
        self.steps = steps
        self.loss = loss
        self.seconds = seconds

    def __len__(self) -> int:
        return len(self.steps)

    def __iter__(self) -> Any:
        return iter(self.steps)

    def __getitem__(self, index: int) -> Step:
        return self.steps[index]

    def __repr__(self) -> str:
        return self.table()

    def table(self) -> str:
        """Write the steps as a table.

        Returns
        -------
        str
            A line for each gradient that went on, under a line of titles.
        """
        titles = ("#", "module", "operation", "shape", "|grad in|", "goes to", "|grad out|", "gain", "us", "bytes")
        rows = [titles, *(row for step in self.steps for row in _rows(step))]
        head = f"backward pass of loss {self.loss:.6g}: {len(self.steps)} operations, {1e3 * self.seconds:.2f} ms"
        return "\n".join([head, *columns(rows, left={1, 2, 3, 5})])

    def numbers(self) -> str:
        """Write out the chain rule where arguments and results are single numbers.

        Returns
        -------
        str
            A line for each product: ``upstream 0.42 x local derivative 0.91 = 0.38``. Steps with arrays have none.
        """
        lines = []
        for step in self.steps:
            name = f"#{step.number} {step.operation}"
            for out in step.outgoing:
                if out.numbers is not None:
                    upstream, local, product = (f"{number:.4g}" for number in out.numbers)
                    lines.append(f"{name} -> {out.to}: upstream {upstream} x local derivative {local} = {product}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON.

        Returns
        -------
        dict
            The loss, the seconds, and a list of steps.
        """
        steps = [
            {
                **dataclasses.asdict(step),
                "shape": list(step.shape),
                "gain": step.gain,
                "outgoing": [{**out._asdict(), "shape": list(out.shape)} for out in step.outgoing],
            }
            for step in self.steps
        ]
        return {"loss": self.loss, "seconds": self.seconds, "steps": steps}

    def to_dot(self) -> str:
        """Write the graph in Graphviz's language.

        Returns
        -------
        str
            A digraph with an edge for each gradient that went on; modules are clusters.
        """
        return dot.digraph(self)

    def to_html(self, path: str | Path) -> Path:
        """Write a page with the graph as a picture and the steps as a table.

        Parameters
        ----------
        path : str or Path
            The file. It is complete in itself: opening it asks no other address for anything.

        Returns
        -------
        Path
            The file.
        """
        return trace_page.write(self, Path(path))


def _rows(step: Step) -> list[tuple[str, ...]]:
    """A line for each outgoing gradient; what belongs to the step itself stands in the first."""
    gain = "" if step.gain is None else f"{step.gain:.3g}"
    own = (str(step.number), step.module, step.operation, shown(step.shape), f"{step.norm:.4g}")
    rows: list[tuple[str, ...]] = []
    for i, out in enumerate(step.outgoing):
        first = i == 0
        rest = (gain, f"{1e6 * step.seconds:.0f}", str(step.bytes)) if first else ("", "", "")
        rows.append((*(own if first else ("",) * 5), out.to, f"{out.norm:.4g}", *rest))
    return rows


def shown(shape: tuple[int, ...]) -> str:
    """A shape in few characters: ``64x128``; ``1`` for a single number."""
    return "x".join(map(str, shape)) or "1"
