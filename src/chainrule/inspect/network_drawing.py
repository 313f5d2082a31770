"""A drawing of the small network of the explanation: two inputs below, two hidden units, one answer on top."""

from collections.abc import Sequence
from typing import NamedTuple

from chainrule.inspect.page import Markup, element, svg


class Neuron(NamedTuple):
    """A value in the network.

    Attributes
    ----------
    name : str
        What it is called.
    value : str
        Its number; "" leaves only the name.
    """

    name: str
    value: str


class Wire(NamedTuple):
    """A line between two values.

    Attributes
    ----------
    lower, upper : int
        Which of the neurons it joins.
    label : str
        The number on it; "" for none.
    """

    lower: int
    upper: int
    label: str


# L, p, s, h1, h2, x1, x2
_CENTRES = ((167.0, 28.0), (167.0, 100.0), (167.0, 172.0), (72.0, 268.0), (262.0, 268.0), (72.0, 392.0), (262.0, 392.0))
_WIDTH, _HEIGHT = 104.0, 42.0


def network(neurons: Sequence[Neuron], wires: Sequence[Wire], *, back: bool) -> Markup:
    """Draw the network, with arrows up in blue or down in orange.

    Parameters
    ----------
    neurons : sequence of seven Neuron
        The loss, the probability, the score, two hidden units, two inputs.
    wires : sequence of Wire
        The lines.
    back : bool
        Whether the arrows go down.

    Returns
    -------
    Markup
        An SVG that fits the width of a phone.
    """
    colour = "backward" if back else "forward"
    lines = [_line(wire, back) for wire in wires]
    labels = [_label(wire, colour if back else "soft") for wire in wires if wire.label]
    boxes = [_box(neuron, centre, colour) for neuron, centre in zip(neurons, _CENTRES)]
    title = "the network, gradients going down" if back else "the network, values going up"
    return svg(334.0, 420.0, _head(colour), *lines, *labels, *boxes, label=title)


def _head(colour: str) -> Markup:
    return Markup(
        f'<defs><marker id="tip-{colour}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'orient="auto"><path d="M0 0.8 L7.5 4 L0 7.2 Z" fill="var(--{colour})"/></marker></defs>'
    )


def _line(wire: Wire, back: bool) -> Markup:
    (x1, y1), (x2, y2) = _ends(wire)
    if back:
        x1, y1, x2, y2 = x2, y2, x1, y1
    style, tip = ("back", "url(#tip-backward)") if back else ("ahead", "url(#tip-forward)")
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=style, stroke_width=1.5, marker_end=tip)


def _ends(wire: Wire) -> tuple[tuple[float, float], tuple[float, float]]:
    (x1, y1), (x2, y2) = _CENTRES[wire.lower], _CENTRES[wire.upper]
    lean = 14.0 * (x2 > x1) - 14.0 * (x2 < x1)
    return (x1 + lean, y1 - _HEIGHT / 2), (x2 - lean, y2 + _HEIGHT / 2)


def _label(wire: Wire, colour: str) -> Markup:
    (x1, y1), (x2, y2) = _ends(wire)
    along = 0.5 if x1 == x2 or abs(y2 - y1) < 60 else 0.24  # where wires cross, near the lower end
    x, y = x1 + along * (x2 - x1), y1 + along * (y2 - y1) + 4
    style = "soft" if colour == "soft" else f"{colour}-text"
    return element("text", wire.label, x=x, y=y, text_anchor="middle", class_=f"small halo {style}")


def _box(neuron: Neuron, centre: tuple[float, float], colour: str) -> Markup:
    x, y = centre
    kind = "top" if colour == "backward" else "leaf"
    frame = element(
        "rect",
        x=x - _WIDTH / 2,
        y=y - _HEIGHT / 2,
        width=_WIDTH,
        height=_HEIGHT,
        rx=10,
        class_=kind if neuron.value else "box",
    )
    if not neuron.value:
        return Markup(frame + element("text", neuron.name, x=x, y=y + 4.5, text_anchor="middle", class_="strong soft"))
    return Markup(
        frame
        + element("text", neuron.name, x=x, y=y - 4.0, text_anchor="middle", class_="small soft")
        + element("text", neuron.value, x=x, y=y + 13.0, text_anchor="middle", class_=f"strong {colour}-text")
    )
