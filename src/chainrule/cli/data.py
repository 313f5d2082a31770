"""``chainrule data``."""

from __future__ import annotations

import click

__all__ = ["data"]


@click.group()
def data() -> None:
    """Show the data sets that have a name.

    \b
    Example:
      chainrule data list
    """


@data.command("list")
def list_data() -> None:
    """List the data sets, what they hold and how to get them.

    \b
    Example:
      chainrule data list
    """
    from chainrule.data.named import NAMED_DATASETS

    for dataset in NAMED_DATASETS:
        found = dataset.find(None)
        click.echo(f"{dataset.name}\t{dataset.content}")
        click.echo(f"  for:     {dataset.command}")
        click.echo(f"  size:    {dataset.size}")
        click.echo(f"  licence: {dataset.licence}")
        click.echo(f"  here:    {found}" if found else f"  to get:  {dataset.obtain}")
