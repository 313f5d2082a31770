"""Softmax and cross entropy, a row at a time: a row that was read from memory is read again from the cache."""

import functools
from typing import Any

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32, as_rows, dense
from chainrule.kernels.cpu.compiler import inlined, kernel
from chainrule.kernels.cpu.mathfunctions import exp
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.reference import softmax as reference

_ELEMENTS = 32768  # a thread's least share: some 10 microseconds
_FEW_CLASSES = 64  # whose derivatives take less memory than they cost to compute in a second call
_NONE = np.empty((0, 0), np.float32)
_SUMS = {"reassoc", "contract"}  # let sums vectorise; NaN and infinity keep their meaning
_ZERO, _ONE = np.float32(0), np.float32(1)


@inlined
def ordered(bits):
    """Bits of a float32 as an integer that compares as the number does, and back again."""
    return np.int32(bits ^ ((bits >> np.int32(31)) & np.int32(0x7FFFFFFF)))


@inlined
def row_max(row):
    """The largest element, by integers: comparisons of floats vectorise only when NaN is ruled out."""
    largest = np.int32(-0x80000000)
    for j in range(row.size):
        largest = max(largest, ordered(np.float32(row[j]).view(np.int32)))
    return np.int32(ordered(largest)).view(np.float32)


@kernel("void(Array(float32, 2, 'C', True), float32[:, ::1], int64, int64)", fastmath=_SUMS)
def softmax_rows(x, y, start, stop):
    for i in range(start, stop):
        row, out = x[i], y[i]
        peak = row_max(row)
        total = _ZERO
        for j in range(row.size):
            power = exp(row[j] - peak)
            out[j] = power
            total += power
        scale = _ONE / total
        for j in range(out.size):
            out[j] *= scale


@kernel("void(Array(float32, 2, 'C', True), float32[:, ::1], int64, int64)", fastmath=_SUMS)
def log_softmax_rows(x, y, start, stop):
    for i in range(start, stop):
        row, out = x[i], y[i]
        peak = row_max(row)
        total = _ZERO
        for j in range(row.size):
            total += exp(row[j] - peak)
        log_total = np.log(total)
        for j in range(row.size):
            out[j] = (row[j] - peak) - log_total


_BACKWARD = "void(Array(float32, 2, 'C', True), Array(float32, 2, 'C', True), float32[:, ::1], int64, int64)"


@kernel(_BACKWARD, fastmath=_SUMS)
def softmax_backward_rows(g, y, dx, start, stop):
    for i in range(start, stop):
        grad, row, out = g[i], y[i], dx[i]
        along = _ZERO
        for j in range(row.size):
            along += grad[j] * row[j]
        for j in range(row.size):
            out[j] = row[j] * (grad[j] - along)


@kernel(_BACKWARD, fastmath=_SUMS)
def log_softmax_backward_rows(g, y, dx, start, stop):
    for i in range(start, stop):
        grad, row, out = g[i], y[i], dx[i]
        total = _ZERO
        for j in range(row.size):
            total += grad[j]
        for j in range(row.size):
            out[j] = grad[j] - exp(row[j]) * total


@kernel(
    "void(Array(float32, 2, 'C', True), Array(int64, 1, 'C', True), float32, int64, float32[:, ::1], float32[:, ::1],"
    " int64, int64)",
    fastmath=_SUMS,
)
def cross_entropy_rows(logits, targets, smoothing, ignored, found, slopes, start, stop):
    """For each row its loss, whether it counts, or minus infinity if its target is no class, and the log of its sum.

    The derivatives of the losses too, if there is room for them.
    """
    losses, counts, log_sums = found[0], found[1], found[2]
    for i in range(start, stop):
        row = logits[i]
        peak = row_max(row)
        total = _ZERO
        for j in range(row.size):
            total += exp(row[j] - peak)
        log_sums[i] = np.log(total) + peak
        losses[i] = _ZERO
        counts[i] = _ZERO
        counts[i] = _ZERO if targets[i] == ignored else _ONE if 0 <= targets[i] < row.size else -np.inf
        if counts[i] != _ONE:
            if slopes.size:
                slopes[i] = _ZERO
            continue
        loss = log_sums[i] - (_ONE - smoothing) * row[targets[i]]
        if smoothing != _ZERO:  # a logit of minus infinity is fine without
            mean = _ZERO
            for j in range(row.size):
                mean += row[j]
            loss -= smoothing * mean / np.float32(row.size)
        losses[i] = loss
        if slopes.size:
            share = smoothing / np.float32(row.size)
            for j in range(row.size):
                slopes[i, j] = exp(row[j] - log_sums[i]) - share
            slopes[i, targets[i]] -= _ONE - smoothing


@kernel(
    "void(Array(float32, 1, 'C', True), Array(float32, 2, 'C', True), Array(int64, 1, 'C', True), float32, int64,"
    " Array(float32, 1, 'C', True), float32[:, ::1], int64, int64)",
    fastmath=_SUMS,
)
def cross_entropy_backward_rows(g, logits, targets, smoothing, ignored, log_sums, dlogits, start, stop):
    for i in range(start, stop):
        row, out = logits[i], dlogits[i]
        if targets[i] == ignored or not 0 <= targets[i] < row.size:  # the forward pass has refused others
            out[:] = _ZERO
            continue
        scale, log_sum = g[i], log_sums[i]
        share = smoothing / np.float32(row.size)
        for j in range(row.size):
            out[j] = scale * (exp(row[j] - log_sum) - share)
        out[targets[i]] -= scale * (_ONE - smoothing)


