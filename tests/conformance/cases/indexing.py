"""Cases of `chainrule.ops.indexing`."""

import numpy as np

from chainrule import ops

from ..case import Case

ROWS = np.array([[0, 2, 2], [1, 0, 2]])
INDICES = {
    "integer": 1,
    "negative": (..., -1),
    "slices": (slice(None, None, 2), slice(3, 0, -1)),
    "new-axis": (slice(None), None, 1),
    "list": [2, 0, 2, 2],
    "array": (slice(None), ROWS),
    "two-arrays": (ROWS, np.array([1, 3, 3])),
    "array-and-slice": (ROWS[0], slice(1, 3)),
    "mask": np.array([[True, False, False, True], [False] * 4, [True] * 4]),
    "mask-of-rows": (np.array([True, False, True]), slice(1, None)),
    "nothing": np.zeros(0, np.int64),
}


def scattered(x, index, shape):
    out = np.zeros(shape)
    np.add.at(out, index, x)
    return out


def scattered_along_axis(x, indices, axis, shape):
    out = np.zeros(shape)
    for place in np.ndindex(x.shape):
        target = list(place)
        target[axis] = indices[place]
        out[tuple(target)] += x[place]
    return out


def take_case(label, index):
    return Case(
        ops.take, ((3, 4),), lambda x, index: x[index], label, {"index": index}, compiled=label in ("array", "slices")
    )


def put_case(label, index):
    shape = np.zeros((3, 4))[index].shape
    return Case(ops.put, (shape,), scattered, label, {"index": index, "shape": (3, 4)}, compiled=label == "array")


def along_axis_case(label, axis, *inputs):
    return Case(
        ops.take_along_axis,
        inputs,
        lambda x, indices: np.take_along_axis(x, indices, axis),
        label,
        call=lambda x, indices: ops.take_along_axis(x, indices, axis),
    )


CASES = [
    *(take_case(label, index) for label, index in INDICES.items()),
    *(put_case(label, index) for label, index in INDICES.items()),
    Case(ops.take, ((5, 2), ROWS), lambda x, index: x[index], "index-as-argument"),
    along_axis_case("first", 0, (3, 3), ROWS),
    along_axis_case("last", -1, (2, 4), ROWS),
    Case(ops.put_along_axis, ((2, 3),), scattered_along_axis, static={"indices": ROWS, "axis": 1, "shape": (2, 4)}),
    Case(
        ops.masked_fill,
        ((3, 4),),
        lambda x, mask, value: np.where(mask, value, x),
        static={"mask": INDICES["mask"][:, :1], "value": -2.5},
    ),
]
