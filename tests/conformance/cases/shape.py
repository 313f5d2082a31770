"""Cases of `chainrule.ops.shape`."""

import numpy as np

from chainrule import ops

from ..case import Case

WIDTHS = ((1, 0), (0, 2), (1, 1))


def tiled(x, repeats):
    return np.tile(x, repeats)


CASES = [
    Case(ops.reshape, ((3, 4),), np.reshape, static={"shape": (2, -1)}),
    Case(ops.transpose, ((2, 3, 4),), np.transpose, static={"axes": (1, -1, 0)}),
    Case(ops.transpose, ((2, 3),), np.transpose, "all", compiled=False),
    Case(ops.swapaxes, ((2, 3, 4),), np.swapaxes, static={"axis1": 0, "axis2": -1}),
    Case(ops.broadcast_to, ((3, 1),), np.broadcast_to, static={"shape": (2, 3, 4)}),
    Case(ops.squeeze, ((2, 1, 3, 1),), np.squeeze),
    Case(ops.squeeze, ((2, 1, 3, 1),), np.squeeze, "axis", {"axis": -1}, compiled=False),
    Case(ops.expand_dims, ((2, 3),), np.expand_dims, static={"axis": -1}),
    Case(ops.flatten, ((2, 3, 4),), lambda x, start: x.reshape(2, 12), static={"start": 1}),
    Case(ops.flatten, ((),), lambda x: x.reshape(1), "without-axes", compiled=False),
    Case(ops.flip, ((2, 3),), np.flip, static={"axis": 1}),
    Case(ops.flip, ((2, 3),), np.flip, "all", compiled=False),
    Case(ops.roll, ((2, 5),), np.roll, static={"shift": 2, "axis": 1}),
    Case(ops.roll, ((2, 5),), np.roll, "two-axes", {"shift": (1, -2), "axis": (0, 1)}, compiled=False),
    Case(ops.pad, ((2, 3, 2),), np.pad, static={"pad_width": WIDTHS, "constant_values": 1.5}),
    Case(ops.tril, ((2, 3, 4),), np.tril, static={"k": 1}),
    Case(ops.triu, ((4, 3),), np.triu, static={"k": -1}),
    Case(ops.tile, ((2, 3),), tiled, static={"repeats": (2, 1, 2)}),
    Case(ops.tile, ((2, 3),), tiled, "last-axis", {"repeats": 3}, compiled=False),
    Case(ops.repeat_interleave, ((2, 3, 2),), np.repeat, static={"repeats": 2, "axis": 1}),
    Case(
        ops.concatenate,
        ((2, 3), (2, 1), (2, 2)),
        lambda *xs: np.concatenate(xs, axis=-1),
        call=lambda *xs: ops.concatenate(xs, axis=-1),
    ),
    Case(
        ops.concatenate,
        ((2, 3),),
        lambda x: np.concatenate([x, x]),
        "twice-the-same",
        call=lambda x: ops.concatenate([x, x]),
        compiled=False,
    ),
    Case(
        ops.stack,
        ((2, 3), (2, 3)),
        lambda *xs: np.stack(xs, axis=1),
        call=lambda *xs: ops.stack(xs, axis=1),
    ),
    Case(ops.unstack, ((2, 3, 4),), lambda x, axis: tuple(np.moveaxis(x, axis, 0)), static={"axis": -2}),
    Case(
        ops.split,
        ((2, 5),),
        lambda x, sizes, axis: tuple(np.split(x, [2, 4], axis=axis)),
        static={"sizes": 2, "axis": 1},
    ),
    Case(
        ops.split,
        ((6,),),
        lambda x, sizes: tuple(np.split(x, [1, 1])),
        "unequal",
        {"sizes": (1, 0, 5)},
        compiled=False,
    ),
]
