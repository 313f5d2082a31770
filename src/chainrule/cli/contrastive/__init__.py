"""The commands of the task `contrastive`, a module each: ``pretrain``, ``evaluate``."""
