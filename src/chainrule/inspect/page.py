"""Building blocks of self-contained pages: one file, no script, no request to any address.

A page follows the reader's light or dark setting and fits a phone: what is wider than the screen scrolls by itself.
"""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any


class Markup(str):
    """HTML that is to be taken as it is. Any other string is text, and is escaped."""

    __slots__ = ()


def markup(value: Any) -> Markup:
    """`value` as HTML: escaped unless it is `Markup` already."""
    return value if isinstance(value, Markup) else Markup(escape(str(value)))


def joined(parts: Iterable[Any], between: str = "") -> Markup:
    """Several pieces in a row."""
    return Markup(between.join(markup(part) for part in parts))


def element(tag: str, *content: Any, **attributes: Any) -> Markup:
    """An HTML or SVG element; ``class_`` and ``text_anchor`` become ``class`` and ``text-anchor``."""
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(_number(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{written}>{joined(content)}</{tag}>")


def _number(value: Any) -> str:
    """Coordinates need no more than two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def paragraph(*content: Any) -> Markup:
    """Text."""
    return element("p", *content)


def emphasis(text: Any) -> Markup:
    """Important text."""
    return element("strong", text)


def code(text: Any) -> Markup:
    """A piece of code or a formula within text."""
    return element("code", text)


def block(text: Any) -> Markup:
    """Code or formulas on lines of their own."""
    return element("pre", element("code", text))


def table(
    titles: Sequence[Any], rows: Iterable[Sequence[Any]], *, text: Iterable[int] = (0,), title: str = ""
) -> Markup:
    """Rows of cells. The columns in `text` are set left, all others right as numbers."""
    left = set(text)

    def line(tag: str, cells: Sequence[Any]) -> Markup:
        return element("tr", *(element(tag, cell, class_=None if i in left else "n") for i, cell in enumerate(cells)))

    caption = element("caption", title) if title else Markup()
    body = element("tbody", *(line("td", row) for row in rows))
    return wide(element("table", caption, element("thead", line("th", titles)), body))


def over(first: Any, second: Any) -> Markup:
    """Two lines in one cell, the second one small."""
    return element("div", first, element("small", second))


def wide(content: Any) -> Markup:
    """Something that may be wider than a phone, and then scrolls by itself."""
    return element("div", content, class_="wide", tabindex=0)


def figure(picture: Markup, caption: Any, *, small: bool = False) -> Markup:
    """A picture with a line under it. A small one shrinks to the screen, another one scrolls."""
    shown = element("div", picture, class_="small") if small else wide(picture)
    return element("figure", shown, element("figcaption", caption))


def gallery(pictures: Iterable[tuple[Markup, Any]]) -> Markup:
    """Small pictures with a line under each, as many beside each other as fit."""
    figures = (element("figure", picture, element("figcaption", caption)) for picture, caption in pictures)
    return element("div", *figures, class_="gallery small")


def listing(points: Iterable[Any]) -> Markup:
    """Points, one under the other."""
    return element("ul", *(element("li", point) for point in points))


def svg(width: float, height: float, *content: Any, label: str) -> Markup:
    """A drawing in its natural size."""
    box = f"0 0 {_number(float(width))} {_number(float(height))}"
    size = {"width": float(width), "height": float(height), "viewBox": box}
    return element("svg", *content, xmlns="http://www.w3.org/2000/svg", role="img", aria_label=label, **size)


def section(title: str, *content: Any, number: int | None = None) -> Markup:
    """A part of the page under a heading."""
    mark = Markup() if number is None else element("span", number, class_="step")
    return element("section", element("h2", mark, title), *content)


def facts(pairs: Iterable[tuple[str, Any]]) -> Markup:
    """A row of numbers with their names."""
    return element("dl", *(element("div", element("dt", name), element("dd", value)) for name, value in pairs))


def document(title: str, lead: Any, *sections: Any) -> str:
    """A whole page."""
    head = joined(
        [
            Markup('<meta charset="utf-8">'),
            Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            Markup('<meta name="color-scheme" content="light dark">'),
            Markup('<link rel="icon" href="data:,">'),
            element("title", title),
            element("style", Markup(_STYLE)),
        ],
        "\n",
    )
    header = element("header", element("h1", title), element("p", lead, class_="lead"))
    footer = element("footer", "Made by chainrule. Every number on this page was computed when it was written.")
    body = joined([header, element("main", *sections), footer], "\n")
    return f'<!doctype html>\n<html lang="en">\n<head>\n{head}\n</head>\n<body>\n{body}\n</body>\n</html>\n'


def write(path: Path, content: str) -> Path:
    """Save a page."""
    path.write_text(content, encoding="utf-8")
    return path


# Blue is what goes forward, orange what comes back, on every page.
_STYLE = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
