"""``chainrule doctor`` and ``--version``."""

from __future__ import annotations

import click

__all__ = ["doctor", "print_version"]


def print_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    """Print the version and the environment, and end.

    Parameters
    ----------
    ctx : click.Context
        Click's context.
    parameter : click.Parameter
        The option.
    value : bool
        Whether it was given.
    """
    if not value or ctx.resilient_parsing:
        return
    _print_facts()
    ctx.exit()


@click.command()
def doctor() -> None:
    """Show what a bug report needs: versions, processor, threads, BLAS, backends, folders.

    \b
    Example:
      chainrule doctor
    """
    from chainrule.data.named import NAMED_DATASETS
    from chainrule.kernels.cpu.compiler import cache_folder

    _print_facts()
    click.echo(f"kernels      {cache_folder()}")
    for dataset in NAMED_DATASETS:
        click.echo(f"{dataset.name:12} {dataset.find(None) or 'not on this machine: ' + dataset.obtain}")


def _print_facts() -> None:
    from chainrule.training.environment import describe_environment

    facts = describe_environment()
    click.echo(f"chainrule {facts.pop('chainrule')}")
    for name, fact in facts.items():
        click.echo(f"{name:12} {fact}")
    click.echo(f"backends     numpy{'' if facts['jax'] == 'not installed' else ', jax'}")
