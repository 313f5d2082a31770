"""What tells a Transformer where in a sequence a symbol stands."""

import functools
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.backend import Array
from chainrule.nn import init
from chainrule.nn.checks import check_last_axis, check_sizes
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.random import Generator


class LearnedPositions(Module):
    """Adds a learned vector for each place (J. Gehring et al., 2017, arXiv 1705.03122), as GPT-2 and BERT do.

    Parameters
    ----------
    max_length : int
        The number L of places.
    width : int
        The length D of a vector.
    generator : Generator, optional
        Draws the initial vectors, normal with deviation 0.02; the ambient one by default.

    Raises
    ------
    ValueError
        If a size is not a positive whole number.
    """

    weight: Parameter  # (L, D)

    def __init__(self, max_length: int, width: int, *, generator: Generator | None = None):
        check_sizes("LearnedPositions", max_length=max_length, width=width)
        self.max_length, self.width = max_length, width
        self.weight = Parameter(np.empty((max_length, width), np.float32))
        init.normal_(self.weight, std=0.02, generator=generator)

    def forward(self, x: Any, places: Any = None) -> Any:
        """Add the vectors of places.

        Parameters
        ----------
        x : Tensor or Array, shape (..., T, D)
            What stands there.
        places : Array of int, shape (..., T), optional
            Where each stands; 0, 1, ... by default.

        Returns
        -------
        Tensor, shape (..., T, D)
            The sums.

        Raises
        ------
        ValueError
            If there are more places than vectors, or the width differs.
        IndexError
            If a place is beyond the last vector.
        """
        check_last_axis(self, x, self.width)
        if places is not None:
            return x + ops.embedding(places, self.weight)
        if x.shape[-2] > self.max_length:
            raise ValueError(f"{self.title()} got a sequence of {x.shape[-2]}: shorten it, or make max_length larger")
        return x + self.weight[: x.shape[-2]]

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"{self.max_length}, {self.width}"


class SinusoidalPositions(Module):
    """Adds sines and cosines of places, at wavelengths from 2 pi to 10,000 * 2 pi (A. Vaswani et al., 2017).

    The sines stand in the first half of the features and the cosines in the second, for any number of places.

    Parameters
    ----------
    width : int
        The number D of features, even.

    Raises
    ------
    ValueError
        If `width` is not an even positive whole number.
    """

    def __init__(self, width: int):
        _check_even("SinusoidalPositions", width)
        self.width = width

    def forward(self, x: Any, places: Any = None) -> Any:
        """Add the waves at places.

        Parameters
        ----------
        x : Tensor or Array, shape (..., T, D)
            What stands there.
        places : Array of int, shape (..., T), optional
            Where each stands; 0, 1, ... by default.

        Returns
        -------
        Tensor, shape (..., T, D)
            The sums.

        Raises
        ------
        ValueError
            If the width differs.
        """
        check_last_axis(self, x, self.width)
        if places is None:
            sine, cosine = _waves(x.shape[-2], self.width, 1e4)
            table = np.concatenate([sine, cosine], axis=-1)
            return x + ops.asarray(table, dtype=x.dtype)
        sine, cosine = _waves_at(places, self.width, 1e4, x.dtype)
        return x + ops.concatenate([sine, cosine], axis=-1)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"{self.width}"


class RotaryPositions(Module):
    """Turns pairs of features by angles that grow with the place (J. Su et al., 2021, arXiv 2104.09864).

    Applied to queries and keys, it makes their products depend on the distance of their places. Feature i is paired
    with feature i + D / 2, as in GPT-NeoX and Llama.

    Parameters
    ----------
    width : int
        The number D of features of a head, even.
    base : float, default 10000
        The longest wavelength over 2 pi.

    Raises
    ------
    ValueError
        If `width` is not an even positive whole number.
    """

    def __init__(self, width: int, base: float = 1e4):
        _check_even("RotaryPositions", width)
        self.width, self.base = width, base

    def forward(self, x: Any, places: Any = None) -> Any:
        """Turn features.

        Parameters
        ----------
        x : Tensor or Array, shape (..., T, D)
            Queries or keys.
        places : Array of int, optional
            Where each stands, broadcast to (..., T); 0, 1, ... by default.

        Returns
        -------
        Tensor, shape (..., T, D)
            The turned features.

        Raises
        ------
        ValueError
            If the width differs.
        """
        check_last_axis(self, x, self.width)
        if places is None:
            sine, cosine = (ops.asarray(wave, dtype=x.dtype) for wave in _waves(x.shape[-2], self.width, self.base))
        else:
            sine, cosine = _waves_at(places, self.width, self.base, x.dtype)
        half = self.width // 2
        left, right = x[..., :half], x[..., half:]
        return ops.concatenate([left * cosine - right * sine, right * cosine + left * sine], axis=-1)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"{self.width}, base={self.base:g}"


def _check_even(owner: str, width: int) -> None:
    check_sizes(owner, width=width)
    if width % 2:
        raise ValueError(f"{owner} expected an even width, but got {width}")


@functools.lru_cache(maxsize=64)
def _waves(length: int, width: int, base: float) -> tuple[np.ndarray, np.ndarray]:
    """Sine and cosine of the first places: (length, width / 2)."""
    angles = np.arange(length)[:, None] * _frequencies(width, base)
    return np.sin(angles).astype(np.float32), np.cos(angles).astype(np.float32)


def _waves_at(places: Any, width: int, base: float, dtype: Any) -> tuple[Array, Array]:
    """Sine and cosine at places (..., T): (..., T, width / 2); in double precision where the backend has it."""
    frequencies = _frequencies(width, base)
    if isinstance(places, np.ndarray):
        angles = places[..., None] * frequencies
        return ops.asarray(np.sin(angles), dtype=dtype), ops.asarray(np.cos(angles), dtype=dtype)
    angles = ops.expand_dims(ops.asarray(places, dtype=dtype), -1) * ops.asarray(frequencies, dtype=dtype)
    return ops.sin(angles), ops.cos(angles)


def _frequencies(width: int, base: float) -> np.ndarray:
    return base ** (-2.0 * np.arange(width // 2) / width)
