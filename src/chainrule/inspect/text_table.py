"""Tables and blocks for a terminal."""

import textwrap
from collections.abc import Collection, Iterable, Sequence

WIDTH = 80  # of a terminal that nobody made wider


def columns(rows: Sequence[Sequence[str]], left: Collection[int] = (0,)) -> list[str]:
    """Lines of cells under each other: the columns in `left` set left, all others right as numbers."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [
        "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))
        ).rstrip()
        for row in rows
    ]


def indented(lines: Sequence[str]) -> str:
    """Lines moved in by two characters."""
    return "\n".join(f"  {line}".rstrip() for line in lines)


def paragraph(text: str) -> str:
    """Sentences in lines that fit a terminal."""
    return textwrap.fill(text, WIDTH, break_on_hyphens=False)


def filled(text: str) -> str:
    """Sentences as a paragraph, moved in by two characters."""
    return textwrap.fill(text, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)


def fitting(tables: Iterable[list[str]]) -> list[str]:
    """The first of some tables, the fullest first, that fits a terminal when moved in by two characters."""
    for lines in tables:
        if max(map(len, lines)) <= WIDTH - 2:
            break
    return lines
