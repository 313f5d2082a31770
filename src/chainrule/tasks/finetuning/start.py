"""What a run of fine-tuning begins with: said before the training, so that nothing is lost unnoticed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chainrule.nn import Module

__all__ = ["describe_start"]


def describe_start(model: Module, loaded: Mapping[str, Any], ignored: Mapping[str, str], source: str) -> str:
    """Say what became of every array.

    Parameters
    ----------
    model : Module
        The model that is to learn.
    loaded : mapping of str to object
        The paths in it of what came from before.
    ignored : mapping of str to str
        What was left aside, and why.
    source : str
        Where it came from.

    Returns
    -------
    str
        A line for each outcome, and below it the names where something did not go as it should.
    """
    parameters = dict(model.named_parameters())
    learns = {name for name, parameter in parameters.items() if parameter.requires_grad}
    groups = {
        "loaded": [name for name in parameters if name in loaded],
        "new": [name for name in parameters if name not in loaded],
        "frozen": [name for name in parameters if name not in learns],
        "learns": [name for name in parameters if name in learns],
    }
    lines = [f"{type(model).__name__} from {source}"]
    for outcome, names in groups.items():
        count = sum(parameters[name].size for name in names)
        lines.append(f"  {outcome:<8} {len(names):>4} arrays {count:>12,} numbers")
        if outcome == "new":
            lines += [f"      {name} {parameters[name].shape}: drawn at random" for name in names]
    if ignored:
        lines.append(f"  {'ignored':<8} {len(ignored):>4} arrays")
        lines += [f"      {name}: {why}" for name, why in ignored.items()]
    return "\n".join(lines)
