"""Cases of `chainrule.ops.borders`."""

import numpy as np

from chainrule import ops

from ..case import Case

NAMES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def padded(x, padding, mode):
    return np.pad(x, ((0, 0), (0, 0), *padding), mode=NAMES[mode])


CASES = [
    Case(
        ops.pad_images,
        ((2, 2, 3, 4),),
        padded,
        mode,
        {"padding": ((1, 2), (0, 3)), "mode": mode},
        compiled=mode == "reflect",
    )
    for mode in NAMES
]
