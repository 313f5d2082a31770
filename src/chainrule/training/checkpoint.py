"""Checkpoints: folders that are complete before anything points at them.

A checkpoint holds ``arrays.safetensors``, ``state.json`` and, written last, ``manifest.json`` with the
size and hash of both. It is made under a temporary name, synced and renamed; then ``latest`` is replaced to
name it; then older ones are removed, all but the previous one. So a kill, a full disk or a damaged file
costs at most the steps since the previous checkpoint.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.errors import CheckpointError
from chainrule.training.environment import describe_environment
from chainrule.training.files import json_bytes, read_json, sync_folder, write_bytes, write_whole
from chainrule.training.state_tree import join_state, split_state
from chainrule.training.weights import decode_arrays, encode_arrays

__all__ = ["FORMAT", "Checkpoint", "CheckpointFolder"]

#: Version of the layout; a reader refuses a higher one.
FORMAT = 1

_PREFIX, _TEMPORARY = "step-", ".unfinished-"
_ARRAYS, _STATE, _MANIFEST, _LATEST = "arrays.safetensors", "state.json", "manifest.json", "latest"


@dataclass(frozen=True)
class Checkpoint:
    """What was saved, as it is read back.

    Attributes
    ----------
    step : int
        The number of steps done.
    state : dict
        What was given to `CheckpointFolder.save`.
    environment : dict of str to str
        The machine that wrote it.
    notes : tuple of str
        What the user should know, for instance that a newer checkpoint was damaged.
    """

    step: int
    state: dict[str, Any]
    environment: dict[str, str]
    notes: tuple[str, ...] = ()


class CheckpointFolder:
    """The checkpoints of one run.

    Parameters
    ----------
    path : Path
        The folder; it is made with the first checkpoint.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._good: list[str] = []  # those we wrote or read ourselves, the newest last

    @functools.cached_property
    def _environment(self) -> dict[str, str]:
        return describe_environment()

    def save(self, step: int, state: Mapping[str, Any]) -> None:
        """Save a state as the newest checkpoint.

        Parameters
        ----------
        step : int
            The number of steps done.
        state : mapping
            Nested dicts, lists and tuples of arrays, numbers and texts.

        Raises
        ------
        CheckpointError
            When it cannot be written; the checkpoints before it are then untouched.
        """
        temporary = self.path / f"{_TEMPORARY}{os.getpid()}"
        final = self.path / f"{_PREFIX}{step:010d}"
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._write(temporary, step, state)
            self._publish(temporary, final)
        except OSError as error:
            shutil.rmtree(temporary, ignore_errors=True)
            raise CheckpointError(
                f"the checkpoint of step {step} could not be saved in {self.path}: "
                f"{error.strerror or error}; {self._last_good()}"
            ) from error
        self._remove_others(final.name)

    def load(self) -> Checkpoint | None:
        """Load the newest checkpoint that is whole.

        Returns
        -------
        Checkpoint or None
            None when nothing was ever saved.

        Raises
        ------
        CheckpointError
            When all are damaged, or one was written by a newer version.
        """
        problems: list[str] = []
        for folder in self._candidates():
            try:
                found = _read(folder)
            except _DamagedError as error:
                problems.append(f"checkpoint {folder.name} is damaged ({error})")
                continue
            self._good = [folder.name]
            notes = [f"{problem}; going back to step {found.step}" for problem in problems]
            return Checkpoint(found.step, found.state, found.environment, tuple(notes))
        if problems:
            raise CheckpointError(f"no checkpoint in {self.path} is whole: " + "; ".join(problems))
        return None

    def _write(self, folder: Path, step: int, state: Mapping[str, Any]) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        tree, arrays = split_state(state)
        contents = {_ARRAYS: encode_arrays(arrays), _STATE: json_bytes(tree)}
        for name, data in contents.items():
            write_bytes(folder / name, data)
        manifest = {
            "format": FORMAT,
            "step": step,
            "files": {name: _fingerprint(data) for name, data in contents.items()},
            "environment": self._environment,
        }
        write_bytes(folder / _MANIFEST, json_bytes(manifest))
        sync_folder(folder)

    def _publish(self, temporary: Path, final: Path) -> None:
        if final.exists():  # the damaged or forgotten checkpoint of a run that went back and came here again
            aside = self.path / f"{_TEMPORARY}{final.name}"
            shutil.rmtree(aside, ignore_errors=True)
            os.replace(final, aside)
        os.replace(temporary, final)
        sync_folder(self.path)
        write_whole(self.path / _LATEST, final.name.encode() + b"\n")

    def _remove_others(self, current: str) -> None:
        """Keep this checkpoint and the last good one; others are older, damaged, or of a future given up."""
        self._good = [*[name for name in self._good if name != current][-1:], current]
        for folder in self.path.glob(f"{_PREFIX}*"):
            if folder.name not in self._good:
                shutil.rmtree(folder, ignore_errors=True)
        for leftover in self.path.glob(f"{_TEMPORARY}*"):
            shutil.rmtree(leftover, ignore_errors=True)

    def _candidates(self) -> Iterator[Path]:
        """The one that is pointed at, then the others from the newest on."""
        latest = None
        with contextlib.suppress(OSError, UnicodeDecodeError):
            latest = (self.path / _LATEST).read_text("utf-8").strip()
        folders = sorted(self.path.glob(f"{_PREFIX}*"), reverse=True) if self.path.is_dir() else []
        yield from sorted(folders, key=lambda folder: folder.name != latest)

    def _last_good(self) -> str:
        for folder in self._candidates():
            with contextlib.suppress(_DamagedError, CheckpointError):
                return f"the checkpoint of step {_read(folder).step} is intact"
        return "there is no earlier one"


class _DamagedError(Exception):
    """This checkpoint cannot be used; an earlier one may."""


def _read(folder: Path) -> Checkpoint:
    manifest = _read_manifest(folder)
    try:
        contents = {name: (folder / name).read_bytes() for name in (_ARRAYS, _STATE)}
        for name, data in contents.items():
            if _fingerprint(data) != manifest["files"][name]:
                raise _DamagedError(f"{name} is not what was written")
        state = join_state(json.loads(contents[_STATE]), decode_arrays(contents[_ARRAYS], _ARRAYS))
        return Checkpoint(manifest["step"], state, manifest["environment"])
    except OSError as error:
        raise _DamagedError(f"{Path(error.filename or folder).name}: {error.strerror or error}") from None
    except (KeyError, TypeError, ValueError, CheckpointError) as error:
        raise _DamagedError(f"{type(error).__name__}: {error}") from None


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = read_json(folder / _MANIFEST)
    except (OSError, CheckpointError) as error:
        raise _DamagedError(str(error)) from None
    version = manifest.get("format")
    if not isinstance(version, int):
        raise _DamagedError(f"{_MANIFEST} has no format version")
    if version > FORMAT:
        raise CheckpointError(
            f"{folder} was written by a newer chainrule (checkpoint format {version}, this version reads up "
            f"to {FORMAT}): install a newer version to use it"
        )
    return manifest


def _fingerprint(data: bytes) -> dict[str, Any]:
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
