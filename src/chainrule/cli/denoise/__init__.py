"""The commands of the task `denoise`, a module each: ``pretrain``, ``evaluate``."""
