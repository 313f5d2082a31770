"""Softmax, its logarithm, and cross entropy, over the last axis."""

from typing import Any

import numpy as np

from chainrule.backend import Array, namespace


def softmax(x: Array) -> Array:
    """Exponentials that add up to one: ``exp(x_i) / sum_j exp(x_j)``.

    Parameters
    ----------
    x : Array, shape (..., V)
        Scores; the largest is subtracted first, so none is too large.

    Returns
    -------
    Array, shape (..., V)
        Probabilities.
    """
    xp = namespace(x)
    powers = xp.exp(x - xp.max(x, axis=-1, keepdims=True))
    return powers / xp.sum(powers, axis=-1, keepdims=True)


def softmax_backward(g: Array, y: Array) -> Array:
    """Gradient of `softmax`: ``dx = y * (g - sum(g * y))``.

    Parameters
    ----------
    g : Array, shape (..., V)
        Gradient of the result.
    y : Array, shape (..., V)
        The result.

    Returns
    -------
    Array, shape (..., V)
        Gradient of the scores.
    """
    return y * (g - namespace(g, y).sum(g * y, axis=-1, keepdims=True))


def log_softmax(x: Array) -> Array:
    """Logarithm of `softmax`: ``x_i - log(sum_j exp(x_j))``.

    Parameters
    ----------
    x : Array, shape (..., V)
        Scores.

    Returns
    -------
    Array, shape (..., V)
        Log probabilities.
    """
    xp = namespace(x)
    shifted = x - xp.max(x, axis=-1, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=-1, keepdims=True))


def log_softmax_backward(g: Array, y: Array) -> Array:
    """Gradient of `log_softmax`: ``dx = g - exp(y) * sum(g)``.

    Parameters
    ----------
    g : Array, shape (..., V)
        Gradient of the result.
    y : Array, shape (..., V)
        The result.

    Returns
    -------
    Array, shape (..., V)
        Gradient of the scores.
    """
    xp = namespace(g, y)
    return g - xp.exp(y) * xp.sum(g, axis=-1, keepdims=True)


def cross_entropy(
    logits: Array, targets: Array, label_smoothing: float, ignore_index: int, save: bool
) -> tuple[Array, tuple[Array] | None]:
    """Negative log probability of the targets: ``log(sum_j exp(x_j)) - (1 - e) x_target - e mean_j(x_j)``.

    Parameters
    ----------
    logits : Array, shape (M, V)
        Scores of V classes for M examples.
    targets : Array of int, shape (M,)
        The right classes.
    label_smoothing : float
        e, the part of the probability that is spread over all classes (C. Szegedy et al., 2015).
    ignore_index : int
        Examples with this target have loss zero and no gradient.
    save : bool
        Keep what `cross_entropy_backward` needs.

    Returns
    -------
    losses : Array, shape (M,)
        One an example.
    saved : tuple of Array, or None
        The logarithm of each row's sum of exponentials.
    """
    check_classes("cross_entropy", targets, logits.shape[-1], ignore_index)
    xp = namespace(logits)
    peak = xp.max(logits, axis=-1, keepdims=True)
    log_sum = xp.log(xp.sum(xp.exp(logits - peak), axis=-1, keepdims=True)) + peak  # (M, 1)
    kept = targets != ignore_index
    place = namespace(targets).where(kept, targets, 0)
    losses = log_sum[:, 0] - (1.0 - label_smoothing) * xp.take_along_axis(logits, place[:, None], axis=1)[:, 0]
    if label_smoothing:  # a logit of minus infinity is fine without
        losses = losses - label_smoothing * xp.mean(logits, axis=-1)
    return xp.where(kept, losses, 0.0), (log_sum[:, 0],) if save else None


