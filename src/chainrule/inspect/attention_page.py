"""Pictures of attention: a row for each symbol of the answer, a column for each of the source."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from chainrule.inspect import page
from chainrule.inspect.attention import Alignment
from chainrule.inspect.page import Markup, element, paragraph, section

_CELL = 26.0
_LETTER = 7.6  # about the width of a character
_FAINT = 0.004  # lighter than this is not drawn


def heat_map(alignment: Alignment, weights: np.ndarray | None = None) -> Markup:
    """Draw where an answer looked.

    Parameters
    ----------
    alignment : Alignment
        The symbols.
    weights : ndarray, shape (T, S), optional
        What to draw; the mean over layers and heads by default.

    Returns
    -------
    Markup
        An SVG: the darker a square, the larger the weight; its tip says how large.
    """
    weights = alignment.mean if weights is None else weights
    source, target = alignment.source, alignment.target
    left = 14.0 + _LETTER * max(map(len, target))
    turned = max(map(len, source)) > 2
    top = 14.0 + _LETTER * max(map(len, source)) if turned else 24.0
    width, height = left + _CELL * len(source) + 2, top + _CELL * len(target) + 2
    parts = [_square(left + _CELL * s, top + _CELL * t, weights[t, s], f"{target[t]} looks at {source[s]}")
             for t in range(len(target)) for s in range(len(source)) if weights[t, s] >= _FAINT]  # fmt: skip
    frame = element("rect", x=left, y=top, width=_CELL * len(source), height=_CELL * len(target), class_="frame")
    rows = [
        element("text", symbol, x=left - 7, y=top + _CELL * (t + 0.5) + 4.5, text_anchor="end")
        for t, symbol in enumerate(target)
    ]
    columns = [_column(symbol, left + _CELL * (s + 0.5), top - 7, turned) for s, symbol in enumerate(source)]
    return page.svg(width, height, frame, *parts, *rows, *columns, label="attention of the answer to its source")


def _square(x: float, y: float, weight: float, said: str) -> Markup:
    tip = element("title", f"{said}: {weight:.3f}")
    size = {"x": x + 1, "y": y + 1, "width": _CELL - 2, "height": _CELL - 2, "rx": 3}
    return element("rect", tip, **size, style=f"fill:var(--forward);fill-opacity:{weight:.3f}")


def _column(symbol: str, x: float, y: float, turned: bool) -> Markup:
    if not turned:
        return element("text", symbol, x=x, y=y, text_anchor="middle")
    return element("text", symbol, x=x + 4, y=y, text_anchor="start", transform=f"rotate(-90 {x + 4:.1f} {y:.1f})")


def write(alignments: Sequence[Alignment], path: Path) -> Path:
    """Save a page with a picture for each answer.

    Parameters
    ----------
    alignments : sequence of Alignment
        The answers.
    path : Path
        The file. Opening it asks no other address for anything.

    Returns
    -------
    Path
        The file.
    """
    lead = (
        "Before it names a symbol, the decoder looks back at the source and averages what the encoder found there, by "
        "these weights: a row for each symbol of the answer, which add up to one; a column for each of the source."
    )
    return page.write(path, page.document("Attention", lead, *map(_part, alignments)))


def _part(alignment: Alignment) -> Markup:
    layers, heads = alignment.weights.shape[:2]
    several = layers * heads > 1
    caption = f"The mean over {layers} layers of {heads} heads each" if several else "The decoder's attention"
    parts = [page.figure(heat_map(alignment), caption)]
    if several:
        by_layer = alignment.weights.mean(axis=1)  # (layers, T, S)
        parts.append(paragraph("Layer by layer, the heads averaged:"))
        parts += [page.figure(heat_map(alignment, one), f"layer {i + 1}") for i, one in enumerate(by_layer)]
    title = f"{' '.join(alignment.source)} \u2192 {' '.join(alignment.target[:-1])}"
    return section(title, *parts)
