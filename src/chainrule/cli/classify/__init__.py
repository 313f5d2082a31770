"""The commands of the task `classify`, a module each: ``finetune``, ``evaluate``, ``predict``."""
