"""Cases of `chainrule.ops.unfold`."""

import numpy as np

from chainrule import ops

from ..case import Case

OPTIONS = {"kernel_size": (2, 3), "dilation": (2, 1), "padding": (1, 0), "stride": 2}
# How many windows there are in images of 4 by 5, and where in the padded image their taps look.
COUNTS = (2, 2)
TAPS = [(2 * k, l) for k in range(2) for l in range(3)]


def unfolded(x, **_):
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (0, 0)))
    seen = [
        padded[:, :, k + 2 * i, l + 2 * j] for k, l in TAPS for i in range(COUNTS[0]) for j in range(COUNTS[1])
    ]  # one (N, C) for each
    return np.stack(seen, axis=-1).reshape(x.shape[0], -1, COUNTS[0] * COUNTS[1])


def folded(columns, output_size, **_):
    parts = columns.reshape(columns.shape[0], -1, len(TAPS), *COUNTS)
    padded = np.zeros((*parts.shape[:2], output_size[0] + 2, output_size[1]))
    for tap, (k, l) in enumerate(TAPS):
        for i, j in np.ndindex(*COUNTS):
            padded[:, :, k + 2 * i, l + 2 * j] += parts[:, :, tap, i, j]
    return padded[:, :, 1:-1]


CASES = [
    Case(ops.unfold, ((2, 2, 4, 5),), unfolded, static=OPTIONS),
    Case(ops.fold, ((2, 12, 4),), folded, static={"output_size": (4, 5), **OPTIONS}),
]
