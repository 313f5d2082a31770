"""Batch normalisation of channels-last images, in two passes over memory each way.

The images are one long row of numbers in which channels repeat. A table holds what belongs to each channel, repeated
until it fills a *period*, some thousand numbers, so that loops are long and vectorise whatever the number of channels.

Statistics are taken of parts that fit a second-level cache, each in two passes, and put together as T. Chan, G. Golub
and R. LeVeque showed (1979): memory is read once, and nothing cancels.
"""

import functools
import math

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32, dense
from chainrule.kernels.cpu.compiler import inlined, kernel
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.cpu.rectifiers import between, clamp_backward, passed
from chainrule.kernels.reference import batch_norm as reference
from chainrule.kernels.reference.batch_norm import Limits
from chainrule.kernels.reference.windows import channels_first, channels_last

_PERIOD = 1024  # about so many numbers
_LANES = 64  # a period is a multiple, where it can be
_PART = 32768  # numbers: a part of the gradient and one of the images fit a second-level cache
_ZERO, _ONE = np.float32(0), np.float32(1)

_READ = "Array(float32, 1, 'C', True)"
_TABLE = "Array(float32, 2, 'C', True)"
_PARTS = "Array(float32, 3, 'C', True)"


@inlined
def _fold(lanes, channels, sums):
    """Add up what belongs to the same channel."""
    sums[:] = lanes[:channels]
    for first in range(channels, lanes.size, channels):
        for c in range(channels):
            sums[c] += lanes[first + c]


@inlined
def _spread(numbers, lanes):
    """Repeat the numbers of channels through a period."""
    for first in range(0, lanes.size, numbers.size):
        lanes[first : first + numbers.size] = numbers


