"""The commands of the task `causal`, a module each: ``pretrain``, ``evaluate``, ``generate``."""
