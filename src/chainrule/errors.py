"""What goes wrong outside the program: each message is one sentence that the command line prints as it is."""

__all__ = ["ChainruleError", "CheckpointError", "ConfigError", "DataError", "WeightsError"]


class ChainruleError(Exception):
    """Something the user can put right; the message says what and how."""


class ConfigError(ChainruleError, ValueError):
    """A setting is unknown, of the wrong type or out of range."""


class DataError(ChainruleError, ValueError):
    """Input data cannot be read or does not fit the model."""


class CheckpointError(ChainruleError):
    """A checkpoint or a run folder cannot be read or written."""


class WeightsError(ChainruleError, ValueError):
    """A file of weights cannot be had or read, or does not fit the model."""
