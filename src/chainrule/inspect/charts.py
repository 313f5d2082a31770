"""Small charts as SVG, in the colours of the page."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from chainrule.inspect.page import Markup, element, svg


class Axis(NamedTuple):
    """The scale of one direction.

    Attributes
    ----------
    low, high : float
        What the ends stand for.
    ticks : sequence of float
        Where numbers are written.
    title : str
        What is measured.
    """

    low: float
    high: float
    ticks: Sequence[float]
    title: str


class Plot:
    """A frame with axes, into which things are drawn in their own units.

    Parameters
    ----------
    across, upright : Axis
        The scales.
    label : str
        What the picture shows, for those who do not see it.
    """

    WIDTH, HEIGHT = 334.0, 250.0
    _LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 18.0, 12.0, 44.0

    def __init__(self, across: Axis, upright: Axis, label: str):
        self._across, self._upright, self._label = across, upright, label
        self._things: list[Markup] = []

    def x(self, value: float) -> float:
        """Where a value stands across."""
        share = (value - self._across.low) / (self._across.high - self._across.low)
        return self._LEFT + share * (self.WIDTH - self._LEFT - self._RIGHT)

    def y(self, value: float) -> float:
        """Where a value stands upright."""
        share = (value - self._upright.low) / (self._upright.high - self._upright.low)
        return self.HEIGHT - self._BOTTOM - share * (self.HEIGHT - self._TOP - self._BOTTOM)

    def line(self, points: Sequence[tuple[float, float]], style: str) -> "Plot":
        """Draw a line through points."""
        self._things.append(element("polyline", points=self._written(points), class_=style, stroke_width=2))
        return self

    def area(self, points: Sequence[tuple[float, float]], fill: str) -> "Plot":
        """Fill what points enclose."""
        self._things.append(element("polygon", points=self._written(points), style=f"fill:{fill}"))
        return self

    def dot(self, x: float, y: float, style: str, radius: float = 3.6) -> "Plot":
        """Draw a dot."""
        self._things.append(element("circle", cx=self.x(x), cy=self.y(y), r=radius, style=style))
        return self

    def text(self, x: float, y: float, text: str, style: str, anchor: str = "middle") -> "Plot":
        """Write something."""
        self._things.append(element("text", text, x=self.x(x), y=self.y(y), class_=style, text_anchor=anchor))
        return self

    def drawn(self) -> Markup:
        """The picture."""
        return svg(self.WIDTH, self.HEIGHT, *self._things, *self._axes(), label=self._label)

    def _written(self, points: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)

    def _axes(self) -> list[Markup]:
        bottom, left = self.HEIGHT - self._BOTTOM, self._LEFT
        found = [
            element("line", x1=left, y1=bottom, x2=self.WIDTH - self._RIGHT, y2=bottom, class_="axis"),
            element("line", x1=left, y1=self._TOP, x2=left, y2=bottom, class_="axis"),
        ]
        found += [_tick(f"{tick:g}", self.x(tick), bottom + 17, "middle") for tick in self._across.ticks]
        found += [_tick(f"{tick:g}", left - 7, self.y(tick) + 4, "end") for tick in self._upright.ticks]
        middle = (left + self.WIDTH - self._RIGHT) / 2
        found.append(_tick(self._across.title, middle, self.HEIGHT - 8, "middle"))
        turned = f"rotate(-90 12 {bottom / 2 + self._TOP / 2:.1f})"
        found.append(
            element(
                "text",
                self._upright.title,
                x=12.0,
                y=bottom / 2 + self._TOP / 2,
                text_anchor="middle",
                class_="small soft",
                transform=turned,
            )
        )
        return found


def _tick(text: str, x: float, y: float, anchor: str) -> Markup:
    return element("text", text, x=x, y=y, text_anchor=anchor, class_="small soft")


def crossing(below: float, above: float, rises: Sequence[float]) -> float:
    """Where evenly spaced values between two places first pass one half; the nearer end if they do not."""
    step = (above - below) / (len(rises) - 1)
    for i, (a, b) in enumerate(pairwise(rises)):
        if (a - 0.5) * (b - 0.5) <= 0 and a != b:
            return below + step * (i + (0.5 - a) / (b - a))
    return above if rises[0] < 0.5 else below
