"""``chainrule weights``."""

from __future__ import annotations

import click

__all__ = ["weights"]


@click.group()
def weights() -> None:
    """Show published weights: those that have a name, and what a file holds.

    \b
    Examples:
      chainrule weights list
      chainrule weights show model.safetensors
    """


@weights.command("list")
def list_weights() -> None:
    """List the published weights that have a name, what they are and how to get them.

    \b
    Example:
      chainrule weights list
    """
    from chainrule.interop import NAMED_WEIGHTS

    for named in NAMED_WEIGHTS:
        found = named.find()
        click.echo(f"{named.name}\t{named.content}")
        click.echo(f"  size:    {named.parameters:,} parameters, {named.size / 1e6:.1f} MB")
        click.echo(f"  licence: {named.licence}")
        click.echo(f"  gives:   {'a model' if named.builds else 'arrays only'}")
        click.echo(f"  here:    {found}" if found else f"  to get:  {named.carrier.advice}")


@weights.command("show")
@click.argument("name")
@click.option("--revision", metavar="COMMIT", help="Of a repository of the Hugging Face hub.")
def show(name: str, revision: str | None) -> None:
    """Show what weights hold, and what a model makes of them; nothing in a file is ever executed.

    NAME is a name of `chainrule weights list`, a file or folder, or a repository of the Hugging Face hub.

    \b
    Examples:
      chainrule weights show efficientnet-lite0
      chainrule weights show downloads/pytorch_model.bin
    """
    from chainrule.errors import WeightsError
    from chainrule.interop import load, load_model

    found = load(name, revision=revision)
    click.echo(str(found))
    try:
        click.echo(str(load_model(found).report))
    except WeightsError as error:
        click.echo(f"no model: {error}")
