"""Transposed convolution layers, which make images larger."""

from collections.abc import Callable
from typing import Any

from chainrule import ops
from chainrule.nn.checks import check_images
from chainrule.nn.convolution import Filters
from chainrule.nn.parameter import Parameter
from chainrule.ops.windows import pairs, per_axis
from chainrule.random import Generator


class _Transposed(Filters):
    """The layers `ConvTranspose1d`, `ConvTranspose2d` and `ConvTranspose3d`."""

    output_padding: tuple[int, ...]

    _lay_down: Callable[..., Any]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Any = 1,
        padding_mode: str = "zeros",
        *,
        algorithm: str | None = None,
        generator: Generator | None = None,
    ):
        self._set_up(in_channels, out_channels, kernel_size, stride, dilation, groups)
        name = type(self).__name__
        pairs(name, padding, self.kernel_size, self.stride, self.dilation)
        if padding_mode != "zeros" or isinstance(padding, str):
            raise ValueError(f"{name} cuts padding off: give a number, and leave padding_mode out")
        self.padding = padding
        self.output_padding = per_axis(name, "output_padding", output_padding, self._axes, least=0)
        self._make((in_channels, out_channels // groups, *self.kernel_size), bias, generator)
        self._choose(algorithm, padding)

    def forward(self, input: Any) -> Any:
        """Lay the filters down at each element.

        Parameters
        ----------
        input : Tensor or Array, shape (N, C, *S)
            The images.

        Returns
        -------
        Tensor, shape (N, F, *O)
            The sums of what overlaps.

        Raises
        ------
        ValueError
            If the images have other channels.
        """
        check_images(self, input, self._axes, self.in_channels)
        options = (self.stride, self.padding, self.output_padding, self.groups, self.dilation, self.algorithm)
        return type(self)._lay_down(input, self.weight, self.bias, *options)

    def extra_repr(self) -> str:
        """Describe the settings."""
        more = f", output_padding={self.output_padding}" if any(self.output_padding) else ""
        return super().extra_repr() + more


class ConvTranspose1d(_Transposed):
    """The transpose of a `Conv1d` from `out_channels` to `in_channels`.

    Parameters
    ----------
    in_channels : int
        The number C of channels of the input.
    out_channels : int
        The number F of channels of the result.
    kernel_size : int
        The length of the filters.
    stride, padding, output_padding, groups, bias : as for `ConvTranspose2d`
        A tuple has a number for each axis.
    dilation, padding_mode, algorithm, generator : as for `ConvTranspose2d`
        The same.

    Raises
    ------
    ValueError
        As for `ConvTranspose2d`.
    """

    _axes = 1
    _lay_down = staticmethod(ops.conv_transpose1d)


class ConvTranspose2d(_Transposed):
    """The transpose of a `Conv2d` from `out_channels` to `in_channels`: each pixel lays its filters down.

    Parameters
    ----------
    in_channels : int
        The number C of channels of the input.
    out_channels : int
        The number F of channels of the result.
    kernel_size : int or tuple of int
        Height and width of the filters.
    stride : int or tuple of int, default 1
        The steps in which they are laid down.
    padding : int or tuple, default 0
        What is cut off from the result: a width, one for each axis, or a pair (before, after) for each.
    output_padding : int or tuple of int, default 0
        What is added at the end. Less than stride or dilation.
    groups : int, default 1
        As for `Conv2d`.
    bias : bool, default True
        Whether something is added to each channel.
    dilation : int or tuple of int, default 1
        The distance of what neighbouring weights add to.
    padding_mode : {"zeros"}, default "zeros"
        There is no other.
    algorithm : str, optional
        Insist on an algorithm, as for `chainrule.ops.conv_transpose2d`; the fastest for the shape by default.
    generator : Generator, optional
        Draws the initial weights, uniform within one over the root of ``F / groups * KH * KW``; the ambient one by
        default.

    Raises
    ------
    ValueError
        If a setting is not possible, groups do not divide the channels, or the algorithm cannot do it.
    """

    weight: Parameter  # (C, F / groups, KH, KW)

    _axes = 2
    _lay_down = staticmethod(ops.conv_transpose2d)


class ConvTranspose3d(_Transposed):
    """The transpose of a `Conv3d` from `out_channels` to `in_channels`.

    Parameters
    ----------
    in_channels : int
        The number C of channels of the input.
    out_channels : int
        The number F of channels of the result.
    kernel_size : int or tuple of int
        Depth, height and width of the filters.
    stride, padding, output_padding, groups, bias : as for `ConvTranspose2d`
        A tuple has a number for each axis.
    dilation, padding_mode, algorithm, generator : as for `ConvTranspose2d`
        The same.

    Raises
    ------
    ValueError
        As for `ConvTranspose2d`.
    """

    _axes = 3
    _lay_down = staticmethod(ops.conv_transpose3d)
