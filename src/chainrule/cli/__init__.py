"""The ``chainrule`` command: a file a command."""

from chainrule.cli.main import main

__all__ = ["main"]
