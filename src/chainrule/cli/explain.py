"""``chainrule explain``."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["explain"]


@click.group()
def explain() -> None:
    """Explain how it works, with numbers computed on the spot.

    \b
    Examples:
      chainrule explain backprop
      chainrule explain backprop --html backprop.html
    """


@explain.command("backprop")
@click.option(
    "--html", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write a page with pictures to this file."
)
def backprop(path: Path | None) -> None:
    """Explain backpropagation on a small network and a real flower.

    Values forward, the chain rule backward, the same derivatives from finite differences beside it, one step, and the
    loss falling. Takes three minutes to read.

    \b
    Examples:
      chainrule explain backprop
      chainrule explain backprop --html backprop.html
    """
    from chainrule.inspect import explain_backprop

    found = explain_backprop()
    if path is None:
        from chainrule.inspect.explain_backprop_text import as_text

        click.echo(as_text(found), nl=False)
    else:
        from chainrule.inspect.explain_backprop_page import write

        click.echo(f"Wrote {write(found, path)}; open it in a browser.")
