"""Batch normalisation of channels-last images, in two passes over memory each way.

Statistics are taken of parts that fit a second-level cache, each in two passes, and put together as T. Chan, G. Golub
and R. LeVeque showed (1979): memory is read once, and nothing cancels.
"""

import functools

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32, dense
from chainrule.kernels.cpu.channels import PART, flat_images, fold, sizes, spread
from chainrule.kernels.cpu.compiler import inlined, kernel
from chainrule.kernels.cpu.memory import lined
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.cpu.rectifiers import between, passed
from chainrule.kernels.reference import batch_norm as reference
from chainrule.kernels.reference.batch_norm import NO_LIMITS, Limits
from chainrule.kernels.reference.windows import channels_first

_ZERO = np.float32(0)
_NOTHING = np.empty(0, np.float32)

_READ = "Array(float32, 1, 'C', True)"
_TABLE = "Array(float32, 2, 'C', True)"
_PARTS = "Array(float32, 3, 'C', True)"


@kernel(f"void({_READ}, int64, int64, float32[:, :, ::1], int64, int64)")
def part_statistics(x, part_size, channels, statistics, start, stop):
    """Means of the channels of each part, and sums of squared distances from them."""
    for part in range(start, stop):
        numbers = x[part * part_size : (part + 1) * part_size]
        mean, squares = statistics[part, 0], statistics[part, 1]
        mean[:] = _ZERO
        for i in range(0, numbers.size, mean.size):
            chunk = numbers[i : i + mean.size]
            for j in range(chunk.size):
                mean[j] += chunk[j]
        fold(mean, channels)
        for c in range(channels):
            mean[c] /= np.float32(numbers.size // channels)
        spread(mean[:channels], mean)
        squares[:] = _ZERO
        for i in range(0, numbers.size, mean.size):
            chunk = numbers[i : i + mean.size]
            for j in range(chunk.size):
                squares[j] += (chunk[j] - mean[j]) * (chunk[j] - mean[j])
        fold(squares, channels)


@kernel(f"void({_PARTS}, int64, int64, float32, float64[::1], float64[::1], float32[:, ::1])")
def whole_statistics(statistics, rows, rows_a_part, eps, centre, squares, found):
    """Mean, variance and one over the standard deviation of each channel."""
    centre[:] = 0.0
    squares[:] = 0.0
    for part in range(len(statistics)):
        means, count = statistics[part, 0], min(rows_a_part, rows - part * rows_a_part)
        for c in range(centre.size):
            centre[c] += means[c] * (count / rows)
    for part in range(len(statistics)):
        means, inside, count = statistics[part, 0], statistics[part, 1], min(rows_a_part, rows - part * rows_a_part)
        for c in range(centre.size):
            distance = means[c] - centre[c]
            squares[c] += inside[c] + distance * distance * count
    mean, var, scale = found[0], found[1], found[2]
    for c in range(centre.size):
        mean[c] = centre[c]
        var[c] = squares[c] / rows
        scale[c] = 1.0 / np.sqrt(squares[c] / rows + eps)


@kernel(f"void({_READ}, {_READ}, {_READ}, {_READ}, float32[:, ::1])")
def fill_table(mean, scale, weight, bias, table):
    """What `normalize_chunks` reads."""
    spread(mean, table[0])
    spread(scale * weight, table[1])
    spread(bias, table[2])


@kernel(f"void({_READ}, {_TABLE}, {_READ}, float32, float32, float32[::1], int64, int64)", fastmath={"contract"})
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


@inlined
def _value(x, mean, factor, bias):
    return (x - mean) * factor + bias


@kernel(
    f"void({_READ}, {_READ}, {_TABLE}, float32, float32, int64, int64, float32[:, :, ::1], int64, int64)",
    fastmath={"contract"},
)
def part_sums(grad, x, table, low, high, part_size, channels, sums, start, stop):
    """Sums over each part, a channel: of the gradient, and of its products with ``x - mean``."""
    mean, factor, bias = table[0], table[1], table[2]
    for part in range(start, stop):
        totals, products = sums[part, 0], sums[part, 1]
        totals[:] = _ZERO
        products[:] = _ZERO
        for i in range(part * part_size, min((part + 1) * part_size, x.size), mean.size):
            g, chunk = grad[i : i + mean.size], x[i : i + mean.size]
            for j in range(chunk.size):
                inside = passed(g[j], _value(chunk[j], mean[j], factor[j], bias[j]), low, high)
                totals[j] += inside
                products[j] += inside * (chunk[j] - mean[j])
        fold(totals, channels)
        fold(products, channels)


@kernel(
    f"void({_READ}, {_READ}, {_READ}, {_TABLE}, float32, float32, int64, int64, float32[::1], float32[:, :, ::1],"
    " int64, int64)",
    fastmath={"contract"},
)
def part_sums_of_passed(grad, y, x, table, low, high, part_size, channels, dresidual, sums, start, stop):
    """The gradient where the result `y` was within limits, and its sums as in `part_sums`."""
    mean = table[0]
    for part in range(start, stop):
        totals, products = sums[part, 0], sums[part, 1]
        totals[:] = _ZERO
        products[:] = _ZERO
        for i in range(part * part_size, min((part + 1) * part_size, x.size), mean.size):
            g, result, out = grad[i : i + mean.size], y[i : i + mean.size], dresidual[i : i + mean.size]
            for j in range(out.size):
                out[j] = passed(g[j], result[j], low, high)
            chunk = x[i : i + mean.size]
            for j in range(chunk.size):
                totals[j] += out[j]
                products[j] += out[j] * (chunk[j] - mean[j])
        fold(totals, channels)
        fold(products, channels)


@kernel(
    f"void({_PARTS}, {_READ}, {_READ}, {_READ}, {_READ}, int64, float64[::1], float64[::1], float32[:, ::1],"
    " float32[:, ::1])"
)
def whole_sums(sums, grad_mean, grad_var, scale, weight, rows, total, product, found, table):
    """Gradients of weight and bias, and the rest of a table for `backward_chunks`."""
    total[:] = 0.0
    product[:] = 0.0
    for part in range(len(sums)):
        some, products = sums[part, 0], sums[part, 1]
        for c in range(total.size):
            total[c] += some[c]
            product[c] += products[c]
    dweight, dbias, along, everywhere = found[0], found[1], found[2], found[3]
    for c in range(total.size):
        factor = scale[c] * weight[c]
        dweight[c] = product[c] * scale[c]
        dbias[c] = total[c]
        along[c] = (2.0 * grad_var[c] - factor * scale[c] * scale[c] * product[c]) / rows
        everywhere[c] = (grad_mean[c] - factor * total[c]) / rows
    spread(along, table[3])
    spread(everywhere, table[4])


@kernel(f"void({_READ}, {_READ}, {_TABLE}, float32, float32, float32[::1], int64, int64)", fastmath={"contract"})
def backward_chunks(grad, x, table, low, high, dx, start, stop):
    """``grad * factor + (x - mean) * along + everywhere``, where `grad` passes the limits."""
    mean, factor, bias, along, everywhere = table[0], table[1], table[2], table[3], table[4]
    for i in range(start * mean.size, min(stop * mean.size, x.size), mean.size):
        g, chunk, out = grad[i : i + mean.size], x[i : i + mean.size], dx[i : i + mean.size]
        for j in range(chunk.size):
            inside = passed(g[j], _value(chunk[j], mean[j], factor[j], bias[j]), low, high)
            out[j] = inside * factor[j] + ((chunk[j] - mean[j]) * along[j] + everywhere[j])


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
    numbers, channels = flat_images(x), x.shape[1]
    period, part_size = sizes(channels)
    statistics = np.empty((-(-x.size // part_size), 2, period), np.float32)
    run_slices(functools.partial(part_statistics, numbers, part_size, channels, statistics), len(statistics))
    found, table = np.empty((3, channels), np.float32), np.empty((3, period), np.float32)
    whole_statistics(statistics, x.size // channels, part_size // channels, eps, *np.empty((2, channels)), found)
    mean, var, scale = found
    fill_table(mean, scale, *_affine(weight, bias, channels), table)
    y = _empty_images(x)
    added = _NOTHING if residual is None else flat_images(residual)
    normalize = functools.partial(normalize_chunks, numbers, table, added, *limits, y.reshape(-1))
    run_slices(normalize, -(-x.size // period), PART // period or 1)
    y = channels_first(y)
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
    if not all_float32(*grads, x, weight, bias, *saved):
        return reference.batch_norm_backward(grads, x, weight, bias, saved, limits, wanted)
    (mean, scale, y), grad, channels = saved, grads[0], x.shape[1]
    weight, bias = _affine(weight, bias, channels)
    numbers, incoming = flat_images(x), flat_images(grad)
    period, part_size = sizes(channels)
    table, sums = np.empty((5, period), np.float32), np.empty((-(-x.size // part_size), 2, period), np.float32)
    fill_table(mean, scale, weight, bias, table)
    settings = (numbers, table, *limits, part_size, channels)
    if y is None:
        run_slices(functools.partial(part_sums, incoming, *settings, sums), len(sums))
    else:
        inside = _empty_images(x)
        measure = functools.partial(part_sums_of_passed, incoming, flat_images(y), *settings, inside.reshape(-1), sums)
        run_slices(measure, len(sums))
        grad, incoming, limits = channels_first(inside), inside.reshape(-1), NO_LIMITS
    found, totals = np.empty((4, channels), np.float32), np.empty((2, channels))
    whole_sums(sums, *map(dense, grads[1:]), scale, weight, x.size // channels, *totals, found, table)
    dx = None
    if wanted[0]:
        dx = _empty_images(x)
        backward = functools.partial(backward_chunks, incoming, numbers, table, *limits, dx.reshape(-1))
        run_slices(backward, -(-x.size // period), PART // period or 1)
        dx = channels_first(dx)
    return dx, found[0] if wanted[1] else None, found[1] if wanted[2] else None, grad if wanted[3] else None


def _empty_images(x: np.ndarray) -> np.ndarray:
    """Memory for images of x's shape, channels last."""
    return lined(x.shape[0], *x.shape[2:], x.shape[1])


def _affine(weight: np.ndarray | None, bias: np.ndarray | None, channels: int) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.ones(channels, np.float32) if weight is None else dense(weight),
        np.zeros(channels, np.float32) if bias is None else dense(bias),
    )
