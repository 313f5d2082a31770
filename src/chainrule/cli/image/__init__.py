"""The commands of the task `image`, a module each: ``train``, ``predict``, ``evaluate``."""
