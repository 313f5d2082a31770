"""The commands of the task `mae`, a module each: ``pretrain``, ``evaluate``."""
