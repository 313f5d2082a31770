"""``chainrule warmup``."""

from __future__ import annotations

import click

__all__ = ["warmup"]


@click.command()
def warmup() -> None:
    """Compile the CPU kernels now instead of at their first use.

    They are kept in the user's cache folder. Run it while building a container image, with XDG_CACHE_HOME set to
    a folder of the image.

    \b
    Example:
      chainrule warmup
    """
    from chainrule.kernels.cpu.compiler import cache_folder
    from chainrule.kernels.cpu.compiler import warmup as compile_kernels

    click.echo(f"{compile_kernels()} kernels are ready in {cache_folder()}")
