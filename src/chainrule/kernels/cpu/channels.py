"""Channels-last images as one long row of numbers, in which channels repeat.

What belongs to channels, such as a factor for each, is repeated until it fills a *period*, some thousand numbers, so
that loops are long and vectorise whatever the number of channels. Sums are taken of parts that fit a second-level
cache, as many whatever the number of threads, and then put together: so bits do not depend on the threads.
"""

import functools
import math

import numpy as np

from chainrule.kernels.cpu.arrays import dense
from chainrule.kernels.cpu.compiler import inlined, kernel
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.reference.windows import channels_last

PART = 32768  # numbers: a part of a gradient and one of the images fit a second-level cache
_PERIOD = 1024  # about so many numbers
_LANES = 64  # a period is a multiple, where it can be


@inlined
def fold(lanes, channels):
    """Add up what belongs to the same channel, into the first numbers of a period."""
    for first in range(channels, lanes.size, channels):
        for c in range(channels):
            lanes[c] += lanes[first + c]


@inlined
def spread(numbers, lanes):
    """Repeat the numbers of channels through a period."""
    for first in range(0, lanes.size, numbers.size):
        lanes[first : first + numbers.size] = numbers


@kernel("void(Array(float32, 1, 'C', True), int64, int64, float32[:, ::1], int64, int64)")
def sum_parts(x, part_size, channels, sums, start, stop):
    """Sums of the channels of each part."""
    for part in range(start, stop):
        numbers, lanes = x[part * part_size : (part + 1) * part_size], sums[part]
        lanes[:] = np.float32(0)
        for i in range(0, numbers.size, lanes.size):
            chunk = numbers[i : i + lanes.size]
            for j in range(chunk.size):
                lanes[j] += chunk[j]
        fold(lanes, channels)


def channel_sums(x: np.ndarray) -> np.ndarray:
    """Sum over all axes but the second.

    Parameters
    ----------
    x : ndarray of float32, shape (N, C, *S)
        The images.

    Returns
    -------
    ndarray of float32, shape (C,)
        The sums.
    """
    channels = x.shape[1]
    period, part_size = sizes(channels)
    sums = np.empty((-(-x.size // part_size), period), np.float32)
    run_slices(functools.partial(sum_parts, flat_images(x), part_size, channels, sums), len(sums))
    return sums[:, :channels].sum(axis=0)


def flat_images(x: np.ndarray) -> np.ndarray:
    """All numbers, channels last."""
    return dense(channels_last(x)).reshape(-1)


def sizes(channels: int) -> tuple[int, int]:
    """How many numbers a period and a part have."""
    even = math.lcm(channels, _LANES)
    step = even if even <= 4 * _PERIOD else channels
    period = step * max(1, _PERIOD // step)
    return period, period * max(1, PART // period)