@functools.wraps(reference.softmax)
def softmax(x: np.ndarray) -> np.ndarray:
    return _by_rows(softmax_rows, x) if all_float32(x) and x.ndim else reference.softmax(x)


@functools.wraps(reference.log_softmax)
def log_softmax(x: np.ndarray) -> np.ndarray:
    return _by_rows(log_softmax_rows, x) if all_float32(x) and x.ndim else reference.log_softmax(x)


@functools.wraps(reference.softmax_backward)
def softmax_backward(g: np.ndarray, y: np.ndarray) -> np.ndarray:
    if not all_float32(g, y) or g.shape != y.shape or not y.ndim:
        return reference.softmax_backward(g, y)
    return _by_rows(softmax_backward_rows, g, y)


@functools.wraps(reference.log_softmax_backward)
def log_softmax_backward(g: np.ndarray, y: np.ndarray) -> np.ndarray:
    if not all_float32(g, y) or g.shape != y.shape or not y.ndim:
        return reference.log_softmax_backward(g, y)
    return _by_rows(log_softmax_backward_rows, g, y)


def _by_rows(kernel, *inputs):
    """Run a kernel of row matrices, of one shape, to a result of that shape."""
    shape = inputs[0].shape
    out = np.empty(shape, np.float32)
    rows = as_rows(out)
    run_slices(functools.partial(kernel, *map(as_rows, inputs), rows), len(rows), _row_grain(rows))
    return out


def _row_grain(rows: np.ndarray) -> int:
    return max(1, _ELEMENTS // max(1, rows.shape[1]))


@functools.wraps(reference.cross_entropy)
def cross_entropy(
    logits: np.ndarray, targets: np.ndarray, label_smoothing: float, ignore_index: int, save: bool
) -> tuple[np.ndarray, tuple[np.ndarray] | None]:
    if not all_float32(logits) or not logits.shape[1]:
        return reference.cross_entropy(logits, targets, label_smoothing, ignore_index, save)
    losses, _, log_sums = _losses(logits, targets, label_smoothing, ignore_index, _NONE)[0]
    return losses, (log_sums,) if save else None


@functools.wraps(reference.mean_cross_entropy)
def mean_cross_entropy(
    logits: np.ndarray, targets: np.ndarray, label_smoothing: float, ignore_index: int, save: bool
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray] | None]:
    if not all_float32(logits) or not logits.shape[1]:
        return reference.mean_cross_entropy(logits, targets, label_smoothing, ignore_index, save)
    early = save and logits.shape[1] <= _FEW_CLASSES
    slopes = np.empty(logits.shape, np.float32) if early else _NONE
    found, total, count = _losses(logits, targets, label_smoothing, ignore_index, slopes)
    return np.asarray(total / count), (slopes if early else found[2], count) if save else None


@functools.wraps(reference.mean_cross_entropy_backward)
def mean_cross_entropy_backward(
    g: np.ndarray,
    logits: np.ndarray,
    targets: np.ndarray,
    label_smoothing: float,
    ignore_index: int,
    saved: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    kept, count = saved
    if kept.ndim == 2:
        return kept * (g / count)
    shares = np.full(kept.shape, g / count, kept.dtype)
    return cross_entropy_backward(shares, logits, targets, label_smoothing, ignore_index, (kept,))


def _losses(
    logits: np.ndarray, targets: np.ndarray, label_smoothing: float, ignored: int, slopes: np.ndarray
) -> tuple[np.ndarray, Any, Any]:
    """What `cross_entropy_rows` finds, shape (3, M), and the sums of its first two rows."""
    rows, classes = dense(logits), dense(np.asarray(targets, np.int64))
    found = np.empty((3, len(rows)), np.float32)
    run = functools.partial(cross_entropy_rows, rows, classes, label_smoothing, ignored, found, slopes)
    run_slices(run, len(rows), _row_grain(rows))
    total, count = np.add.reduce(found[:2], axis=1)
    if count < 0:
        reference.check_classes("cross_entropy", targets, rows.shape[1], ignored)
    return found, total, count


@functools.wraps(reference.cross_entropy_backward)
def cross_entropy_backward(
    g: np.ndarray,
    logits: np.ndarray,
    targets: np.ndarray,
    label_smoothing: float,
    ignore_index: int,
    saved: tuple[np.ndarray],
) -> np.ndarray:
    if not all_float32(g, logits, *saved) or not logits.shape[1]:
        return reference.cross_entropy_backward(g, logits, targets, label_smoothing, ignore_index, saved)
    rows, classes = dense(logits), dense(np.asarray(targets, np.int64))
    dlogits = np.empty(logits.shape, np.float32)
    inputs = (dense(g), rows, classes, label_smoothing, ignore_index, dense(saved[0]))
    run_slices(functools.partial(cross_entropy_backward_rows, *inputs, dlogits), len(rows), _row_grain(rows))
    return dlogits
