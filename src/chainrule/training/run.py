"""The folder of a run: all that a prediction, an evaluation or a resume needs.

::

    config.json          task, data, settings, stages, the machine that began it
    *_tokenizer.json     how text becomes numbers, one file a side
    model.safetensors    the weights with the best score so far
    metrics.jsonl        losses and scores by step
    checkpoints/         what a resume needs
    snapshots/           the weights of the last measurements, where they are kept
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, Self

import numpy as np

from chainrule.errors import CheckpointError, ConfigError
from chainrule.training.checkpoint import CheckpointFolder
from chainrule.training.environment import describe_environment
from chainrule.training.files import json_bytes, read_json, write_whole
from chainrule.training.snapshots import SnapshotFolder
from chainrule.training.stages import Plan
from chainrule.training.weights import load_weights, save_weights

__all__ = ["FORMAT", "RunConfig", "RunFolder"]

#: Version of the run folder's layout; a reader refuses a higher one.
FORMAT = 1

_CONFIG, _MODEL = "config.json", "model.safetensors"


@dataclass(frozen=True)
class RunConfig:
    """The content of ``config.json``.

    Attributes
    ----------
    task : str
        What is learned, for instance ``"seq2seq"``.
    data : dict
        Where the data came from and its fingerprint.
    settings : dict
        Every setting by name.
    plan : Plan
        The stages of the run.
    environment : dict of str to str
        The machine on which it began.
    """

    task: str
    data: dict[str, Any]
    settings: dict[str, Any]
    plan: Plan
    environment: dict[str, str] = dataclasses.field(default_factory=describe_environment)

    def to_json(self) -> dict[str, Any]:
        """Return the content of the file.

        Returns
        -------
        dict
            What `from_json` takes.
        """
        return {
            "format": FORMAT,
            "task": self.task,
            "data": self.data,
            "settings": self.settings,
            "stages": self.plan.to_json(),
            "environment": self.environment,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any], owner: str) -> Self:
        """Read the content of a file.

        Parameters
        ----------
        content : mapping
            The result of `to_json`.
        owner : str
            Which file, for the message.

        Returns
        -------
        RunConfig
            The configuration.

        Raises
        ------
        CheckpointError
            When something is missing or the format is newer than this version knows.
        """
        version = content.get("format")
        if not isinstance(version, int):
            raise CheckpointError(f"{owner} is not the config.json of a run: it has no format version")
        if version > FORMAT:
            raise CheckpointError(
                f"{owner} was written by a newer chainrule (run format {version}, this version reads up to "
                f"{FORMAT}): install a newer version to use it"
            )
        try:
            parts = {name: content[name] for name in ("task", "data", "settings", "environment")}
            return cls(plan=Plan.from_json(content["stages"], owner), **parts)
        except KeyError as error:
            raise CheckpointError(f"{owner} is damaged: it has no entry {error}") from None


class RunFolder:
    """A run's folder, opened with `create` or `open`.

    Parameters
    ----------
    path : Path
        The folder.
    config : RunConfig
        Its configuration.

    Attributes
    ----------
    checkpoints : CheckpointFolder
        What a resume needs.
    snapshots : SnapshotFolder
        The weights of the last measurements.
    """

    def __init__(self, path: Path, config: RunConfig) -> None:
        self.path = path
        self.checkpoints = CheckpointFolder(path / "checkpoints")
        self.snapshots = SnapshotFolder(path / "snapshots")
        self._config = config

    @classmethod
    def create(cls, path: Path, config: RunConfig, files: Mapping[str, Any]) -> Self:
        """Make the folder of a new run.

        Parameters
        ----------
        path : Path
            A folder that holds no run yet; it is made when missing.
        config : RunConfig
            The configuration.
        files : mapping of str to object
            Further JSON files by name, such as the tokenizers.

        Returns
        -------
        RunFolder
            The folder.

        Raises
        ------
        ConfigError
            When there is a run already.
        """
        cls.refuse_existing(path)
        path.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            write_whole(path / name, json_bytes(content))
        run = cls(path, config)
        run.save_config(config)  # last: with it the folder is a run
        return run

    @staticmethod
    def refuse_existing(path: Path) -> None:
        """Make sure that a new run overwrites none.

        Parameters
        ----------
        path : Path
            The folder for the new run.

        Raises
        ------
        ConfigError
            When there is a run already.
        """
        if (path / _CONFIG).exists():
            raise ConfigError(
                f"{path} already holds a run: choose another folder, delete it, or continue it with "
                f"`chainrule resume {path}`"
            )
        if path.exists() and not path.is_dir():
            raise ConfigError(f"{path} must be a folder, but it is a file")

    @classmethod
    def open(cls, path: RunFolder | str | PathLike[str]) -> RunFolder:
        """Open the folder of an existing run.

        Parameters
        ----------
        path : RunFolder, str or path-like
            The folder; one that is open already is returned as it is.

        Returns
        -------
        RunFolder
            The folder.

        Raises
        ------
        CheckpointError
            When it is not the folder of a run, is damaged, or was written by a newer version.
        """
        if isinstance(path, RunFolder):
            return path
        path = Path(path)
        if not (path / _CONFIG).is_file():
            raise CheckpointError(f"{path} is not the folder of a run: it has no {_CONFIG}")
        return cls(path, RunConfig.from_json(read_json(path / _CONFIG), str(path / _CONFIG)))

    def sweep(self) -> None:
        """Remove what a killed process left half-written; nobody else may be writing."""
        for folder in (self.path, self.checkpoints.path, self.snapshots.path):
            for leftover in folder.glob(".*.[0-9]*"):
                leftover.unlink(missing_ok=True)

    @property
    def config(self) -> RunConfig:
        """The configuration as it stands in the file."""
        return self._config

    def save_config(self, config: RunConfig) -> None:
        """Replace the configuration.

        Parameters
        ----------
        config : RunConfig
            The new one.
        """
        write_whole(self.path / _CONFIG, json_bytes(config.to_json()))
        self._config = config

    def save_plan(self, plan: Plan) -> None:
        """Replace the stages in the configuration.

        Parameters
        ----------
        plan : Plan
            The new ones.
        """
        self.save_config(dataclasses.replace(self._config, plan=plan))

    def copy(self, path: Path, arrays: Mapping[str, Any], **notes: Any) -> Self:
        """Make the folder of a run that differs in its weights alone, to predict and to be scored with.

        Parameters
        ----------
        path : Path
            A folder that holds no run yet.
        arrays : mapping of str to array
            The weights.
        **notes : object
            What is written down beside where the data came from.

        Returns
        -------
        RunFolder
            The folder; there is nothing in it for a resume.

        Raises
        ------
        ConfigError
            When there is a run already.
        CheckpointError
            When it cannot be written.
        """
        self.refuse_existing(path)
        path.mkdir(parents=True, exist_ok=True)
        own = (_CONFIG, _MODEL, self.metrics_path.name)
        for file in self.path.iterdir():
            if file.is_file() and not file.name.startswith(".") and file.name not in own:
                write_whole(path / file.name, file.read_bytes())
        run = type(self)(path, dataclasses.replace(self._config, data=self._config.data | notes))
        run.save_model(arrays)
        run.save_config(run.config)  # last: with it the folder is a run
        return run

    @property
    def metrics_path(self) -> Path:
        """Where losses and scores are written."""
        return self.path / "metrics.jsonl"

    @property
    def has_model(self) -> bool:
        """Whether there are weights to predict with."""
        return (self.path / _MODEL).is_file()

    def save_model(self, arrays: Mapping[str, Any]) -> None:
        """Replace the weights to predict with.

        Parameters
        ----------
        arrays : mapping of str to array
            The model's ``state_dict()``.
        """
        save_weights(self.path / _MODEL, arrays)

    def load_model(self) -> dict[str, np.ndarray]:
        """Load the weights to predict with.

        Returns
        -------
        dict of str to ndarray
            What the model's ``load_state_dict`` takes.

        Raises
        ------
        CheckpointError
            When there are none yet, or they are damaged.
        """
        if not self.has_model:
            raise CheckpointError(f"{self.path} has no model yet: finish the run with `chainrule resume {self.path}`")
        return load_weights(self.path / _MODEL)
