"""Pooling layers whose results have a given size."""

from typing import Any

from chainrule import ops
from chainrule.nn.checks import check_images
from chainrule.nn.module import Module


class _AdaptiveAvgPool(Module):
    """The layers `AdaptiveAvgPool1d`, `AdaptiveAvgPool2d` and `AdaptiveAvgPool3d`."""

    output_size: Any

    _axes: int

    def __init__(self, output_size: Any):
        self.output_size = output_size

    def forward(self, input: Any) -> Any:
        """Average over windows.

        Parameters
        ----------
        input : Tensor or Array, shape (N, C, *S)
            The images.

        Returns
        -------
        Tensor or Array, shape (N, C, *output_size)
            The averages.
        """
        check_images(self, input, self._axes)
        return ops.adaptive_avg_pool(input, self.output_size)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"{self.output_size}"


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """Averages over windows of sequences.

    Parameters
    ----------
    output_size : as for `AdaptiveAvgPool2d`
        A tuple has a number for each axis.
    """

    _axes = 1


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """Averages over windows of images so that the result has a given size; size 1 is global average pooling.

    Parameters
    ----------
    output_size : int or tuple of int or None
        Height and width of the result, or one for both; None leaves them as they are.
    """

    _axes = 2


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """Averages over windows of volumes.

    Parameters
    ----------
    output_size : as for `AdaptiveAvgPool2d`
        A tuple has a number for each axis.
    """

    _axes = 3


class _AdaptiveMaxPool(Module):
    """The layers `AdaptiveMaxPool1d`, `AdaptiveMaxPool2d` and `AdaptiveMaxPool3d`."""

    output_size: Any
    return_indices: bool

    _axes: int

    def __init__(self, output_size: Any, return_indices: bool = False):
        self.output_size, self.return_indices = output_size, return_indices

    def forward(self, input: Any) -> Any:
        """Take the largest element of each window.

        Parameters
        ----------
        input : Tensor or Array, shape (N, C, *S)
            The images.

        Returns
        -------
        Tensor or Array, shape (N, C, *output_size)
            The largest elements; with `return_indices` a pair of these and their numbers.
        """
        check_images(self, input, self._axes)
        return ops.adaptive_max_pool(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"{self.output_size}"


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest elements of windows of sequences.

    Parameters
    ----------
    output_size, return_indices : as for `AdaptiveMaxPool2d`
        A tuple has a number for each axis.
    """

    _axes = 1


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest elements of windows of images so that the result has a given size.

    Parameters
    ----------
    output_size : int or tuple of int or None
        Height and width of the result, or one for both; None leaves them as they are.
    return_indices : bool, default False
        Return, too, where the elements were.
    """

    _axes = 2


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest elements of windows of volumes.

    Parameters
    ----------
    output_size, return_indices : as for `AdaptiveMaxPool2d`
        A tuple has a number for each axis.
    """

    _axes = 3
