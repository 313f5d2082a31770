"""Copying weights into a model, with a report of what became of each array."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from chainrule.errors import WeightsError
from chainrule.interop.families.family import Arrival, Family
from chainrule.interop.report import TransferredArray, TransferReport
from chainrule.interop.weights import Weights
from chainrule.nn import Module

__all__ = ["transfer"]


def transfer(weights: Weights, model: Module, family: Family, *, new_head: bool = False) -> TransferReport:
    """Copy weights into a model of their family; nothing is copied when something does not fit.

    Parameters
    ----------
    weights : Weights
        What was read.
    model : Module
        The model, of the right sizes.
    family : Family
        Knows both sides' names.
    new_head : bool, default False
        Leave the family's head as the model has it.

    Returns
    -------
    TransferReport
        What became of each array.

    Raises
    ------
    WeightsError
        If the weights lack something, have other shapes, or are not finite.
    """
    own = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    fitting: list[Arrival] = []
    outcomes: list[TransferredArray] = []
    ignored = dict.fromkeys(weights.arrays, "the model has no such part")
    for arrival in family.arrivals(weights.arrays):
        if new_head and _is_within(arrival.name, family.head):
            ignored.update(dict.fromkeys(arrival.origins, f"the model has a new {family.head}"))
        elif arrival.name in own:
            fitting.append(arrival)
            outcomes.append(_outcome(arrival, weights.arrays))
            for origin in arrival.origins:
                ignored.pop(origin, None)
    outcomes += [TransferredArray("ignored", name, weights.arrays[name].shape, why) for name, why in ignored.items()]
    for arrival in fitting:
        _check(arrival, weights.source, family.title, own[arrival.name])
    left = model.load_state_dict({name: array for name, array, *_ in fitting}, strict=False).missing_keys
    if lacking := [name for name in left if not (new_head and _is_within(name, family.head))]:
        raise WeightsError(
            f"{weights.source} lacks {len(lacking)} of the arrays of {family.title}, {lacking[0]!r} among them: it is "
            "of another architecture, or not whole"
        )
    why = "it begins anew, from random numbers"
    outcomes += [TransferredArray("new", name, own[name], why) for name in left]
    return TransferReport(weights.source, type(model).__name__, tuple(outcomes))


def _outcome(arrival: Arrival, file: Mapping[str, np.ndarray]) -> TransferredArray:
    if not arrival.change:
        return TransferredArray("loaded", arrival.name, arrival.array.shape)
    origins = ", ".join(f"{name} {file[name].shape}" for name in arrival.origins)
    return TransferredArray("reshaped", arrival.name, arrival.array.shape, f"{arrival.change}: {origins}")


def _is_within(name: str, part: str) -> bool:
    return bool(part) and name.startswith(f"{part}.")


def _check(arrival: Arrival, source: str, title: str, shape: tuple[int, ...]) -> None:
    """Refuse another shape, and numbers that are none; the user's name for an array is that of the file."""
    array, name = arrival.array, arrival.origins[0] if len(arrival.origins) == 1 else arrival.name
    if array.shape != shape:
        raise WeightsError(f"{source} has {name} of shape {array.shape}, where {title} has {shape}")
    if array.dtype.kind in "fc" and not np.isfinite(array).all():
        wrong = array.size - np.count_nonzero(np.isfinite(array))
        found = "1 number that is" if wrong == 1 else f"{wrong:,} numbers that are"
        raise WeightsError(
            f"{source} has {found} NaN or infinite in {name}: it is damaged, or was saved after its training had "
            "diverged; get another copy"
        )
