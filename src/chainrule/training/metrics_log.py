"""``metrics.jsonl``: one JSON object a line, cut back when a run resumes from before its end."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from chainrule.errors import CheckpointError

__all__ = ["MetricsLog", "best_scores"]


class MetricsLog:
    """Appends records to a file.

    Parameters
    ----------
    path : Path
        The file; it is made when missing.
    offset : int
        How much of it to keep, in bytes.
    """

    def __init__(self, path: Path, offset: int) -> None:
        # Without a buffer nothing is left to be written when it is closed after an error.
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115 - closed by close()
        if offset < self._file.tell():
            self._file.truncate(offset)
            self._file.seek(offset)

    def append(self, record: dict[str, Any]) -> None:
        """Add one line.

        Parameters
        ----------
        record : dict
            Numbers and texts by name.

        Raises
        ------
        CheckpointError
            When the line cannot be written.
        """
        line = json.dumps(record, allow_nan=False).encode() + b"\n"
        try:
            while line:
                line = line[self._file.write(line) :]
        except OSError as error:
            raise CheckpointError(f"{self._file.name} could not be written: {error.strerror or error}") from error

    def sync(self) -> int:
        """Wait until all lines are on the disk.

        Returns
        -------
        int
            The length of the file in bytes.
        """
        os.fsync(self._file.fileno())
        return self._file.tell()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def best_scores(path: Path) -> dict[str, Any]:
    """Read the measurement of the weights that a run keeps as its model.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict of str to object
        The last record that was the best so far; empty where there is none.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError:
        return {}
    records = map(json.loads, reversed(lines))
    return next((record for record in records if record.get("best")), {})
