"""Normalisation layers."""

from typing import Any

import numpy as np

from chainrule import ops
from chainrule.nn import init
from chainrule.nn.checks import check_sizes
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter


class LayerNorm(Module):
    """Shifts and scales each example to mean 0 and variance 1 (J. Ba, J. Kiros and G. Hinton, 2016).

    Parameters
    ----------
    normalized_shape : int or tuple of int
        The lengths of the last axes, over which it normalises.
    eps : float, default 1e-5
        Added to the variance.
    elementwise_affine : bool, default True
        Whether the result is multiplied with a weight, which begins with ones.
    bias : bool, default True
        Whether, besides, something is added, which begins with zeros.

    Raises
    ------
    ValueError
        If a length is not a positive whole number.
    """

    normalized_shape: tuple[int, ...]
    eps: float
    weight: Parameter | None  # normalized_shape
    bias: Parameter | None  # normalized_shape

    def __init__(
        self,
        normalized_shape: int | tuple[int, ...],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
    ):
        lengths = normalized_shape if isinstance(normalized_shape, (tuple, list)) else (normalized_shape,)
        for length in lengths:
            check_sizes("LayerNorm", normalized_shape=length)
        self.normalized_shape, self.eps = tuple(lengths), eps
        self.weight = Parameter(np.empty(self.normalized_shape, np.float32)) if elementwise_affine else None
        self.bias = Parameter(np.empty(self.normalized_shape, np.float32)) if elementwise_affine and bias else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Begin with the plain normalisation again."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Any) -> Any:
        """Normalise.

        Parameters
        ----------
        input : Tensor or Array, shape (..., *normalized_shape)
            The input.

        Returns
        -------
        Tensor
            The same shape.

        Raises
        ------
        ValueError
            If the last axes have other lengths.
        """
        if input.shape[-len(self.normalized_shape) :] != self.normalized_shape:
            raise ValueError(
                f"{self.title()} got input of shape {input.shape}: its last dimensions must be {self.normalized_shape}"
            )
        return ops.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Describe the settings."""
        plain = "" if self.weight is not None else ", elementwise_affine=False"
        return ", ".join(map(str, self.normalized_shape)) + plain
