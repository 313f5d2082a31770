"""The unit of the numbers that a model learns to estimate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from chainrule.errors import CheckpointError, DataError

__all__ = ["Scale"]


class Scale(NamedTuple):
    """How numbers of the user's unit are those that a model learns, which have mean 0 and deviation 1.

    Parameters
    ----------
    mean, deviation : float
        Of the numbers to learn from.
    """

    mean: float
    deviation: float

    @classmethod
    def of(cls, numbers: Any) -> Scale:
        """Measure numbers.

        Parameters
        ----------
        numbers : array-like of float, shape (N,)
            Those to learn from.

        Returns
        -------
        Scale
            Their mean and deviation.

        Raises
        ------
        DataError
            When they are all the same.
        """
        numbers = np.asarray(numbers, np.float64)
        if np.ptp(numbers) == 0:
            raise DataError(
                f"all {len(numbers)} numbers to learn from are {numbers[0]:g}: give texts with different ones"
            )
        return cls(float(numbers.mean()), float(numbers.std()))

    @classmethod
    def from_json(cls, described: Mapping[str, Any]) -> Scale:
        """Read what a run says of its numbers.

        Parameters
        ----------
        described : mapping
            The result of `to_json`, among others.

        Returns
        -------
        Scale
            Their mean and deviation.

        Raises
        ------
        CheckpointError
            When they are missing.
        """
        try:
            return cls(float(described["mean"]), float(described["deviation"]))
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"config.json does not say what numbers were learned from: {error}") from None

    def to_json(self) -> dict[str, float]:
        """Return what `from_json` takes.

        Returns
        -------
        dict of str to float
            The fields by name.
        """
        return self._asdict()

    def standardised(self, numbers: Any) -> np.ndarray:
        """Write numbers as a model learns them.

        Parameters
        ----------
        numbers : array-like of float, shape (N,)
            In the user's unit.

        Returns
        -------
        ndarray of float32, shape (N,)
            The numbers.
        """
        return ((np.asarray(numbers, np.float64) - self.mean) / self.deviation).astype(np.float32)

    def restored(self, estimates: np.ndarray) -> np.ndarray:
        """Write what a model estimates in the user's unit.

        Parameters
        ----------
        estimates : ndarray of float32, shape (N,)
            What a model says.

        Returns
        -------
        ndarray of float64, shape (N,)
            The estimates.
        """
        return self.mean + self.deviation * estimates.astype(np.float64)
