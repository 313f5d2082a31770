"""Layers that normalise each image by itself."""

import math
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.backend import namespace
from chainrule.nn import init
from chainrule.nn.checks import check_images, check_sizes
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.nn.running_statistics import RunningStatistics
from chainrule.ops.constants import constant


class GroupNorm(Module):
    """Normalises groups of channels of each image (Y. Wu and K. He, 2018).

    Parameters
    ----------
    num_groups : int
        Into how many groups the channels are split.
    num_channels : int
        Their number C.
    eps : float, default 1e-5
        Added to the variance.
    affine : bool, default True
        Whether each channel is multiplied by a weight, which begins as 1, and a bias is added, which begins as 0.

    Raises
    ------
    ValueError
        If the groups do not divide the channels.
    """

    num_groups: int
    num_channels: int
    eps: float
    weight: Parameter | None  # (C,)
    bias: Parameter | None  # (C,)

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True):
        check_sizes("GroupNorm", num_groups=num_groups, num_channels=num_channels)
        if num_channels % num_groups:
            raise ValueError(f"GroupNorm expected num_groups that divides {num_channels}, but got {num_groups}")
        self.num_groups, self.num_channels, self.eps = num_groups, num_channels, eps
        self.weight = Parameter(np.empty(num_channels, np.float32)) if affine else None
        self.bias = Parameter(np.empty(num_channels, np.float32)) if affine else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Begin with the plain normalisation again."""
        if self.weight is not None and self.bias is not None:
            init.ones_(self.weight)
            init.zeros_(self.bias)

    def forward(self, input: Any) -> Any:
        """Normalise.

        Parameters
        ----------
        input : Tensor or Array, shape (N, C, *S)
            The images.

        Returns
        -------
        Tensor or Array
            The same shape.

        Raises
        ------
        ValueError
            If the images have other channels.
        """
        if len(input.shape) < 2 or input.shape[1] != self.num_channels:
            raise ValueError(
                f"{self.title()} got input of shape {tuple(input.shape)}: its second dimension must be "
                f"{self.num_channels}"
            )
        return ops.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"{self.num_groups}, {self.num_channels}" + ("" if self.weight is not None else ", affine=False")


class _InstanceNorm(RunningStatistics):
    """The layers `InstanceNorm1d`, `InstanceNorm2d` and `InstanceNorm3d`."""

    _axes: int

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
    ):
        self._set_up(num_features, eps, momentum, affine, track_running_stats)

    def forward(self, input: Any) -> Any:
        """Normalise each channel of each image.

        Parameters
        ----------
        input : Tensor or Array, shape (N, C, *S)
            The images.

        Returns
        -------
        Tensor or Array
            The same shape.

        Raises
        ------
        ValueError
            If the images have other channels, or are single elements.
        """
        check_images(self, input, self._axes, self.num_features)
        if not self.training and self._tracks:
            return self._normalized_by_memory(input)
        y = ops.instance_norm(input, self.weight, self.bias, self.eps)
        if self.training and self._tracks:
            self._remember(*_average_statistics(constant(input)), math.prod(input.shape[2:]))
        return y


class InstanceNorm1d(_InstanceNorm):
    """Normalises each channel of each sequence.

    Parameters
    ----------
    num_features : int
        The number C of channels.
    eps, momentum, affine, track_running_stats : as for `InstanceNorm2d`
        The same.
    """

    _axes = 1


class InstanceNorm2d(_InstanceNorm):
    """Normalises each channel of each image (D. Ulyanov et al., 2016).

    Parameters
    ----------
    num_features : int
        The number C of channels.
    eps : float, default 1e-5
        Added to the variance.
    momentum : float or None, default 0.1
        As for `BatchNorm2d`.
    affine : bool, default False
        Whether each channel is multiplied by a weight, which begins as 1, and a bias is added, which begins as 0.
    track_running_stats : bool, default False
        True to keep running averages of mean and variance, and normalise by these in evaluation.
    """

    _axes = 2


class InstanceNorm3d(_InstanceNorm):
    """Normalises each channel of each volume.

    Parameters
    ----------
    num_features : int
        The number C of channels.
    eps, momentum, affine, track_running_stats : as for `InstanceNorm2d`
        The same.
    """

    _axes = 3


def _average_statistics(x: Any) -> tuple[Any, Any]:
    """Mean and variance of each channel, averaged over images: each (C,)."""
    xp, axes = namespace(x), tuple(range(2, len(x.shape)))
    mean = xp.mean(x, axis=axes, keepdims=True)
    var = xp.mean(xp.square(x - mean), axis=axes)
    return xp.mean(xp.mean(x, axis=axes), axis=0), xp.mean(var, axis=0)
