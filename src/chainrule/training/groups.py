"""Which parameters of a model learn alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chainrule.nn import Parameter

__all__ = ["parameter_groups"]


def parameter_groups(parameters: Iterable[Parameter], weight_decay: float) -> list[dict[str, Any]]:
    """Sort parameters by their weight decay: biases and the scales of normalisation have none.

    Parameters
    ----------
    parameters : iterable of Parameter
        The parameters; frozen ones are left out.
    weight_decay : float
        That of the others.

    Returns
    -------
    list of dict
        What an optimiser takes, without empty groups.
    """
    learns = [parameter for parameter in parameters if parameter.requires_grad]
    groups = [
        {"params": [p for p in learns if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in learns if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]
