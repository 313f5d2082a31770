"""The linear layer."""

import math
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.nn import init
from chainrule.nn.checks import check_last_axis, check_sizes
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.random import Generator


class Linear(Module):
    """A linear map of the last axis: ``x @ weight.T + bias``.

    Parameters
    ----------
    in_features : int
        The length D of the last axis.
    out_features : int
        What it becomes, F.
    bias : bool, default True
        Whether something is added.
    generator : Generator, optional
        Draws the initial weights, uniform within 1 / sqrt(D); the ambient one by default.

    Raises
    ------
    ValueError
        If a size is not a positive whole number.
    """

    in_features: int
    out_features: int
    weight: Parameter  # (F, D)
    bias: Parameter | None  # (F,)

    def __init__(self, in_features: int, out_features: int, bias: bool = True, *, generator: Generator | None = None):
        check_sizes("Linear", in_features=in_features, out_features=out_features)
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(np.empty((out_features, in_features), np.float32))
        self.bias = Parameter(np.empty(out_features, np.float32)) if bias else None
        self.reset_parameters(generator=generator)

    def reset_parameters(self, *, generator: Generator | None = None) -> None:
        """Draw the initial weights again.

        Parameters
        ----------
        generator : Generator, optional
            The source; the ambient one by default.
        """
        limit = 1.0 / math.sqrt(self.in_features)
        for parameter in self.parameters(recurse=False):
            init.uniform_(parameter, -limit, limit, generator=generator)

    def forward(self, input: Any) -> Any:
        """Apply the map.

        Parameters
        ----------
        input : Tensor or Array, shape (..., D)
            The input.

        Returns
        -------
        Tensor, shape (..., F)
            The result.

        Raises
        ------
        ValueError
            If the last axis has another length.
        """
        check_last_axis(self, input, self.in_features)
        return ops.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"{self.in_features} -> {self.out_features}" + ("" if self.bias is not None else ", bias=False")
