"""Cases of `chainrule.ops.interpolation`."""

import numpy as np

from chainrule import ops

from ..case import Case


def nearest(x, rows, columns):
    return x[:, :, rows][:, :, :, columns]


def straight(x, *places):
    """Along each axis at the places given, which stay within the outermost elements."""
    for axis, where in enumerate(places, 2):
        rows = np.moveaxis(x, axis, -1)
        flat = [np.interp(where, np.arange(rows.shape[-1]), row) for row in rows.reshape(-1, rows.shape[-1])]
        x = np.moveaxis(np.array(flat).reshape(*rows.shape[:-1], len(where)), -1, axis)
    return x


CASES = [
    Case(
        ops.interpolate,
        ((2, 2, 3, 2),),
        lambda x, **_: nearest(x, [0, 0, 1, 1, 2, 2], [0, 0, 0, 1, 1, 1]),
        static={"scale_factor": (2, 3)},
    ),
    Case(
        ops.interpolate,
        ((2, 2, 3, 4),),
        lambda x, **_: nearest(x, [0, 0, 1, 1, 2], [0, 1, 2]),
        "nearest-size",
        {"size": (5, 3)},
        compiled=False,
    ),
    Case(
        ops.interpolate,
        ((2, 2, 3, 4),),
        lambda x, **_: straight(x, np.clip((np.arange(5) + 0.5) * 0.6 - 0.5, 0, 2), [0.5, 2.5]),
        "bilinear",
        {"size": (5, 2), "mode": "bilinear"},
    ),
    Case(
        ops.interpolate,
        ((2, 2, 4),),
        lambda x, **_: straight(x, np.linspace(0, 3, 7)),
        "aligned",
        {"size": 7, "mode": "linear", "align_corners": True},
        compiled=False,
    ),
]
