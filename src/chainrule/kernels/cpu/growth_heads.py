"""One head of attention for one more place, in addresses."""

import numpy as np

from chainrule.kernels.cpu.attention_rows import soften
from chainrule.kernels.cpu.compiler import inlined
from chainrule.kernels.cpu.growth_rows import average_and_copy, score_and_copy
from chainrule.kernels.cpu.simd import LANES, address


@inlined
def room_beside(count):
    """What `look_back_head` needs besides: scores, terms, ones, limits, running sums, each in whole registers."""
    whole = -(-count // LANES) * LANES
    room = np.zeros(4 * whole + 4 * LANES, np.float32)
    room[2 * whole + LANES : 3 * whole + LANES] = 1.0
    room[3 * whole + LANES : 3 * whole + LANES + count] = np.inf
    room[3 * whole + LANES + count : 4 * whole + LANES] = -np.inf
    return room


@inlined
def look_back_head(room, parts):
    """One head, with `room_beside`; y begins with zeros.

    The parts are the addresses of query, key and value, of keys and values before and after; how many places there
    are before, and the widths of keys and values; the addresses of the scale and of y.
    """
    query, key, value, keys, values, new_keys, new_values, before, width, wide, scale, y = parts
    whole = -(-(before + 1) // LANES) * LANES
    scores = address(room)
    terms = scores + 4 * (whole + LANES)
    ones, limits, sums = terms + 4 * whole, terms + 8 * whole, terms + 12 * whole
    place = 4 * whole + LANES
    room[place : place + LANES], room[place + LANES : place + 3 * LANES] = -np.inf, 0.0
    total, last = sums + 4 * LANES, 4 * before * width
    score_and_copy(query, keys, new_keys, width, scores, before)
    score_and_copy(query, key, new_keys + last, width, scores + 4 * before, 1)
    soften(scores, whole, whole, scale, terms, limits, ones, sums, total, sums + 8 * LANES)
    if room[place + LANES] == 0.0:  # nothing is seen: every weight is 0, whatever they are divided by
        room[place + LANES : place + 2 * LANES] = 1.0
    average_and_copy(scores, values, new_values, wide, total, y, before)
    average_and_copy(scores + 4 * before, value, new_values + 4 * before * wide, wide, total, y, 1)
