"""Convolution layers."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.nn import init
from chainrule.nn.checks import check_images, check_sizes
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.ops.convolution_algorithms import preferred
from chainrule.ops.windows import Window, pairs, per_axis
from chainrule.random import Generator

_BORDERS = ("zeros", "reflect", "replicate", "circular")


class Filters(Module):
    """What convolutions and transposed convolutions have in common. A subclass says how many axes there are."""

    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: Any
    dilation: tuple[int, ...]
    groups: int
    algorithm: str | None
    weight: Parameter
    bias: Parameter | None  # (F,)

    _axes: int

    def _set_up(self, in_channels: int, out_channels: int, kernel_size: Any, stride: Any, dilation: Any, groups: int):
        name = type(self).__name__
        check_sizes(name, in_channels=in_channels, out_channels=out_channels, groups=groups)
        for side, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if channels % groups:
                raise ValueError(f"{name} expected {side} that groups={groups} divides, but got {channels}")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = per_axis(name, "kernel_size", kernel_size, self._axes)
        self.stride = per_axis(name, "stride", stride, self._axes)
        self.dilation = per_axis(name, "dilation", dilation, self._axes)

    def _choose(self, algorithm: str | None, padding: Any) -> None:
        """Keep the name of an algorithm that can do this."""
        around = pairs(type(self).__name__, padding, self.kernel_size, self.stride, self.dilation)
        window = Window(self.kernel_size, self.stride, around, self.dilation)
        preferred(type(self).__name__, algorithm, window, self.weight.shape, self.groups)
        self.algorithm = algorithm

    def _make(self, weight_shape: tuple[int, ...], bias: bool, generator: Generator | None) -> None:
        self.weight = Parameter(np.empty(weight_shape, np.float32))
        self.bias = Parameter(np.empty(self.out_channels, np.float32)) if bias else None
        self.reset_parameters(generator=generator)

    def reset_parameters(self, *, generator: Generator | None = None) -> None:
        """Draw the initial weights again: uniform within one over the root of the inputs to an output.

        Parameters
        ----------
        generator : Generator, optional
            The source; the ambient one by default.
        """
        limit = 1.0 / math.sqrt(math.prod(self.weight.shape[1:]))
        for parameter in self.parameters(recurse=False):
            init.uniform_(parameter, -limit, limit, generator=generator)

    def extra_repr(self) -> str:
        """Describe the settings."""
        ones = (1,) * self._axes
        said = [f"{self.in_channels} -> {self.out_channels}", f"kernel_size={self.kernel_size}"]
        said += [f"stride={self.stride}"] * (self.stride != ones)
        said += [f"padding={self.padding!r}"] * (self.padding not in (0, (0,) * self._axes))
        said += [f"dilation={self.dilation}"] * (self.dilation != ones)
        said += [f"groups={self.groups}"] * (self.groups > 1)
        said += [f"algorithm={self.algorithm!r}"] * (self.algorithm is not None)
        return ", ".join([*said, "bias=False"] if self.bias is None else said)


class _Convolution(Filters):
    """The layers `Conv1d`, `Conv2d` and `Conv3d`."""

    padding_mode: str

    _convolve: Callable[..., Any]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        *,
        algorithm: str | None = None,
        generator: Generator | None = None,
    ):
        self._set_up(in_channels, out_channels, kernel_size, stride, dilation, groups)
        name = type(self).__name__
        pairs(name, padding, self.kernel_size, self.stride, self.dilation)
        if padding_mode not in _BORDERS:
            raise ValueError(f"{name} expected padding_mode out of {_BORDERS}, but got {padding_mode!r}")
        self.padding, self.padding_mode = padding, padding_mode
        self._make((out_channels, in_channels // groups, *self.kernel_size), bias, generator)
        self._choose(algorithm, padding if padding_mode == "zeros" else 0)

    def forward(self, input: Any) -> Any:
        """Slide the filters over images.

        Parameters
        ----------
        input : Tensor or Array, shape (N, C, *S)
            The images.

        Returns
        -------
        Tensor, shape (N, F, *O)
            What each filter finds at each place.

        Raises
        ------
        ValueError
            If the images have other channels, or are smaller than the kernel.
        """
        check_images(self, input, self._axes, self.in_channels)
        padding = self.padding
        if self.padding_mode != "zeros":
            around = pairs(self.title(), padding, self.kernel_size, self.stride, self.dilation)
            input, padding = ops.pad_images(input, around, self.padding_mode), 0
        convolve = type(self)._convolve
        return convolve(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups, self.algorithm)

    def extra_repr(self) -> str:
        """Describe the settings."""
        border = "" if self.padding_mode == "zeros" else f", padding_mode={self.padding_mode!r}"
        return super().extra_repr() + border


class Conv1d(_Convolution):
    """Filters that slide along sequences.

    Parameters
    ----------
    in_channels : int
        The number C of channels of the input.
    out_channels : int
        The number F of filters.
    kernel_size : int
        Their length K.
    stride, padding, dilation, groups, bias, padding_mode, algorithm, generator : as for `Conv2d`
        A tuple has a number for each axis.

    Raises
    ------
    ValueError
        As for `Conv2d`.
    """

    _axes = 1
    _convolve = staticmethod(ops.conv1d)


class Conv2d(_Convolution):
    """Filters that slide over images.

    Parameters
    ----------
    in_channels : int
        The number C of channels of the input.
    out_channels : int
        The number F of filters.
    kernel_size : int or tuple of int
        Their height and width.
    stride : int or tuple of int, default 1
        The steps in which they move.
    padding : int, tuple, "valid" or "same", default 0
        What stands around the image: a width, one for each axis, or a pair (before, after) for each. "valid" is none,
        "same" makes the result as large as the image.
    dilation : int or tuple of int, default 1
        The distance of what neighbouring weights see.
    groups : int, default 1
        Channels and filters are split into so many parts, and a filter sees the channels of its own part only.
    bias : bool, default True
        Whether something is added to each filter's results.
    padding_mode : {"zeros", "reflect", "replicate", "circular"}, default "zeros"
        What the padding is filled with, as `chainrule.ops.pad_images` has it.
    algorithm : str, optional
        Insist on an algorithm, as for `chainrule.ops.conv2d`; the fastest for the shape by default.
    generator : Generator, optional
        Draws the initial weights, uniform within one over the root of ``C / groups * KH * KW``; the ambient one by
        default.

    Raises
    ------
    ValueError
        If a setting is not possible, groups do not divide the channels, or the algorithm cannot do it.
    """

    weight: Parameter  # (F, C / groups, KH, KW)

    _axes = 2
    _convolve = staticmethod(ops.conv2d)


class Conv3d(_Convolution):
    """Filters that slide through volumes.

    Parameters
    ----------
    in_channels : int
        The number C of channels of the input.
    out_channels : int
        The number F of filters.
    kernel_size : int or tuple of int
        Their depth, height and width.
    stride, padding, dilation, groups, bias, padding_mode, algorithm, generator : as for `Conv2d`
        A tuple has a number for each axis.

    Raises
    ------
    ValueError
        As for `Conv2d`.
    """

    _axes = 3
    _convolve = staticmethod(ops.conv3d)
