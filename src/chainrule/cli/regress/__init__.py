"""The commands of the task `regress`, a module each: ``finetune``, ``curve``, ``evaluate``, ``predict``."""
