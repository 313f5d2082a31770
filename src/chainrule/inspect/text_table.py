"""Tables and blocks for a terminal."""

import textwrap
from collections.abc import Collection, Sequence


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


def filled(text: str, width: int = 100) -> str:
    """Sentences as a paragraph, moved in by two characters, in lines of at most `width`."""
    return textwrap.fill(text, width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
