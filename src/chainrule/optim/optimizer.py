"""`Optimizer`: parameter groups, state, and one step over all of them."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.backend import Array, namespace
from chainrule.kernels import ArrayList
from chainrule.optim.cells import Cell, StepCount, learning_rate_cell
from chainrule.optim.serialization import load_state, state_of

Group = dict[str, Any]


class Optimizer:
    """What all optimisers share. One of them is a rule for a single array: `init` and `apply`, both pure.

    Parameters
    ----------
    params : iterable of Tensor or of dict
        What to optimise, or groups of it: dicts with the entry ``params`` and with settings of their own.
    defaults : dict
        The settings of groups that have none of their own.

    Attributes
    ----------
    param_groups : list of dict
        The groups, each with ``params`` and all settings. They may be changed between steps.
    state : dict
        For each parameter that was optimised a dict with its `StepCount` under ``step`` and with Tensors.

    Raises
    ------
    ValueError
        If there are no parameters, one stands in two groups, or a setting is out of range or unknown.
    TypeError
        If something is no floating-point leaf.
    """

    def __init__(self, params: Iterable[Any], defaults: Mapping[str, Any]):
        self.defaults = dict(defaults)
        self.param_groups: list[Group] = []
        self.state: dict[Tensor, dict[str, Any]] = {}
        self._lists: list[dict[str, ArrayList]] = []  # of the last step, kept while the arrays are the same
        given: list[Any] = [params] if isinstance(params, (Tensor, dict)) else list(params)
        if not given:
            raise ValueError(f"{type(self).__name__} got no parameters: give it model.parameters()")
        for group in given if isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(group)

    # The rule

    def check(self, settings: Mapping[str, Any]) -> None:
        """Refuse settings that make no sense.

        Parameters
        ----------
        settings : dict
            Those of a group.

        Raises
        ------
        ValueError
            If one is out of range.
        """
        for name in ("lr", "weight_decay"):
            if not settings[name] >= 0:
                raise ValueError(f"{type(self).__name__} expected {name} to be 0 or more, but got {settings[name]}")

    def init(self, p: Array, settings: Mapping[str, Any]) -> dict[str, Array]:
        """Make the state that belongs to an array before its first step.

        Parameters
        ----------
        p : Array
            The array to optimise, of NumPy or JAX.
        settings : dict
            Those of its group.

        Returns
        -------
        dict of str to Array
            Arrays of its backend.
        """
        raise NotImplementedError(f"{type(self).__name__} must define init(p, settings)")

    def apply(
        self, p: Array, grad: Array, state: dict[str, Array], settings: Mapping[str, Any], step: Any
    ) -> tuple[Array, dict[str, Array]]:
        """Compute a step for one array. Nothing that comes in is changed.

        Parameters
        ----------
        p : Array
            The array to optimise, of NumPy or JAX, or a tracer.
        grad : Array
            Its gradient.
        state : dict of str to Array
            What `init` made and the steps before have left.
        settings : dict
            Those of its group; ``lr`` may be traced.
        step : int or Array
            The number of this step, from 1; may be traced.

        Returns
        -------
        p : Array
            The new numbers.
        state : dict of str to Array
            The new state.
        """
        raise NotImplementedError(f"{type(self).__name__} must define apply(p, grad, state, settings, step)")

    def apply_in_place(
        self,
        ps: ArrayList,
        grads: ArrayList,
        states: Mapping[str, ArrayList],
        settings: Mapping[str, Any],
        step: int,
    ) -> None:
        """Do the same to many NumPy arrays of one dtype, in place.

        Parameters
        ----------
        ps : ArrayList
            The arrays to optimise; changed.
        grads : ArrayList
            Their gradients.
        states : dict of str to ArrayList
            For each name that `init` gives, the arrays of all; changed.
        settings : dict
            Those of their group.
        step : int
            The number of this step, the same for all.
        """
        for i, (p, grad) in enumerate(zip(ps, grads)):
            p[...], changed = self.apply(p, grad, {name: of[i] for name, of in states.items()}, settings, step)
            for name, value in changed.items():
                states[name][i][...] = value

    # Groups

    def add_param_group(self, group: Mapping[str, Any]) -> None:
        """Optimise more parameters.

        Parameters
        ----------
        group : dict
            ``params`` and settings.

        Raises
        ------
        ValueError
            If a parameter is optimised already, or a setting is out of range or unknown.
        TypeError
            If something is no floating-point leaf.
        """
        name = type(self).__name__
        unknown = group.keys() - self.defaults.keys() - {"params"}
        if unknown or "params" not in group:
            raise ValueError(
                f"{name} expected a group with 'params' and any of {', '.join(self.defaults)}, "
                f"but got {', '.join(group)}"
            )
        given = [group["params"]] if isinstance(group["params"], Tensor) else group["params"]
        taken = {p for other in self.param_groups for p in other["params"]}
        params: dict[Tensor, None] = {}  # tied weights once
        for p in given:
            if not isinstance(p, Tensor) or not p.is_leaf or p.dtype.kind in "iub":
                raise TypeError(f"{name} optimises floating-point leaf Tensors, but got {p!r}")
            if p in taken:
                raise ValueError(f"{name} got a parameter of shape {p.shape} in two groups: keep it in one of them")
            params[p] = None
        complete = {**self.defaults, **group, "params": list(params)}
        self.check(complete)
        self.param_groups.append(complete)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters.

        Parameters
        ----------
        set_to_none : bool, default True
            False leaves zeros.
        """
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = None if set_to_none or p.grad is None else Tensor(p.grad.value * 0)

    # A step

    def step(self) -> None:
        """Change every parameter that has a gradient and is not frozen."""
        batches: dict[tuple, list[Tensor]] = {}
        for number, group in enumerate(self.param_groups):
            for p in group["params"]:
                if p.grad is None or p.node is None:
                    continue
                count = self._state(p, group)["step"]
                count.value = count.value + 1
                if isinstance(p.value, np.ndarray):
                    batches.setdefault((number, p.dtype, int(count.value)), []).append(p)
                else:
                    self._apply(p, group)
        kept = self._lists
        self._lists = []
        for place, ((number, _, step), ps) in enumerate(batches.items()):
            before = kept[place] if place < len(kept) else {}
            self._apply_in_place(ps, self.param_groups[number], step, before)

    def _state(self, p: Tensor, group: Group) -> dict[str, Any]:
        state = self.state.get(p)
        if state is None:
            made = self.init(p.constant(), group)
            state = {"step": StepCount(), **{name: Tensor(value) for name, value in made.items()}}
            self.state[p] = state
        return state

    def _apply(self, p: Tensor, group: Group) -> None:
        state = self.state[p]
        dtype = p.dtype
        xp = namespace(p.value)
        lr = group["lr"]
        rate = float(lr) if isinstance(lr, (int, float)) else xp.astype(lr, dtype)
        before = {name: part.value for name, part in state.items() if name != "step"}
        assert p.grad is not None
        p.value, after = self.apply(p.value, p.grad.value, before, {**group, "lr": rate}, state["step"].value)
        for name, value in after.items():
            state[name].value = value

    def _apply_in_place(self, ps: list[Tensor], group: Group, step: int, before: dict[str, ArrayList]) -> None:
        """Take a step with parameters of one group and dtype; `before` has the lists of arrays of the last step."""
        states = [self.state[p] for p in ps]
        arrays = {name: [state[name].value for state in states] for name in states[0] if name != "step"}
        arrays["params"] = [p.value for p in ps]
        lists = {name: _as_before(found, before.get(name)) for name, found in arrays.items()}
        self._lists.append(dict(lists))
        grads = ArrayList([p.grad.value for p in ps if p.grad is not None])
        self.apply_in_place(lists.pop("params"), grads, lists, {**group, "lr": float(group["lr"])}, step)
        for p in ps:
            p.mark_written()

    # What it remembers

    def state_cells(self) -> list[Cell]:
        """Return what a compiled step changes; state that is missing is made first.

        Returns
        -------
        list
            Objects with a `value`: for each group its learning rate, then the state of its parameters.
        """
        cells: list[Cell] = []
        for group in self.param_groups:
            cells.append(learning_rate_cell(group))
            for p in group["params"]:
                if p.requires_grad:
                    cells.extend(self._state(p, group).values())
        return cells

    def state_dict(self) -> dict[str, Any]:
        """Return what `load_state_dict` takes, in PyTorch's form.

        Returns
        -------
        dict
            ``state``: for the number of each parameter its arrays, read-only and shared with the optimiser, and its
            step as an int. ``param_groups``: settings, and the numbers of the parameters under ``params``.
        """
        return state_of(self)

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Continue where another optimiser, for the same parameters in the same groups, stood.

        Parameters
        ----------
        state_dict : dict
            What `state_dict` returned. Arrays are copied.

        Raises
        ------
        ValueError
            If groups, numbers of parameters or shapes differ. Nothing has been changed then.
        """
        load_state(self, state_dict)

    def __repr__(self) -> str:
        groups = [
            f"{sum(p.size for p in group['params']):,} numbers in {len(group['params'])} parameters, "
            + ", ".join(f"{name}={value}" for name, value in group.items() if name != "params")
            for group in self.param_groups
        ]
        return f"{type(self).__name__}({'; '.join(groups)})"


def _as_before(arrays: list[np.ndarray], before: ArrayList | None) -> ArrayList:
    """The list of the last step, which knows its arrays' addresses, if these are the same."""
    return before if before is not None and before.holds(arrays) else ArrayList(arrays)
