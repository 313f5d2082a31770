"""The settings that every training run shares, and the files they are read from."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.errors import ConfigError
from chainrule.training.settings import Settings, setting

__all__ = ["DURATIONS", "TrainingSettings", "merge_settings", "read_settings_file"]

#: The settings that say how long to train; giving one replaces the others.
DURATIONS = ("minutes", "epochs", "steps")


@dataclass(frozen=True)
class TrainingSettings(Settings):
    """How long to train, how to optimise, how often to evaluate and to save.

    A task adds its own fields in a subclass. Every field has a default; see ``chainrule train --help``.
    """

    minutes: float | None = setting(
        None,
        "Train for this long: a few steps are timed, then the number of steps is fixed.",
        group="Duration (give one)",
        above=0,
    )
    epochs: int = setting(20, "Passes over the training data.", group="Duration (give one)", minimum=1)
    steps: int | None = setting(None, "Number of batches.", group="Duration (give one)", minimum=1)

    learning_rate: float = setting(2e-3, "Highest learning rate.", group="Optimisation", above=0)
    warmup_steps: int = setting(
        100, "Steps over which the learning rate rises to its highest.", group="Optimisation", minimum=0
    )
    decay: str = setting(
        "linear",
        "How the learning rate falls to zero.",
        group="Optimisation",
        choices=("linear", "cosine", "constant"),
    )
    decay_fraction: float = setting(
        0.6, "The last part of the run, over which it falls.", group="Optimisation", minimum=0, maximum=1
    )
    weight_decay: float = setting(0.0, "AdamW's weight decay.", group="Optimisation", minimum=0)
    beta1: float = setting(0.9, "Adam's memory of the gradient.", group="Optimisation", minimum=0, below=1)
    beta2: float = setting(0.999, "Adam's memory of its square.", group="Optimisation", minimum=0, below=1)
    clip_norm: float | None = setting(
        1.0, "Largest norm of the gradient; longer ones are scaled down.", group="Optimisation", above=0
    )
    averaging: float = setting(
        0.999,
        "Evaluate and keep an exponential average of the weights with this memory; 0 turns it off.",
        group="Optimisation",
        minimum=0,
        below=1,
    )
    accumulate: int = setting(
        1,
        "Go through each batch in so many parts, which takes less memory; the result is that of the whole batch.",
        group="Optimisation",
        minimum=1,
    )
    seed: int = setting(0, "Where all random numbers start.", group="Optimisation", minimum=0)
    guard: bool = setting(
        False, "Stop at the first NaN or infinity and say where it was born; slower.", group="Optimisation"
    )

    evaluate_every: int = setting(
        1000, "Steps between two measurements on the development set.", group="Evaluation and saving", minimum=1
    )
    patience: int | None = setting(
        None,
        "End after this many measurements without a better score.",
        group="Evaluation and saving",
        minimum=1,
    )
    keep: int = setting(
        0,
        "Keep the weights of so many of the last measurements, for `chainrule average`.",
        group="Evaluation and saving",
        minimum=0,
    )
    log_every: int = setting(50, "Steps between two lines of metrics.jsonl.", group="Evaluation and saving", minimum=1)
    checkpoint_minutes: float = setting(
        1.0,
        "Minutes between two checkpoints; 0 saves after every step.",
        group="Evaluation and saving",
        minimum=0,
    )


def read_settings_file(path: Path) -> dict[str, Any]:
    """Read settings by name from a TOML file, or from JSON where the name ends in ``.json``.

    Parameters
    ----------
    path : Path
        The file. A run's ``config.json`` is returned whole, not its settings only.

    Returns
    -------
    dict of str to object
        What the file holds.

    Raises
    ------
    ConfigError
        When the file is not UTF-8, not TOML or JSON, or holds something other than named values.
    OSError
        When it cannot be read.
    """
    kind = "JSON" if path.suffix == ".json" else "TOML"
    try:
        text = path.read_bytes().decode("utf-8-sig")
        content = json.loads(text) if kind == "JSON" else tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} must be UTF-8 text, but byte {error.start + 1} is not") from None
    except ValueError as error:
        raise ConfigError(f"{path} is not valid {kind}: {error}") from None
    if not isinstance(content, dict):
        raise ConfigError(f"{path} must hold settings by name, got {type(content).__name__}")
    return content


def merge_settings(lower: Mapping[str, Any], upper: Mapping[str, Any], origin: str) -> dict[str, Any]:
    """Lay the settings of one source over those of another.

    Parameters
    ----------
    lower, upper : mapping of str to object
        Settings by name; `upper` wins. A duration in `upper` replaces every duration in `lower`.
    origin : str
        Where `upper` came from, for the message.

    Returns
    -------
    dict of str to object
        The merged settings.

    Raises
    ------
    ConfigError
        When `upper` gives more than one duration.
    """
    durations = [name for name in DURATIONS if upper.get(name) is not None]
    if len(durations) > 1:
        raise ConfigError(f"{origin}: give only one of {', '.join(DURATIONS)}, got {' and '.join(durations)}")
    kept = {name: value for name, value in lower.items() if not (durations and name in DURATIONS)}
    return kept | dict(upper)
