"""Pooling of channels-last images along 1 or 2 axes: all channels of a window's tap at once."""

import functools
from typing import Any

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32, dense
from chainrule.kernels.cpu.compiler import inlined, kernel
from chainrule.kernels.cpu.memory import lined
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.reference import pooling as reference
from chainrule.kernels.reference.windows import Pairs, Sizes, channels_first, channels_last, window_count

_ELEMENTS = 32768  # a thread's least share: some 10 microseconds
_FEW_TAPS = 256  # can be told apart by a byte
_ZERO, _LOWEST = np.float32(0), np.float32(-np.inf)

_WINDOW = "UniTuple(int64, 8)"  # kernel, stride, padding before and dilation, each along both axes
_IMAGES, _WINNERS = "Array(float32, 4, 'C', True)", "Array(uint8, 4, 'C', True)"


@inlined
def taps_inside(place, step, count, size):
    """Which of the taps at `place`, `place + step`, ... are inside an axis: the first, and one past the last."""
    first = 0 if place >= 0 else (step - 1 - place) // step
    return first, min(count, (size - place + step - 1) // step)


@kernel(f"void({_IMAGES}, {_WINDOW}, float32[:, :, :, ::1], uint8[:, :, :, ::1], int64, int64)")
def max_pool_lines(x, window, y, winners, start, stop):
    """Lines of windows, counted through all images."""
    tall, wide, down, right, top, left, fall, gap = window
    save = winners.size > 0
    for line in range(start, stop):
        n, i = line // y.shape[1], line % y.shape[1]
        first_a, stop_a = taps_inside(i * down - top, fall, tall, x.shape[1])
        for j in range(y.shape[2]):
            first_b, stop_b = taps_inside(j * right - left, gap, wide, x.shape[2])
            out, won = y[n, i, j], winners[n * save, i * save, j * save]
            out[:] = _LOWEST
            won[:] = first_a * wide + first_b
            for a in range(first_a, stop_a):
                for b in range(first_b, stop_b):
                    seen, tap = x[n, i * down - top + a * fall, j * right - left + b * gap], np.uint8(a * wide + b)
                    if save:
                        for c in range(seen.size):
                            is_larger = (seen[c] > out[c]) | (seen[c] != seen[c])
                            out[c] = seen[c] if is_larger else out[c]
                            won[c] = tap if is_larger else won[c]
                    else:
                        for c in range(seen.size):
                            out[c] = seen[c] if (seen[c] > out[c]) | (seen[c] != seen[c]) else out[c]


@kernel(f"void({_IMAGES}, {_WINNERS}, {_WINDOW}, float32[:, :, :, ::1], int64, int64)")
def max_pool_scatter_images(grad, winners, window, dx, start, stop):
    tall, wide, down, right, top, left, fall, gap = window
    for n in range(start, stop):
        dx[n] = _ZERO
        for i in range(grad.shape[1]):
            first_a, stop_a = taps_inside(i * down - top, fall, tall, dx.shape[1])
            for j in range(grad.shape[2]):
                first_b, stop_b = taps_inside(j * right - left, gap, wide, dx.shape[2])
                g, won = grad[n, i, j], winners[n, i, j]
                for a in range(first_a, stop_a):
                    for b in range(first_b, stop_b):
                        into, tap = dx[n, i * down - top + a * fall, j * right - left + b * gap], a * wide + b
                        for c in range(into.size):
                            into[c] += g[c] if won[c] == tap else _ZERO


@kernel(f"void({_IMAGES}, {_WINDOW}, float32[:, :, :, ::1], int64, int64)")
def sum_pool_lines(x, window, y, start, stop):
    """Lines of windows, counted through all images."""
    tall, wide, down, right, top, left, fall, gap = window
    for line in range(start, stop):
        n, i = line // y.shape[1], line % y.shape[1]
        first_a, stop_a = taps_inside(i * down - top, fall, tall, x.shape[1])
        for j in range(y.shape[2]):
            first_b, stop_b = taps_inside(j * right - left, gap, wide, x.shape[2])
            out = y[n, i, j]
            out[:] = _ZERO
            for a in range(first_a, stop_a):
                for b in range(first_b, stop_b):
                    seen = x[n, i * down - top + a * fall, j * right - left + b * gap]
                    for c in range(seen.size):
                        out[c] += seen[c]


@kernel(f"void({_IMAGES}, {_WINDOW}, float32[:, :, :, ::1], int64, int64)")
def sum_pool_spread_images(grad, window, dx, start, stop):
    tall, wide, down, right, top, left, fall, gap = window
    for n in range(start, stop):
        dx[n] = _ZERO
        for i in range(grad.shape[1]):
            first_a, stop_a = taps_inside(i * down - top, fall, tall, dx.shape[1])
            for j in range(grad.shape[2]):
                first_b, stop_b = taps_inside(j * right - left, gap, wide, dx.shape[2])
                g = grad[n, i, j]
                for a in range(first_a, stop_a):
                    for b in range(first_b, stop_b):
                        into = dx[n, i * down - top + a * fall, j * right - left + b * gap]
                        for c in range(into.size):
                            into[c] += g[c]


@functools.wraps(reference.max_pool)
def max_pool(
    x: np.ndarray, kernel: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, save: bool
) -> tuple[np.ndarray, np.ndarray | None]:
    if not _suits(x, kernel):
        return reference.max_pool(x, kernel, stride, padding, dilation, save)
    images, window = _images(x), _window(kernel, stride, padding, dilation)
    shape = _shape_of_result(x, kernel, stride, padding, dilation)
    y, winners = lined(*shape), np.empty(shape if save else (0, 0, 0, 0), np.uint8)
    _run(functools.partial(max_pool_lines, images, window, y, winners), shape[0] * shape[1], y)
    return _result(y, x.ndim), _result(winners, x.ndim) if save else None


@functools.wraps(reference.max_pool_scatter)
def max_pool_scatter(
    grad: np.ndarray,
    winners: np.ndarray,
    input_shape: Sizes,
    kernel: Sizes,
    stride: Sizes,
    padding: Pairs,
    dilation: Sizes,
) -> np.ndarray:
    if not _suits(grad, kernel) or winners.dtype != np.uint8:
        return reference.max_pool_scatter(grad, winners, input_shape, kernel, stride, padding, dilation)
    dx, window = _empty_images(input_shape), _window(kernel, stride, padding, dilation)
    _run(functools.partial(max_pool_scatter_images, _images(grad), _images(winners), window, dx), len(dx), dx)
    return _result(dx, grad.ndim)


@functools.wraps(reference.sum_pool)
def sum_pool(x: np.ndarray, kernel: Sizes, stride: Sizes, padding: Pairs) -> np.ndarray:
    if not _suits(x, kernel):
        return reference.sum_pool(x, kernel, stride, padding)
    dense_taps = (1,) * len(kernel)
    y = lined(*_shape_of_result(x, kernel, stride, padding, dense_taps))
    window = _window(kernel, stride, padding, dense_taps)
    _run(functools.partial(sum_pool_lines, _images(x), window, y), y.shape[0] * y.shape[1], y)
    return _result(y, x.ndim)


@functools.wraps(reference.sum_pool_spread)
def sum_pool_spread(grad: np.ndarray, input_shape: Sizes, kernel: Sizes, stride: Sizes, padding: Pairs) -> np.ndarray:
    if not _suits(grad, kernel):
        return reference.sum_pool_spread(grad, input_shape, kernel, stride, padding)
    dx, window = _empty_images(input_shape), _window(kernel, stride, padding, (1,) * len(kernel))
    _run(functools.partial(sum_pool_spread_images, _images(grad), window, dx), len(dx), dx)
    return _result(dx, grad.ndim)


def _suits(x: np.ndarray, kernel: Sizes) -> bool:
    return all_float32(x) and len(kernel) <= 2 and kernel[0] * kernel[-1] <= _FEW_TAPS


def _run(part: Any, count: int, result: np.ndarray) -> None:
    """Share out lines or images."""
    run_slices(part, count, max(1, _ELEMENTS * count // max(1, result.size)))


def _images(x: np.ndarray) -> np.ndarray:
    """(N, C, *S) as (N, H, W, C), where sequences are images of one line."""
    return dense(channels_last(x)).reshape(_shape_of_images(x.shape))


def _empty_images(shape: Sizes) -> np.ndarray:
    return lined(*_shape_of_images(shape))


def _shape_of_images(shape: Sizes) -> Sizes:
    return shape[0], shape[2] if len(shape) == 4 else 1, shape[-1], shape[1]


def _result(y: np.ndarray, ndim: int) -> np.ndarray:
    """(N, H, W, C) as (N, C, *S) of so many axes."""
    return channels_first(y if ndim == 4 else y[:, 0])


def _shape_of_result(x: np.ndarray, kernel: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes) -> Sizes:
    counts = window_count(x.shape[2:], kernel, stride, padding, dilation)
    return (x.shape[0], *(1,) * (2 - len(counts)), *counts, x.shape[1])


def _window(kernel: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes) -> Sizes:
    """As kernels take it."""
    before = tuple(pair[0] for pair in padding)
    missing = 2 - len(kernel)
    parts = ((kernel, 1), (stride, 1), (before, 0), (dilation, 1))
    return tuple(number for part, none in parts for number in (none,) * missing + tuple(part))
