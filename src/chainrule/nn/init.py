"""Initial weights: each function overwrites a tensor's numbers and returns it, under PyTorch's names."""

import math
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.random import Generator, current_generator

__all__ = [
    "calculate_gain",
    "constant_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Draw from the uniform distribution.

    Parameters
    ----------
    tensor : Tensor
        A leaf of any shape; overwritten.
    a, b : float
        The limits.
    generator : Generator, optional
        The source; the ambient one by default.

    Returns
    -------
    Tensor
        The same tensor.
    """
    return tensor.write_(_source(generator).uniform(tensor.shape, a, b, dtype=np.float64))


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Draw from the normal distribution.

    Parameters
    ----------
    tensor : Tensor
        A leaf of any shape; overwritten.
    mean, std : float
        Its parameters.
    generator : Generator, optional
        The source; the ambient one by default.

    Returns
    -------
    Tensor
        The same tensor.
    """
    return tensor.write_(_source(generator).normal(tensor.shape, mean, std, dtype=np.float64))


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Draw from the normal distribution, again where a number falls outside of the limits.

    Parameters
    ----------
    tensor : Tensor
        A leaf of any shape; overwritten.
    mean, std : float
        Its parameters.
    a, b : float
        The limits, which must leave a fair part of the distribution.
    generator : Generator, optional
        The source; the ambient one by default.

    Returns
    -------
    Tensor
        The same tensor.

    Raises
    ------
    ValueError
        If the limits leave too little.
    """
    if not a < b or a > mean + 2 * std or b < mean - 2 * std:
        raise ValueError(f"trunc_normal_ expected limits around the mean {mean} with std {std}, but got {a} and {b}")
    source = _source(generator)
    values = source.normal(tensor.shape, mean, std, dtype=np.float64)
    while (outside := (values < a) | (values > b)).any():
        values[outside] = source.normal((int(outside.sum()),), mean, std, dtype=np.float64)
    return tensor.write_(values)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """Write one number everywhere.

    Parameters
    ----------
    tensor : Tensor
        A leaf of any shape; overwritten.
    val : float
        The number.

    Returns
    -------
    Tensor
        The same tensor.
    """
    return tensor.write_(np.full(tensor.shape, val))


def zeros_(tensor: Tensor) -> Tensor:
    """Write zeros into a leaf, and return it."""
    return constant_(tensor, 0.0)


def ones_(tensor: Tensor) -> Tensor:
    """Write ones into a leaf, and return it."""
    return constant_(tensor, 1.0)


def eye_(tensor: Tensor) -> Tensor:
    """Write the identity matrix into a leaf of two axes, and return it."""
    if tensor.ndim != 2:
        raise ValueError(f"eye_ expected a tensor of two axes, but got shape {tensor.shape}")
    return tensor.write_(np.eye(tensor.shape[0], tensor.shape[1]))


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Draw uniformly so that signals keep their variance in both directions (X. Glorot and Y. Bengio, 2010).

    The limits are ``+-gain * sqrt(6 / (fan_in + fan_out))``.

    Parameters
    ----------
    tensor : Tensor
        A leaf of shape (out, in, ...); overwritten.
    gain : float, default 1
        What the numbers are multiplied by.
    generator : Generator, optional
        The source; the ambient one by default.

    Returns
    -------
    Tensor
        The same tensor.

    Raises
    ------
    ValueError
        If the tensor has fewer than two axes.
    """
    limit = gain * math.sqrt(6.0 / sum(_fans(tensor)))
    return uniform_(tensor, -limit, limit, generator=generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Draw normally so that signals keep their variance in both directions (X. Glorot and Y. Bengio, 2010).

    The standard deviation is ``gain * sqrt(2 / (fan_in + fan_out))``.

    Parameters
    ----------
    tensor : Tensor
        A leaf of shape (out, in, ...); overwritten.
    gain : float, default 1
        What the numbers are multiplied by.
    generator : Generator, optional
        The source; the ambient one by default.

    Returns
    -------
    Tensor
        The same tensor.

    Raises
    ------
    ValueError
        If the tensor has fewer than two axes.
    """
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(_fans(tensor))), generator=generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Draw uniformly so that signals keep their variance through ReLUs (K. He et al., 2015).

    The limits are ``+-gain * sqrt(3 / fan)``.

    Parameters
    ----------
    tensor : Tensor
        A leaf of shape (out, in, ...); overwritten.
    a : float, default 0
        The slope of a leaky ReLU below zero.
    mode : {"fan_in", "fan_out"}, default "fan_in"
        Whether the variance is kept forward or backward.
    nonlinearity : str, default "leaky_relu"
        Which function follows; see `calculate_gain`.
    generator : Generator, optional
        The source; the ambient one by default.

    Returns
    -------
    Tensor
        The same tensor.

    Raises
    ------
    ValueError
        If the tensor has fewer than two axes, or `mode` or `nonlinearity` is unknown.
    """
    limit = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -limit, limit, generator=generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0.0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Draw normally so that signals keep their variance through ReLUs (K. He et al., 2015).

    The standard deviation is ``gain / sqrt(fan)``.

    Parameters
    ----------
    tensor : Tensor
        A leaf of shape (out, in, ...); overwritten.
    a : float, default 0
        The slope of a leaky ReLU below zero.
    mode : {"fan_in", "fan_out"}, default "fan_in"
        Whether the variance is kept forward or backward.
    nonlinearity : str, default "leaky_relu"
        Which function follows; see `calculate_gain`.
    generator : Generator, optional
        The source; the ambient one by default.

    Returns
    -------
    Tensor
        The same tensor.

    Raises
    ------
    ValueError
        If the tensor has fewer than two axes, or `mode` or `nonlinearity` is unknown.
    """
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator=generator)


def orthogonal_(tensor: Tensor, gain: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Draw a matrix whose rows, or columns where they are fewer, are orthonormal (A. Saxe et al., 2013).

    Parameters
    ----------
    tensor : Tensor
        A leaf of shape (rows, ...), the other axes taken as one; overwritten.
    gain : float, default 1
        What the matrix is multiplied by.
    generator : Generator, optional
        The source; the ambient one by default.

    Returns
    -------
    Tensor
        The same tensor.

    Raises
    ------
    ValueError
        If the tensor has fewer than two axes.
    """
    _fans(tensor)
    rows = tensor.shape[0]
    drawn = _source(generator).normal((rows, tensor.size // rows), dtype=np.float64)
    wide = drawn.shape[0] < drawn.shape[1]
    q, r = np.linalg.qr(drawn.T if wide else drawn)
    q = q * np.sign(np.diag(r))  # without it, not every such matrix would be equally likely
    return tensor.write_(gain * (q.T if wide else q).reshape(tensor.shape))


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """Return by how much weights must be larger for what a function takes off the variance.

    Parameters
    ----------
    nonlinearity : str
        The function that follows: "linear", "sigmoid", "tanh", "relu", "leaky_relu" or "selu".
    param : float, optional
        The slope of a leaky ReLU below zero; 0.01 by default.

    Returns
    -------
    float
        The factor.

    Raises
    ------
    ValueError
        If the function is unknown.
    """
    slope = 0.01 if param is None else param
    gains = {
        "linear": 1.0,
        "sigmoid": 1.0,
        "tanh": 5.0 / 3,
        "relu": math.sqrt(2.0),
        "leaky_relu": math.sqrt(2.0 / (1 + slope**2)),
        "selu": 3.0 / 4,
    }
    if nonlinearity not in gains:
        raise ValueError(f"calculate_gain expected one of {', '.join(gains)}, but got {nonlinearity!r}")
    return gains[nonlinearity]


def _source(generator: Generator | None) -> Generator:
    return current_generator() if generator is None else generator


def _fans(tensor: Tensor) -> tuple[int, int]:
    """How many numbers go into an output, and how many outputs an input goes to."""
    if tensor.ndim < 2:
        raise ValueError(f"this initialiser expected a tensor of two axes or more, but got shape {tensor.shape}")
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _kaiming_std(tensor: Tensor, a: float, mode: Any, nonlinearity: str) -> float:
    fans = dict(zip(("fan_in", "fan_out"), _fans(tensor)))
    if mode not in fans:
        raise ValueError(f"this initialiser expected mode 'fan_in' or 'fan_out', but got {mode!r}")
    return calculate_gain(nonlinearity, a) / math.sqrt(fans[mode])
