"""The commands of the task `tag`, a module each: ``finetune``, ``evaluate``, ``predict``."""
