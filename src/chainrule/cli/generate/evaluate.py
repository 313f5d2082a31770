"""``chainrule evaluate`` for runs of the task `generate`."""

from chainrule.cli.causal.evaluate import evaluate

__all__ = ["evaluate"]
