"""Pooling layers. Where there are three of a kind, they differ in the number of the images' axes."""

from typing import Any

from chainrule import ops
from chainrule.nn.checks import check_images
from chainrule.nn.module import Module
from chainrule.ops.windows import per_axis


class _Pooling(Module):
    """What layers with a window have in common. A subclass says how many axes there are."""

    kernel_size: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    ceil_mode: bool

    _axes: int

    def _set_up(self, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool) -> None:
        name = type(self).__name__
        self.kernel_size = per_axis(name, "kernel_size", kernel_size, self._axes)
        self.stride = per_axis(name, "stride", self.kernel_size if stride is None else stride, self._axes)
        self.padding = per_axis(name, "padding", padding, self._axes, least=0)
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        """Describe the settings."""
        padding = f", padding={self.padding}" if any(self.padding) else ""
        return f"kernel_size={self.kernel_size}, stride={self.stride}{padding}"


class _MaxPool(_Pooling):
    """The layers `MaxPool1d`, `MaxPool2d` and `MaxPool3d`."""

    dilation: tuple[int, ...]
    return_indices: bool

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ):
        self._set_up(kernel_size, stride, padding, ceil_mode)
        self.dilation = per_axis(type(self).__name__, "dilation", dilation, self._axes)
        self.return_indices = return_indices

    def forward(self, input: Any) -> Any:
        """Take the largest element of each window.

        Parameters
        ----------
        input : Tensor or Array, shape (N, C, *S)
            The images.

        Returns
        -------
        Tensor or Array, shape (N, C, *O)
            The largest elements; with `return_indices` a pair of these and their numbers.
        """
        check_images(self, input, self._axes)
        window = (self.kernel_size, self.stride, self.padding, self.dilation)
        return ops.max_pool(input, *window, self.ceil_mode, self.return_indices)


class MaxPool1d(_MaxPool):
    """The largest element of each window of sequences.

    Parameters
    ----------
    kernel_size, stride, padding, dilation, return_indices, ceil_mode : as for `MaxPool2d`
        A tuple has a number for each axis.
    """

    _axes = 1


class MaxPool2d(_MaxPool):
    """The largest element of each window of images.

    Parameters
    ----------
    kernel_size : int or tuple of int
        The window's height and width.
    stride : int or tuple of int, optional
        The steps in which it moves; its own size by default.
    padding : int or tuple of int, default 0
        How far it reaches over the edges, half of its size at most.
    dilation : int or tuple of int, default 1
        The distance between elements that it sees.
    return_indices : bool, default False
        Return, too, where the elements were.
    ceil_mode : bool, default False
        Let the last window reach beyond the padding, so that no element is left out.
    """

    _axes = 2


class MaxPool3d(_MaxPool):
    """The largest element of each window of volumes.

    Parameters
    ----------
    kernel_size, stride, padding, dilation, return_indices, ceil_mode : as for `MaxPool2d`
        A tuple has a number for each axis.
    """

    _axes = 3


class _AvgPool(_Pooling):
    """The layers `AvgPool1d`, `AvgPool2d` and `AvgPool3d`."""

    count_include_pad: bool
    divisor_override: int | None

    def __init__(
        self,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ):
        self._set_up(kernel_size, stride, padding, ceil_mode)
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input: Any) -> Any:
        """Average over each window.

        Parameters
        ----------
        input : Tensor or Array, shape (N, C, *S)
            The images.

        Returns
        -------
        Tensor or Array, shape (N, C, *O)
            The averages.
        """
        check_images(self, input, self._axes)
        window = (self.kernel_size, self.stride, self.padding, self.ceil_mode)
        return ops.avg_pool(input, *window, self.count_include_pad, self.divisor_override)


class AvgPool1d(_AvgPool):
    """The average of each window of sequences.

    Parameters
    ----------
    kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override : as for `AvgPool2d`
        A tuple has a number for each axis.
    """

    _axes = 1


class AvgPool2d(_AvgPool):
    """The average of each window of images.

    Parameters
    ----------
    kernel_size : int or tuple of int
        The window's height and width.
    stride : int or tuple of int, optional
        The steps in which it moves; its own size by default.
    padding : int or tuple of int, default 0
        How far it reaches over the edges, half of its size at most.
    ceil_mode : bool, default False
        Let the last window reach beyond the padding, so that no element is left out.
    count_include_pad : bool, default True
        Whether padding counts in what a sum is divided by.
    divisor_override : int, optional
        What to divide each sum by instead.
    """

    _axes = 2


class AvgPool3d(_AvgPool):
    """The average of each window of volumes.

    Parameters
    ----------
    kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override : as for `AvgPool2d`
        A tuple has a number for each axis.
    """

    _axes = 3
