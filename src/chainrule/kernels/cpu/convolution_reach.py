"""What the places of an axis meet, when a filter slides along it: tables that are the same for all images."""

import functools
import math
from typing import NamedTuple

import numpy as np

_NOTHING = (0, 0, 0)  # what a place meets that sees only padding


class Reach(NamedTuple):
    """What the places of an axis meet.

    Attributes
    ----------
    places : ndarray of int64, shape (P, 3)
        The first element that each place meets, the number of the tap by which, and how many taps there are.
    runs : ndarray of int64, shape (R, 6)
        The same for places that are `place_step` apart: the first place, how many there are, whether they slide, and
        what the first of them meets. All of a run meet the same taps; where they slide, elements may be outside.
    place_step, advance : int
        By how much places and the elements that they meet go on in a run.
    element_step, tap_step : int
        By how much elements and taps go on for a place; places slide only where elements go on by one.
    """

    places: np.ndarray
    runs: np.ndarray
    place_step: int
    advance: int
    element_step: int
    tap_step: int


@functools.lru_cache(maxsize=1024)
def reach(places: int, stride: int, before: int, taps: int, dilation: int, size: int) -> Reach:
    """Place i meets element ``i * stride + k * dilation - before`` by tap k, where that is inside an axis of `size`."""
    met = []
    for i in range(places):
        start = i * stride - before
        first, stop = max(0, -(start // dilation)), min(taps, -((start - size) // dilation))
        met.append((start + first * dilation, first, stop - first) if first < stop else _NOTHING)
    slides = stride == dilation == 1
    runs = [[0, places, 1, -before, 0, taps]] if slides else _runs(met, 1, stride)
    return Reach(_table(met, 3), _table(runs, 6), 1, stride, dilation, 1)


@functools.lru_cache(maxsize=1024)
def reach_back(size: int, before: int, taps: int, dilation: int, windows: int, stride: int) -> Reach:
    """Element i meets window o by tap k where ``o * stride + k * dilation - before`` is i."""
    found = [[(*divmod(i + before - k * dilation, stride), k) for k in range(taps)] for i in range(size)]
    meeting = [[(o, k) for o, rest, k in each if rest == 0] for each in found]
    inside = [[(o, k) for o, k in each if 0 <= o < windows] for each in meeting]
    met = [(*each[-1], len(each)) if each else _NOTHING for each in inside]
    common = math.gcd(stride, dilation)
    element_step = dilation // common
    runs = _phases(meeting, stride) if element_step == 1 else _runs(met, stride, 1)
    return Reach(_table(met, 3), _table(runs, 6), stride, 1, element_step, -(stride // common))


def _phases(meeting: list[list[tuple[int, int]]], stride: int) -> list[list[int]]:
    """Places that are a stride apart slide along all windows."""
    return [
        [phase, len(meeting[phase::stride]), 1, *each[-1], len(each)] if each
        else [phase, len(meeting[phase::stride]), 0, *_NOTHING]
        for phase, each in enumerate(meeting[:stride])
    ]  # fmt: skip


def _runs(met: list[tuple[int, int, int]], step: int, advance: int) -> list[list[int]]:
    """Put together places, `step` apart, that meet the same taps."""
    runs: list[list[int]] = []
    for phase in range(step):
        for i in range(phase, len(met), step):
            element, *taps = met[i]
            if i > phase and taps == runs[-1][4:] and element == runs[-1][3] + advance * runs[-1][1]:
                runs[-1][1] += 1
            else:
                runs.append([i, 1, 0, element, *taps])
    return runs


def _table(rows: list, width: int) -> np.ndarray:
    return np.array(rows, np.int64).reshape(-1, width)
