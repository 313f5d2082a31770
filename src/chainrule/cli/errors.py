"""From exceptions to one sentence and an exit status, in one place."""

from __future__ import annotations

import errno
from typing import Any

import click

from chainrule.errors import ChainruleError

__all__ = ["SafeGroup"]


class SafeGroup(click.Group):
    """A group whose commands end with one sentence where the user can help, and with a traceback where not."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command.

        Parameters
        ----------
        ctx : click.Context
            Click's context.

        Returns
        -------
        object
            The command's result.

        Raises
        ------
        click.ClickException
            For what the user can put right.
        """
        try:
            return super().invoke(ctx)
        except ChainruleError as error:
            raise click.ClickException(str(error)) from error
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            raise click.exceptions.Exit(130) from None
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # Click ends quietly when nobody reads on
            raise click.ClickException(_sentence(error)) from error


def _sentence(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason
