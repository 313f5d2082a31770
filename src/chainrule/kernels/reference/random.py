"""Random bits by counter: Threefry-2x32 with 20 rounds.

J. Salmon, M. Moraes, R. Dror and D. Shaw, Parallel random numbers: as easy as 1, 2, 3 (SC 2011). Thirty-two-bit
words that wrap around, so every backend computes the same bits.
"""

import math
from typing import Any

import numpy as np

from chainrule.backend import Array, namespace

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
PARITY = np.uint32(0x1BD11BDA)


def threefry2x32(key: tuple[Array, Array], counter: tuple[Array, Array]) -> tuple[Array, Array]:
    """Scramble counters with a key.

    Parameters
    ----------
    key : tuple of two Arrays of uint32
        Broadcast with the counter. Arrays of at least one axis, as NumPy warns when scalars wrap around.
    counter : tuple of two Arrays of uint32
        The two words of each counter.

    Returns
    -------
    tuple of two Arrays of uint32
        The two words of the result, of the shape that key and counter broadcast to.
    """
    keys = (key[0], key[1], PARITY ^ key[0] ^ key[1])
    a, b = counter[0] + keys[0], counter[1] + keys[1]
    for group in range(5):
        for distance in ROTATIONS[group % 2]:
            a = a + b
            b = (b << np.uint32(distance) | b >> np.uint32(32 - distance)) ^ a
        a = a + keys[(group + 1) % 3]
        b = b + (keys[(group + 2) % 3] + np.uint32(group + 1))
    return a, b


def random_bits(key: Array, rows: Array, columns: int) -> Array:
    """Draw 32 random bits for each place of a matrix.

    Parameters
    ----------
    key : Array of uint32, shape (2,)
        Names the matrix.
    rows : Array of uint32, shape (R,)
        Number of each row: a row's bits depend on the key and this number only.
    columns : int
        C. Element (r, c) is word c % 2 of the result for counter (rows[r], c // 2).

    Returns
    -------
    Array of uint32, shape (R, C)
        The bits.
    """
    xp = namespace(key, rows)
    pairs = (columns + 1) // 2
    counters = xp.arange(pairs, dtype=np.uint32)
    words = threefry2x32((key[0:1], key[1:2]), (rows[:, None], counters[None, :]))  # two of (R, C / 2)
    return xp.reshape(xp.stack(words, axis=-1), (rows.shape[0], 2 * pairs))[:, :columns]


def dropout_mask(key: Array, rows: Array, columns: int, keep_probability: float, dtype: Any) -> Array:
    """Draw what to multiply by: one over the probability to keep, or zero.

    Parameters
    ----------
    key : Array of uint32, shape (2,)
        As for `random_bits`.
    rows : Array of uint32, shape (R,)
        As for `random_bits`.
    columns : int
        As for `random_bits`.
    keep_probability : float
        In (0, 1]. An element is kept where its bits are below this times 2**32.
    dtype : dtype
        Of the result.

    Returns
    -------
    Array, shape (R, C)
        The mask.
    """
    xp = namespace(key, rows)
    last_kept = math.floor(keep_probability * 2**32) - 1
    if last_kept < 0:
        return xp.zeros((rows.shape[0], columns), dtype=dtype)
    kept = random_bits(key, rows, columns) <= np.uint32(last_kept)
    return xp.astype(kept, dtype) * np.asarray(1.0 / keep_probability, dtype)