def cross_entropy_backward(
    g: Array, logits: Array, targets: Array, label_smoothing: float, ignore_index: int, saved: tuple[Array]
) -> Array:
    """Gradient of `cross_entropy`: ``g * (softmax(x)_j - (1 - e) [j = target] - e / V)``.

    Parameters
    ----------
    g : Array, shape (M,)
        Gradient of the losses.
    logits : Array, shape (M, V)
        As for `cross_entropy`.
    targets : Array of int, shape (M,)
        As for `cross_entropy`.
    label_smoothing : float
        As for `cross_entropy`.
    ignore_index : int
        As for `cross_entropy`.
    saved : tuple of Array
        What `cross_entropy` kept.

    Returns
    -------
    Array, shape (M, V)
        Gradient of the logits.
    """
    xp = namespace(g, logits)
    classes = logits.shape[-1]
    is_target = targets[:, None] == namespace(targets).arange(classes)[None, :]
    wished = xp.where(is_target, 1.0 - label_smoothing, 0.0) + label_smoothing / classes
    probabilities = xp.exp(logits - saved[0][:, None])
    gradient = g[:, None] * (probabilities - xp.astype(wished, logits.dtype))
    return xp.where((targets != ignore_index)[:, None], gradient, 0.0)


def mean_cross_entropy(
    logits: Array, targets: Array, label_smoothing: float, ignore_index: int, save: bool
) -> tuple[Array, tuple[Array, Array] | None]:
    """Average `cross_entropy` over the targets that are not ignored.

    Parameters
    ----------
    logits : Array, shape (M, V)
        As for `cross_entropy`.
    targets : Array of int, shape (M,)
        As for `cross_entropy`.
    label_smoothing : float
        As for `cross_entropy`.
    ignore_index : int
        Examples with this target do not count.
    save : bool
        Keep what `mean_cross_entropy_backward` needs.

    Returns
    -------
    mean : Array, shape ()
        NaN if nothing counts, as in PyTorch.
    saved : tuple of Array, or None
        What `cross_entropy` keeps, and how many examples count.
    """
    losses, saved = cross_entropy(logits, targets, label_smoothing, ignore_index, save)
    xp = namespace(logits)
    count = xp.asarray(namespace(targets).sum(targets != ignore_index), dtype=losses.dtype)
    return xp.divide(xp.sum(losses), count), None if saved is None else (*saved, count)


def mean_cross_entropy_backward(
    g: Array, logits: Array, targets: Array, label_smoothing: float, ignore_index: int, saved: tuple[Array, Array]
) -> Array:
    """Gradient of `mean_cross_entropy`: each of the n examples that count gets 1 / n of it.

    Parameters
    ----------
    g : Array, shape ()
        Gradient of the mean.
    logits : Array, shape (M, V)
        As for `cross_entropy`.
    targets : Array of int, shape (M,)
        As for `cross_entropy`.
    label_smoothing : float
        As for `cross_entropy`.
    ignore_index : int
        As for `cross_entropy`.
    saved : tuple of Array
        What `mean_cross_entropy` kept; or, from an implementation that has computed them already, the derivatives of
        the losses by the logits, shape (M, V), and how many examples count.

    Returns
    -------
    Array, shape (M, V)
        Gradient of the logits.
    """
    kept, count = saved
    if len(kept.shape) == 2:
        return kept * (g / count)
    shares = namespace(g).ones(kept.shape, dtype=kept.dtype) * (g / count)
    return cross_entropy_backward(shares, logits, targets, label_smoothing, ignore_index, (kept,))


def check_classes(name: str, targets: Any, classes: int, ignore_index: int) -> None:
    """Refuse a target that is no class, where numbers can be looked at: in a NumPy array."""
    if not isinstance(targets, np.ndarray) or not targets.size or targets.astype(np.uint64).max() < classes:
        return  # negative ones would be large
    wrong = targets[((targets < 0) | (targets >= classes)) & (targets != ignore_index)]
    if wrong.size:
        raise IndexError(f"{name} expected targets from 0 to {classes - 1} or {ignore_index}, but got {wrong[0]}")
