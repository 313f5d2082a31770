"""What pull-backs keep from the forward pass."""

from typing import Any

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.autodiff.tensor import plain


def held_arrays(pulls: Any) -> dict[int, Any]:
    """The arrays that pull-backs close over, each once, by ``id``; views as the array whose memory they share."""
    held: dict[int, Any] = {}
    seen: set[int] = set()
    waiting = [*pulls] if isinstance(pulls, tuple) else [pulls]
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, np.ndarray):
            whole = value if value.base is None else value.base
            held[id(whole)] = whole if hasattr(whole, "nbytes") else value
        elif isinstance(value, (tuple, list)):
            waiting.extend(value)
        elif isinstance(value, Tensor):
            waiting.append(plain(value))
        elif getattr(value, "__closure__", None):
            waiting.extend(cell.cell_contents for cell in value.__closure__)
    return held
