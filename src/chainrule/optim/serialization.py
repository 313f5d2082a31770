"""An optimiser's state as plain arrays and numbers, and back."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chainrule.autodiff import Tensor
from chainrule.backend import namespace
from chainrule.nn.conversion import copied
from chainrule.optim.cells import as_number

if TYPE_CHECKING:
    from chainrule.optim.optimizer import Optimizer


def state_of(optimizer: "Optimizer") -> dict[str, Any]:
    """What `Optimizer.state_dict` returns."""
    numbers = {p: number for number, p in enumerate(_parameters(optimizer))}
    state = {
        number: {
            name: part.numpy() if isinstance(part, Tensor) else as_number(part.value)
            for name, part in optimizer.state[p].items()
        }
        for p, number in numbers.items()
        if p in optimizer.state
    }
    groups = [
        {**_plain_settings(group), "params": [numbers[p] for p in group["params"]]} for group in optimizer.param_groups
    ]
    return {"state": state, "param_groups": groups}


def load_state(optimizer: "Optimizer", state_dict: Mapping[str, Any]) -> None:
    """What `Optimizer.load_state_dict` does: first everything is checked, then everything is written."""
    name = type(optimizer).__name__
    groups = state_dict["param_groups"]
    sizes, own_sizes = ([len(group["params"]) for group in g] for g in (groups, optimizer.param_groups))
    if sizes != own_sizes:
        raise ValueError(f"{name} has groups of {own_sizes} parameters, but got a state with groups of {sizes}")
    saved = {int(number): parts for number, parts in state_dict["state"].items()}
    order = [int(number) for group in groups for number in group["params"]]
    loaded = {
        p: _loaded(optimizer, p, group, saved[number])
        for (p, group), number in zip(_with_groups(optimizer), order)
        if number in saved
    }
    for own, group in zip(optimizer.param_groups, groups):
        own.update((key, _as_setting(own[key], value)) for key, value in group.items() if key in optimizer.defaults)
    optimizer.state.clear()
    for p, values in loaded.items():
        for key, part in optimizer._state(p, _group_of(optimizer, p)).items():
            part.value = values[key]


def _loaded(optimizer: "Optimizer", p: Tensor, group: dict, parts: Mapping[str, Any]) -> dict[str, Any]:
    """The state of one parameter, in arrays of its own."""
    expected = {name: tuple(value.shape) for name, value in optimizer.init(p.constant(), group).items()}
    found = {name: tuple(value.shape) for name, value in parts.items() if name != "step" and value is not None}
    if found != expected:
        raise ValueError(
            f"{type(optimizer).__name__} keeps {expected} for a parameter of shape {p.shape}, but got {found}"
        )
    arrays = {name: namespace(p.value).astype(copied(parts[name], p.value), p.dtype) for name in expected}
    # PyTorch's SGD counts no steps; all that matters is then that there was one.
    return {"step": int(as_number(parts.get("step", 1))), **arrays}


def _with_groups(optimizer: "Optimizer") -> list[tuple[Tensor, dict]]:
    return [(p, group) for group in optimizer.param_groups for p in group["params"]]


def _parameters(optimizer: "Optimizer") -> list[Tensor]:
    return [p for p, _ in _with_groups(optimizer)]


def _group_of(optimizer: "Optimizer", p: Tensor) -> dict:
    return next(group for q, group in _with_groups(optimizer) if q is p)


def _plain_settings(group: dict) -> dict[str, Any]:
    """A group's settings as JSON takes them."""
    return {
        name: [as_number(part) for part in value] if isinstance(value, (tuple, list)) else as_number(value)
        for name, value in group.items()
        if name != "params"
    }


def _as_setting(own: Any, value: Any) -> Any:
    """JSON has no tuples."""
    return tuple(value) if isinstance(own, tuple) else as_number(value)
