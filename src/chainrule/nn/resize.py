"""Layers that make images larger or smaller, or cut them into windows."""

from typing import Any

from chainrule import ops
from chainrule.nn.checks import check_images
from chainrule.nn.module import Module
from chainrule.ops.windows import per_axis


class Upsample(Module):
    """Makes images larger.

    Parameters
    ----------
    size : int or tuple of int, optional
        The lengths of the result's axes, or one for all.
    scale_factor : float or tuple of float, optional
        In place of `size`, by how much to multiply the lengths.
    mode : {"nearest", "linear", "bilinear", "trilinear"}, default "nearest"
        Repeat elements, or go straight from one to the next along 1, 2 or 3 axes.
    align_corners : bool, optional
        For the linear modes: place the first and last elements of image and result upon each other, in place of their
        outer edges.
    """

    size: Any
    scale_factor: Any
    mode: str
    align_corners: bool | None

    def __init__(
        self, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
    ):
        self.size, self.scale_factor, self.mode, self.align_corners = size, scale_factor, mode, align_corners

    def forward(self, input: Any) -> Any:
        """Make images larger.

        Parameters
        ----------
        input : Tensor or Array, shape (N, C, *S)
            The images.

        Returns
        -------
        Tensor or Array, shape (N, C, *O)
            The larger ones.
        """
        return ops.interpolate(input, self.size, self.scale_factor, self.mode, self.align_corners)

    def extra_repr(self) -> str:
        """Describe the settings."""
        by = f"size={self.size}" if self.size is not None else f"scale_factor={self.scale_factor}"
        return f"{by}, mode={self.mode!r}"


class _ZeroPad(Module):
    """The layers `ZeroPad1d`, `ZeroPad2d` and `ZeroPad3d`."""

    padding: tuple[int, ...]  # as PyTorch has it: from the last axis to the first

    _axes: int

    def __init__(self, padding: Any):
        self.padding = per_axis(type(self).__name__, "padding", padding, 2 * self._axes, least=0)

    def forward(self, input: Any) -> Any:
        """Put zeros around images.

        Parameters
        ----------
        input : Tensor or Array, shape (N, C, *S)
            The images.

        Returns
        -------
        Tensor or Array, shape (N, C, *O)
            The larger ones.
        """
        check_images(self, input, self._axes)
        return ops.pad_images(input, tuple(zip(self.padding[::2], self.padding[1::2]))[::-1])

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"{self.padding}"


class ZeroPad1d(_ZeroPad):
    """Puts zeros before and after sequences.

    Parameters
    ----------
    padding : int or tuple of int
        How many: (left, right), or one number for both.
    """

    _axes = 1


class ZeroPad2d(_ZeroPad):
    """Puts zeros around images.

    Parameters
    ----------
    padding : int or tuple of int
        How many: (left, right, top, bottom), or one number for all.
    """

    _axes = 2


class ZeroPad3d(_ZeroPad):
    """Puts zeros around volumes.

    Parameters
    ----------
    padding : int or tuple of int
        How many: (left, right, top, bottom, front, back), or one number for all.
    """

    _axes = 3


class Unfold(Module):
    """Lays out what a sliding window sees, a column for each of its places.

    Parameters
    ----------
    kernel_size : int or tuple of int
        The window's length along each axis, or along all.
    dilation : int or tuple of int, default 1
        The distance between elements that it sees.
    padding : int or tuple, default 0
        The zeros around the image.
    stride : int or tuple of int, default 1
        The steps in which it moves.
    """

    kernel_size: Any
    dilation: Any
    padding: Any
    stride: Any

    def __init__(self, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1):
        self.kernel_size, self.dilation, self.padding, self.stride = kernel_size, dilation, padding, stride

    def forward(self, input: Any) -> Any:
        """Lay out windows.

        Parameters
        ----------
        input : Tensor or Array, shape (N, C, *S)
            The images.

        Returns
        -------
        Tensor or Array, shape (N, C * K, L)
            The columns, for L places of a window of K elements.
        """
        return ops.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"kernel_size={self.kernel_size}, stride={self.stride}"


class Fold(Module):
    """Adds up columns to images, each at its window's place: the transpose of `Unfold`.

    Parameters
    ----------
    output_size : tuple of int
        The lengths of the images' axes.
    kernel_size, dilation, padding, stride : as for `Unfold`
        The same.
    """

    output_size: Any
    kernel_size: Any
    dilation: Any
    padding: Any
    stride: Any

    def __init__(self, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1):
        self.output_size, self.kernel_size = output_size, kernel_size
        self.dilation, self.padding, self.stride = dilation, padding, stride

    def forward(self, input: Any) -> Any:
        """Add up columns.

        Parameters
        ----------
        input : Tensor or Array, shape (N, C * K, L)
            The columns, for L places of a window of K elements.

        Returns
        -------
        Tensor or Array, shape (N, C, *output_size)
            The images.
        """
        return ops.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"{self.output_size}, kernel_size={self.kernel_size}, stride={self.stride}"
