"""``chainrule generate`` for runs of the task `generate`."""

from chainrule.cli.causal.generate import generate

__all__ = ["generate"]