@kernel(f"void({_READ}, int64, float32[::1], float32[::1], float32[:, :, ::1], int64, int64)")
def part_statistics(x, part_size, sums, means, statistics, start, stop):
    """Means of the channels of each part, and sums of squared distances from them."""
    channels = statistics.shape[2]
    for part in range(start, stop):
        numbers = x[part * part_size : (part + 1) * part_size]
        mean, squares = statistics[part, 0], statistics[part, 1]
        rows = np.float32(numbers.size // channels)
        sums[:] = _ZERO
        for i in range(0, numbers.size, sums.size):
            chunk = numbers[i : i + sums.size]
            for j in range(chunk.size):
                sums[j] += chunk[j]
        _fold(sums, channels, mean)
        for c in range(channels):
            mean[c] /= rows
        _spread(mean, means)
        sums[:] = _ZERO
        for i in range(0, numbers.size, sums.size):
            chunk = numbers[i : i + sums.size]
            for j in range(chunk.size):
                sums[j] += (chunk[j] - means[j]) * (chunk[j] - means[j])
        _fold(sums, channels, squares)


@kernel(
    f"void({_PARTS}, int64, int64, {_READ}, {_READ}, float32, float64[::1], float64[::1], float32[:, ::1],"
    " float32[:, ::1])"
)
def whole_statistics(statistics, rows, rows_a_part, weight, bias, eps, centre, squares, found, table):
    """Mean, variance and one over the standard deviation of each channel, and a table for `normalize_chunks`."""
    centre[:] = 0.0
    squares[:] = 0.0
    for part in range(len(statistics)):
        means, count = statistics[part, 0], min(rows_a_part, rows - part * rows_a_part)
        for c in range(means.size):
            centre[c] += means[c] * (count / rows)
    for part in range(len(statistics)):
        means, inside, count = statistics[part, 0], statistics[part, 1], min(rows_a_part, rows - part * rows_a_part)
        for c in range(means.size):
            distance = means[c] - centre[c]
            squares[c] += inside[c] + distance * distance * count
    mean, var, scale = found[0], found[1], found[2]
    for c in range(weight.size):
        mean[c] = centre[c]
        var[c] = squares[c] / rows
        scale[c] = 1.0 / np.sqrt(squares[c] / rows + eps)
    _spread(mean, table[0])
    _spread(scale * weight, table[1])
    _spread(bias, table[2])


@kernel(
    f"void({_READ}, {_TABLE}, {_READ}, float32, float32, float32[::1], int64, int64)",
    fastmath={"contract"},
)
def normalize_chunks(x, table, residual, low, high, y, start, stop):
    """``(x - mean) * factor + bias + residual`` within limits, for chunks of a period."""
    mean, factor, bias = table[0], table[1], table[2]
    for i in range(start * mean.size, min(stop * mean.size, x.size), mean.size):
        chunk, out = x[i : i + mean.size], y[i : i + mean.size]
        if residual.size:
            added = residual[i : i + mean.size]
            for j in range(chunk.size):
                out[j] = between((chunk[j] - mean[j]) * factor[j] + bias[j] + added[j], low, high)
        else:
            for j in range(chunk.size):
                out[j] = between((chunk[j] - mean[j]) * factor[j] + bias[j], low, high)


@kernel(
    f"void({_READ}, {_READ}, {_TABLE}, float32, float32, int64, float32[::1], float32[::1], float32[:, :, ::1],"
    " int64, int64)",
    fastmath={"contract"},
)
def part_sums(grad, x, table, low, high, part_size, totals, products, sums, start, stop):
    """Sums over each part, a channel: of the gradient, and of its products with ``x - mean``."""
    mean, factor, bias = table[0], table[1], table[2]
    channels = sums.shape[2]
    for part in range(start, stop):
        some_grad = grad[part * part_size : (part + 1) * part_size]
        some_x = x[part * part_size : (part + 1) * part_size]
        totals[:] = _ZERO
        products[:] = _ZERO
        for i in range(0, some_x.size, mean.size):
            g, chunk = some_grad[i : i + mean.size], some_x[i : i + mean.size]
            for j in range(chunk.size):
                centred = chunk[j] - mean[j]
                inside = passed(g[j], centred * factor[j] + bias[j], low, high)
                totals[j] += inside
                products[j] += inside * centred
        _fold(totals, channels, sums[part, 0])
        _fold(products, channels, sums[part, 1])


@kernel(
    f"void({_PARTS}, {_READ}, {_READ}, {_READ}, {_READ}, int64, float64[::1], float64[::1],"
    " float32[:, ::1], float32[:, ::1])"
)
def whole_sums(sums, grad_mean, grad_var, scale, weight, rows, total, product, found, table):
    """Gradients of weight and bias, and the rest of a table for `backward_chunks`."""
    total[:] = 0.0
    product[:] = 0.0
    for part in range(len(sums)):
        some, products = sums[part, 0], sums[part, 1]
        for c in range(some.size):
            total[c] += some[c]
            product[c] += products[c]
    dweight, dbias, along, everywhere = found[0], found[1], found[2], found[3]
    for c in range(weight.size):
        factor = scale[c] * weight[c]
        dweight[c] = product[c] * scale[c]
        dbias[c] = total[c]
        along[c] = (2.0 * grad_var[c] - factor * scale[c] * scale[c] * product[c]) / rows
        everywhere[c] = (grad_mean[c] - factor * total[c]) / rows
    _spread(along, table[3])
    _spread(everywhere, table[4])


@kernel(
    f"void({_READ}, {_READ}, {_TABLE}, float32, float32, float32[::1], int64, int64)",
    fastmath={"contract"},
)
def backward_chunks(grad, x, table, low, high, dx, start, stop):
    """``grad * factor + (x - mean) * along + everywhere``, where `grad` passes the limits."""
    mean, factor, bias, along, everywhere = table[0], table[1], table[2], table[3], table[4]
    for i in range(start * mean.size, min(stop * mean.size, x.size), mean.size):
        g, chunk, out = grad[i : i + mean.size], x[i : i + mean.size], dx[i : i + mean.size]
        for j in range(chunk.size):
            centred = chunk[j] - mean[j]
            inside = passed(g[j], centred * factor[j] + bias[j], low, high)
            out[j] = inside * factor[j] + (centred * along[j] + everywhere[j])


@functools.wraps(reference.batch_norm)
def batch_norm(
    x: np.ndarray,
    weight: np.ndarray | None,
    bias: np.ndarray | None,
    residual: np.ndarray | None,
    eps: float,
    limits: Limits,
    save: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, reference.Saved | None]:
    if not all_float32(x, weight, bias, residual):
        return reference.batch_norm(x, weight, bias, residual, eps, limits, save)
    numbers, channels = _flat(x), x.shape[1]
    period, part_size = _sizes(channels)
    found, table = np.empty((3, channels), np.float32), np.empty((3, period), np.float32)
    statistics = np.empty((-(-x.size // part_size), 2, channels), np.float32)

    def measure(start: int, stop: int) -> None:
        part_statistics(numbers, part_size, *np.empty((2, period), np.float32), statistics, start, stop)

    run_slices(measure, len(statistics))
    counts, sums = (x.size // channels, part_size // channels), np.empty((2, channels))
    whole_statistics(statistics, *counts, *_affine(weight, bias, channels), eps, *sums, found, table)
    y = np.empty((x.shape[0], *x.shape[2:], channels), np.float32)
    added = _NOTHING if residual is None else _flat(residual)
    normalize = functools.partial(normalize_chunks, numbers, table, added, *limits, y.reshape(-1))
    run_slices(normalize, -(-x.size // period), _PART // period or 1)
    y, (mean, var, scale) = channels_first(y), found
    return y, mean, var, (mean, scale, reference.needed_result(y, residual, limits)) if save else None


@functools.wraps(reference.batch_norm_backward)
def batch_norm_backward(
    grads: tuple[np.ndarray, np.ndarray, np.ndarray],
    x: np.ndarray,
    weight: np.ndarray | None,
    bias: np.ndarray | None,
    saved: reference.Saved,
    limits: Limits,
    wanted: tuple[bool, ...],
) -> tuple[np.ndarray | None, ...]:
    mean, scale, y = saved
    if not all_float32(*grads, x, weight, bias, *saved):
        return reference.batch_norm_backward(grads, x, weight, bias, saved, limits, wanted)
    grad, *statistics_gradients = grads[0], *map(dense, grads[1:])
    if y is not None:
        grad, limits = clamp_backward(grad, y, *limits), reference.NO_LIMITS
    numbers, incoming, channels = _flat(x), _flat(grad), x.shape[1]
    period, part_size = _sizes(channels)
    weight, bias = _affine(weight, bias, channels)
    table = np.empty((5, period), np.float32)
    table[:3].reshape(3, -1, channels)[...] = np.stack([mean, scale * weight, bias])[:, None]
    sums = np.empty((-(-x.size // part_size), 2, channels), np.float32)

    def measure(start: int, stop: int) -> None:
        lanes = np.empty((2, period), np.float32)
        part_sums(incoming, numbers, table, *limits, part_size, *lanes, sums, start, stop)

    run_slices(measure, len(sums))
    found, totals = np.empty((4, channels), np.float32), np.empty((2, channels))
    whole_sums(sums, *statistics_gradients, scale, weight, x.size // channels, *totals, found, table)
    dx = None
    if wanted[0]:
        dx = np.empty((x.shape[0], *x.shape[2:], channels), np.float32)
        backward = functools.partial(backward_chunks, incoming, numbers, table, *limits, dx.reshape(-1))
        run_slices(backward, -(-x.size // period), _PART // period or 1)
        dx = channels_first(dx)
    dresidual = grad if wanted[3] else None
    return dx, found[0] if wanted[1] else None, found[1] if wanted[2] else None, dresidual


_NOTHING = np.empty(0, np.float32)


def _flat(x: np.ndarray) -> np.ndarray:
    """All numbers, channels last."""
    return dense(channels_last(x)).reshape(-1)


def _sizes(channels: int) -> tuple[int, int]:
    """How many numbers a period and a part have."""
    even = math.lcm(channels, _LANES)
    step = even if even <= 4 * _PERIOD else channels
    period = step * max(1, _PERIOD // step)
    return period, period * max(1, _PART // period)


def _affine(weight: np.ndarray | None, bias: np.ndarray | None, channels: int) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.ones(channels, np.float32) if weight is None else dense(weight),
        np.zeros(channels, np.float32) if bias is None else dense(bias),
    )
