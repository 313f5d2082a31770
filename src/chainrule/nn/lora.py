"""Learning a small change of a large model."""

from __future__ import annotations

import math
import re
from typing import Any, Self

import numpy as np

from chainrule import ops
from chainrule.autodiff import no_grad
from chainrule.nn import init
from chainrule.nn.containers import ModuleDict
from chainrule.nn.functional_call import functional_call
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.random import Generator

__all__ = ["LoRA", "LowRank"]


class LowRank(Module):
    """A matrix of low rank, which begins with zeros: ``(alpha / rank) up down``.

    Parameters
    ----------
    rows, columns : int
        The shape of the matrix.
    rank : int
        Its rank.
    alpha : float
        How large it is.
    generator : Generator, optional
        Draws the initial numbers; the ambient one by default.
    """

    down: Parameter  # (rank, columns)
    up: Parameter  # (rows, rank)

    def __init__(self, rows: int, columns: int, rank: int, alpha: float, *, generator: Generator | None = None):
        self.scale = alpha / rank
        self.down = Parameter(np.empty((rank, columns), np.float32))
        self.up = Parameter(np.zeros((rows, rank), np.float32))
        init.kaiming_uniform_(self.down, a=math.sqrt(5), generator=generator)

    def forward(self) -> Any:
        """Multiply it out.

        Returns
        -------
        Tensor, shape (rows, columns)
            The matrix.
        """
        return ops.matmul(self.up * self.scale, self.down)


class LoRA(Module):
    """A model of which some matrices change by matrices of low rank, and nothing else (E. Hu et al., LoRA, 2021).

    ``W + (alpha / rank) up down`` stands in the place of a frozen W. It works on parameters by name, so any module can
    be adapted, and the model itself stays as it is.

    Parameters
    ----------
    base : Module
        The model; all of its parameters are frozen.
    rank : int, default 8
        The rank of the changes.
    alpha : float, default 16
        How large they are.
    targets : str, default r"weight$"
        A regular expression: matrices are adapted in whose path it is found.
    generator : Generator, optional
        Draws the initial numbers; the ambient one by default.

    Raises
    ------
    ValueError
        If no matrix has such a name.
    """

    base: Module
    updates: ModuleDict  # LowRank by path, with / for the dots

    def __init__(
        self,
        base: Module,
        rank: int = 8,
        alpha: float = 16.0,
        targets: str = r"weight$",
        *,
        generator: Generator | None = None,
    ):
        matrices = {path: p for path, p in base.named_parameters() if len(p.shape) == 2}
        found = {path: p for path, p in matrices.items() if re.search(targets, path)}
        if not found:
            raise ValueError(
                f"LoRA found no matrix whose name fits {targets!r}; there are {', '.join(list(matrices)[:8]) or 'none'}"
            )
        self.base = base.requires_grad_(False)
        updates = (LowRank(p.shape[0], p.shape[1], rank, alpha, generator=generator) for p in found.values())
        self.updates = ModuleDict(dict(zip((path.replace(".", "/") for path in found), updates)))

    def adapted(self) -> dict[str, Any]:
        """Return the changed matrices.

        Returns
        -------
        dict of str to Tensor
            By their paths in the base.
        """
        weights = dict(self.base.named_parameters())
        paths = ((key.replace("/", "."), update) for key, update in self.updates.items())
        return {path: weights[path] + update() for path, update in paths}

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Call the base with the changed matrices.

        Parameters
        ----------
        *args, **kwargs
            What the base takes.

        Returns
        -------
        object
            What the base returns.
        """
        return functional_call(self.base, self.adapted(), *args, **kwargs)

    def merge(self) -> Module:
        """Add the changes to the base for good, and begin new ones.

        Returns
        -------
        Module
            The base, which now answers as this did.
        """
        weights = dict(self.base.named_parameters())
        with no_grad():
            changed = self.adapted()
        for path, matrix in changed.items():
            weights[path].write_(matrix.constant())
        for name, parameter in self.updates.named_parameters():
            if name.endswith("up"):
                init.zeros_(parameter)
        return self.base

    def changes(self) -> dict[str, Any]:
        """Return what was learned, apart from the base: small enough to be sent around.

        Returns
        -------
        dict of str to Tensor
            The state of the updates, for `load_changes`.
        """
        return self.updates.state_dict()

    def load_changes(self, changes: dict[str, Any]) -> Self:
        """Take on what another one learned on the same base.

        Parameters
        ----------
        changes : dict of str to Array
            What `changes` returned.

        Returns
        -------
        LoRA
            This module.

        Raises
        ------
        ValueError
            If they are of another shape.
        """
        self.updates.load_state_dict(changes)
        return self
