"""A trace as a page: the graph as a picture, the steps as a table."""

import math
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.inspect import page
from chainrule.inspect.layout import Point, layered
from chainrule.inspect.page import Markup, element
from chainrule.inspect.trace_graph import Box, Graph, graph

if TYPE_CHECKING:
    from chainrule.inspect.steps import Step, Trace

_MOST_BOXES = 400
_MOST_ROWS = 2000
_LINE = 46.0  # the height of a box
_MARGIN = 12.0


def write(trace: "Trace", path: Path) -> Path:
    """Save the page."""
    lead = f"{len(trace)} operations, from the loss down to the leaves. Orange is the gradient on its way back."
    return page.write(path, page.document("A backward pass, step by step", lead, *_sections(trace)))


def _sections(trace: "Trace") -> list[Markup]:
    summary = page.facts(
        [
            ("loss", f"{trace.loss:.6g}"),
            ("operations", len(trace)),
            ("time", f"{1e3 * trace.seconds:.2f} ms"),
            ("gradients passed on", _size(sum(step.bytes for step in trace))),
        ]
    )
    parts = [page.section("Overview", summary, *_extremes(trace)), page.section("The graph", *_picture(trace))]
    numbers = trace.numbers()
    if numbers:
        text = "Where an operation has one number in and one number out, the chain rule is a product:"
        parts.append(page.section("The chain rule, written out", page.paragraph(text), page.block(numbers)))
    return [*parts, page.section("Every step", *_table(trace))]


def _extremes(trace: "Trace") -> list[Markup]:
    """Where gradients shrink and grow the most."""
    gains = sorted((step.gain, step.number, step) for step in trace if step.gain is not None)
    if not gains:
        return []
    (least, _, shrinking), (most, _, growing) = gains[0], gains[-1]
    grows = " and grows most in " if most > 1 else " and least in "
    return [
        page.paragraph(
            "On its way down the gradient shrinks most in ",
            page.emphasis(_title(shrinking)),
            f" (to {least:.3g} of what came in)",
            grows,
            page.emphasis(_title(growing)),
            f" ({most:.3g} times)." if most > 1 else f" (to {most:.3g}).",
        )
    ]


def _title(step: "Step") -> str:
    return f"#{step.number} {step.operation}" + (f" of {step.module}" if step.module else "")


def _picture(trace: "Trace") -> list[Markup]:
    found = graph(trace)
    if len(found.boxes) > _MOST_BOXES:
        return [page.paragraph(f"{len(found.boxes)} boxes are more than a picture can show: see the table.")]
    text = "Read it from the top. Each arrow carries the norm of the gradient (for single numbers, the number itself)."
    if not found.boxes or found.boxes[next(iter(found.boxes))].detail.find("operation") > 0:
        text += " A box is a run of operations of one module; the table has them one by one."
    return [page.figure(drawing(found), text)]


def drawing(found: Graph) -> Markup:
    """The graph as SVG."""
    sizes = {name: (_width(box), _LINE if box.detail or box.module else 30.0) for name, box in found.boxes.items()}
    leaves = [name for name, box in found.boxes.items() if box.kind == "leaf"]
    layout = layered(sizes, list(found.arrows), light=leaves, rise=46.0)
    lines = [_arrow(layout.routes[edge]) for edge in found.arrows]
    labels = [_label(layout.routes[edge], label) for edge, label in found.arrows.items()]
    boxes = [_drawn(box, layout.centres[name], sizes[name]) for name, box in found.boxes.items()]
    moved = element("g", *lines, *labels, *boxes, transform=f"translate({_MARGIN:g} {_MARGIN:g})")
    return page.svg(
        layout.width + 2 * _MARGIN, layout.height + 2 * _MARGIN, _HEAD, moved, label="the graph of the backward pass"
    )


_HEAD = Markup(
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0.8 L7.5 4 L0 7.2 Z" fill="var(--backward)"/></marker></defs>'
)


