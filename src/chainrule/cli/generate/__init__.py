"""The commands of the task `generate`, a module each: ``finetune``; ``evaluate``, ``generate`` as for `causal`."""
