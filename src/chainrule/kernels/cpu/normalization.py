"""Layer normalisation, a row at a time, in one pass over memory each way."""

import functools

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32, as_rows, dense
from chainrule.kernels.cpu.compiler import kernel
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.reference import normalization as reference

_ELEMENTS = 32768  # a thread's least share: some 10 microseconds
_PARTS = 64  # most partial sums over rows; as many whatever the number of threads, for the same bits
_SUMS = {"reassoc", "contract"}  # let sums vectorise; NaN and infinity keep their meaning
_ZERO, _ONE = np.float32(0), np.float32(1)


@kernel(
    "void(Array(float32, 2, 'C', True), Array(float32, 1, 'C', True), Array(float32, 1, 'C', True), float32,"
    " float32[:, ::1], float32[::1], float32[::1], int64, int64)",
    fastmath=_SUMS,
)
def layer_norm_rows(x, weight, bias, eps, y, means, scales, start, stop):
    for i in range(start, stop):
        row, out = x[i], y[i]
        size = np.float32(row.size)
        total = _ZERO
        for j in range(row.size):
            total += row[j]
        mean = total / size
        squares = _ZERO
        for j in range(row.size):
            squares += (row[j] - mean) * (row[j] - mean)
        scale = _ONE / np.sqrt(squares / size + eps)
        for j in range(row.size):
            out[j] = (row[j] - mean) * scale * weight[j] + bias[j]
        means[i] = mean
        scales[i] = scale


@kernel(
    "void(Array(float32, 2, 'C', True), Array(float32, 2, 'C', True), Array(float32, 1, 'C', True),"
    " Array(float32, 1, 'C', True), Array(float32, 1, 'C', True), int64, float32[:, ::1], float32[:, :, ::1],"
    " int64, int64)",
    fastmath=_SUMS,
)
def layer_norm_backward_rows(g, x, weight, means, scales, rows_a_part, dx, partial, start, stop):
    for part in range(start, stop):
        dweight, dbias = partial[part, 0], partial[part, 1]
        dweight[:] = _ZERO
        dbias[:] = _ZERO
        for i in range(part * rows_a_part, min((part + 1) * rows_a_part, x.shape[0])):
            grad, row, out = g[i], x[i], dx[i]
            mean, scale, size = means[i], scales[i], np.float32(row.size)
            total, along = _ZERO, _ZERO
            for j in range(row.size):
                h = grad[j] * weight[j]
                total += h
                along += h * (row[j] - mean)
            total /= size
            along *= scale * scale / size
            for j in range(row.size):
                out[j] = scale * (grad[j] * weight[j] - total - (row[j] - mean) * along)
            for j in range(row.size):
                dweight[j] += grad[j] * ((row[j] - mean) * scale)
                dbias[j] += grad[j]


@functools.wraps(reference.layer_norm)
def layer_norm(
    x: np.ndarray, weight: np.ndarray | None, bias: np.ndarray | None, eps: float, save: bool
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray] | None]:
    if not all_float32(x, weight, bias):
        return reference.layer_norm(x, weight, bias, eps, save)
    rows, width = as_rows(x), x.shape[-1]
    y, statistics = np.empty(x.shape, np.float32), np.empty((2, len(rows)), np.float32)
    factors = np.ones(width, np.float32) if weight is None else dense(weight)
    terms = np.zeros(width, np.float32) if bias is None else dense(bias)
    run = functools.partial(layer_norm_rows, rows, factors, terms, eps, as_rows(y), *statistics)
    run_slices(run, len(rows), max(1, _ELEMENTS // max(1, width)))
    means, scales = statistics.reshape(2, *x.shape[:-1], 1)
    return y, (means, scales) if save else None


@functools.wraps(reference.layer_norm_backward)
def layer_norm_backward(
    g: np.ndarray,
    x: np.ndarray,
    weight: np.ndarray | None,
    saved: tuple[np.ndarray, np.ndarray],
    wanted: tuple[bool, bool, bool],
) -> tuple[np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    if not all_float32(g, x, weight, *saved):
        return reference.layer_norm_backward(g, x, weight, saved, wanted)
    rows, width = as_rows(x), x.shape[-1]
    means, scales = (dense(s).reshape(-1) for s in saved)
    factors = np.ones(width, np.float32) if weight is None else dense(weight)
    rows_a_part = max(16, -(-len(rows) // _PARTS))
    parts = -(-len(rows) // rows_a_part)
    dx, partial = np.empty(x.shape, np.float32), np.empty((parts, 2, width), np.float32)
    inputs = (as_rows(g), rows, factors, means, scales, rows_a_part)
    run = functools.partial(layer_norm_backward_rows, *inputs, as_rows(dx), partial)
    run_slices(run, parts, max(1, _ELEMENTS // max(1, rows_a_part * width)))
    dweight, dbias = partial.sum(axis=0)
    return dx if wanted[0] else None, dweight if wanted[1] else None, dbias if wanted[2] else None