def _width(box: Box) -> float:
    """Enough for the longer line; letters are about 7 wide."""
    return 22.0 + max(7.4 * len(box.title), 6.4 * len(_second_line(box)))


def _second_line(box: Box) -> str:
    return f"{box.module} · {box.detail}" if box.module and box.module != box.title else box.detail


def _drawn(box: Box, centre: Point, size: tuple[float, float]) -> Markup:
    width, height = size
    frame = element(
        "rect", x=centre.x - width / 2, y=centre.y - height / 2, width=width, height=height, rx=9, class_=box.kind
    )
    second = _second_line(box)
    if not second:
        return joined_text(frame, (box.title, centre.y + 4.5, "strong"), centre.x)
    lines = [(box.title, centre.y - 3.0, "strong"), (second, centre.y + 14.0, "small soft")]
    return page.joined([frame, *(_text(centre.x, y, text, style) for text, y, style in lines)])


def joined_text(frame: Markup, line: tuple[str, float, str], x: float) -> Markup:
    """A frame with one line in it."""
    text, y, style = line
    return page.joined([frame, _text(x, y, text, style)])


def _text(x: float, y: float, text: str, style: str) -> Markup:
    return element("text", text, x=x, y=y, text_anchor="middle", class_=style)


def _arrow(route: list[Point]) -> Markup:
    curve = [f"M{route[0].x:.1f} {route[0].y:.1f}"]
    for a, b in pairwise(route):
        bend = (b.y - a.y) / 2
        curve.append(f"C{a.x:.1f} {a.y + bend:.1f} {b.x:.1f} {b.y - bend:.1f} {b.x:.1f} {b.y - 1:.1f}")
    return element("path", d=" ".join(curve), class_="back", stroke_width=1.5, marker_end="url(#head)")


def _label(route: list[Point], label: str) -> Markup:
    """On the first part of the arrow; further down where it runs sideways, away from its neighbours."""
    a, b = route[0], route[1]
    along = 0.5 if abs(b.x - a.x) < 30 else 0.66
    # The curve that `_arrow` draws, at this parameter.
    t, s = along, 1 - along
    x = a.x * (s**3 + 3 * s * s * t) + b.x * (3 * s * t * t + t**3)
    y = a.y * s**3 + (a.y + b.y) * 1.5 * s * t + b.y * t**3
    return _text(x, y + 3.0, label, "small backward-text halo")


def _table(trace: "Trace") -> list[Markup]:
    largest = max((step.norm for step in trace if math.isfinite(step.norm)), default=0.0) or 1.0
    rows = [row for step in trace.steps[:_MOST_ROWS] for row in _rows(step, largest)]
    titles = ("#", "module", "operation", "shape", "gradient in", "", "goes to", "gradient out", "gain", "µs", "bytes")
    found = [page.table(titles, rows, text=(1, 2, 3, 5, 6))]
    if len(trace) > _MOST_ROWS:
        found.append(page.paragraph(f"The first {_MOST_ROWS} of {len(trace)} steps; Trace.to_dict() has them all."))
    return found


def _rows(step: "Step", largest: float) -> list[list]:
    rows = []
    for i, out in enumerate(step.outgoing):
        own: list = [""] * 6
        rest = ["", "", ""]
        if i == 0:
            shape = " \u00d7 ".join(map(str, step.shape)) or "1"
            own = [step.number, step.module, step.operation, shape, f"{step.norm:.4g}", _bar(step.norm / largest)]
            gain = "" if step.gain is None else f"{step.gain:.3g}"
            rest = [gain, f"{1e6 * step.seconds:.0f}", f"{step.bytes:,}"]
        rows.append([*own, out.to, f"{out.norm:.4g}", *rest])
    return rows


def _bar(share: float) -> Markup:
    """A bar on a logarithmic scale over six decades."""
    if not 0 < share <= 1:
        return Markup()
    return element("span", class_="bar", style=f"width:{max(2.0, 72 * (1 + math.log10(share) / 6)):.0f}px")


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"
