"""A drawing of a kernel on an image: pixels, weights, sums, and the place where the kernel stands."""

from collections.abc import Callable

import numpy as np

from chainrule.inspect.page import Markup, element, svg

_CELL = 34.0


def sliding(patch: np.ndarray, kernel: np.ndarray, sums: np.ndarray, place: tuple[int, int]) -> Markup:
    """Draw the kernel at one place.

    Parameters
    ----------
    patch : ndarray of int, shape (5, 5)
        Brightness, from 0 to 255.
    kernel, sums : ndarray of int, shape (3, 3)
        Weights, and what comes out.
    place : tuple of int
        Row and column of the kernel.

    Returns
    -------
    Markup
        An SVG that fits the width of a phone.
    """
    row, column = place
    wide = 5 * _CELL
    right = wide + 44.0
    parts = [
        *_title("pixels", 0.0, 0.0),
        *_grid(patch, 0.0, 20.0, _CELL, _pixel_style),
        _mark(column * _CELL, 20.0 + row * _CELL, 3 * _CELL),
        *_title("kernel", right, 0.0),
        *_grid(kernel, right, 20.0, _CELL, _weight_style),
        *_title("sums", right, 138.0),
        *_grid(sums, right, 158.0, _CELL + 4, lambda _: ("fill:none", "fill:var(--ink)")),
        _mark(right + column * (_CELL + 4), 158.0 + row * (_CELL + 4), _CELL + 4),
        element("text", "\u00d7", x=wide + 22.0, y=20.0 + 1.5 * _CELL + 5, text_anchor="middle", class_="strong"),
    ]
    return svg(334.0, 276.0, *parts, label=f"the kernel at row {row + 1}, column {column + 1}")


def _title(text: str, x: float, y: float) -> list[Markup]:
    return [element("text", text, x=x, y=y + 13.0, class_="small soft")]


def _grid(
    numbers: np.ndarray, x: float, y: float, cell: float, style: Callable[[int], tuple[str, str]]
) -> list[Markup]:
    parts = []
    for (i, j), number in np.ndenumerate(numbers):
        ground, ink = style(int(number))
        left, top = x + j * cell, y + i * cell
        parts.append(element("rect", x=left, y=top, width=cell, height=cell, class_="cell", style=ground))
        text = str(number).replace("-", "\u2212")
        middle = {"x": left + cell / 2, "y": top + cell / 2 + 4.5, "text_anchor": "middle"}
        parts.append(element("text", text, **middle, style=ink, class_="small"))
    return parts


def _pixel_style(brightness: int) -> tuple[str, str]:
    ink = "#111111" if brightness > 110 else "#ffffff"
    return f"fill:rgb({brightness},{brightness},{brightness})", f"fill:{ink}"


def _weight_style(weight: int) -> tuple[str, str]:
    if not weight:
        return "fill:none", "fill:var(--ink)"
    side = "backward" if weight > 0 else "forward"
    return f"fill:var(--{side}-fill)", f"fill:var(--{side})"


def _mark(x: float, y: float, size: float) -> Markup:
    return element("rect", x=x, y=y, width=size, height=size, class_="mark")
