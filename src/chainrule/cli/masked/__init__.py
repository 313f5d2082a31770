"""The commands of the task `masked`, a module each: ``pretrain``, ``evaluate``, ``predict``."""
