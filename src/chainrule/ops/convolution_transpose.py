"""Transposed convolution: the map that pulls a convolution's gradient back to its input."""

from typing import Any

from chainrule.backend import Array
from chainrule.kernels.reference.windows import per_channel
from chainrule.ops.arithmetic import add, promote
from chainrule.ops.convolution import Geometry, check_bias, check_operands, conv_input_gradient, window_of
from chainrule.ops.convolution_algorithms import preferred
from chainrule.ops.windows import per_axis


def conv_transpose1d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
    algorithm: str | None = None,
) -> Array:
    """Transpose of `conv1d`: each element lays its filters down, and what overlaps adds up.

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, L)
        The sequences.
    weight : Tensor or Array, shape (C, F / groups, K)
        The filters.
    bias : Tensor or Array, shape (F,), optional
        What is added.
    stride, padding, output_padding, groups, dilation, algorithm : as for `conv_transpose2d`
        The same.

    Returns
    -------
    Tensor or Array, shape (N, F, O)
        The sums.

    Raises
    ------
    ValueError
        As for `conv_transpose2d`.
    """
    return _transposed(1, x, weight, bias, stride, padding, output_padding, groups, dilation, algorithm)


def conv_transpose2d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
    algorithm: str | None = None,
) -> Array:
    """Transpose of `conv2d`: each pixel lays its filters down, and what overlaps adds up (M. Zeiler et al., 2010).

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, H, W)
        The images.
    weight : Tensor or Array, shape (C, F / groups, KH, KW)
        The filters: those of the `conv2d` from F channels to C that it transposes.
    bias : Tensor or Array, shape (F,), optional
        What is added.
    stride : int or tuple of int, default 1
        The steps s in which filters are laid down.
    padding : int or tuple, default 0
        What is cut off: a number p, one for each axis, or a pair (before, after) for each.
    output_padding : int or tuple of int, default 0
        Rows and columns to add at the end. Less than stride or dilation.
    groups : int, default 1
        As for `conv2d`.
    dilation : int or tuple of int, default 1
        The distance d of what neighbouring weights add to.
    algorithm : str, optional
        As for the convolution that this is the transpose of.

    Returns
    -------
    Tensor or Array, shape (N, F, OH, OW)
        The sums, with ``OH = (H - 1) s - 2 p + d (KH - 1) + output_padding + 1`` and OW likewise.

    Raises
    ------
    ValueError
        If shapes do not fit, groups do not divide, or nothing is left of the result.
    """
    return _transposed(2, x, weight, bias, stride, padding, output_padding, groups, dilation, algorithm)


def conv_transpose3d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
    algorithm: str | None = None,
) -> Array:
    """Transpose of `conv3d`: each element lays its filters down, and what overlaps adds up.

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, D, H, W)
        The volumes.
    weight : Tensor or Array, shape (C, F / groups, KD, KH, KW)
        The filters.
    bias : Tensor or Array, shape (F,), optional
        What is added.
    stride, padding, output_padding, groups, dilation, algorithm : as for `conv_transpose2d`
        The same.

    Returns
    -------
    Tensor or Array, shape (N, F, OD, OH, OW)
        The sums.

    Raises
    ------
    ValueError
        As for `conv_transpose2d`.
    """
    return _transposed(3, x, weight, bias, stride, padding, output_padding, groups, dilation, algorithm)


def _transposed(
    axes: int,
    x: Array,
    weight: Array,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
    algorithm: str | None,
) -> Array:
    owner = f"conv_transpose{axes}d"
    check_operands(owner, axes, x, weight, groups)
    if x.shape[1] != weight.shape[0]:
        raise ValueError(
            f"{owner} expected an input of {weight.shape[0]} channels, as filters of shape {weight.shape} take, "
            f"but got shape {x.shape}"
        )
    filters = weight.shape[1] * groups
    check_bias(owner, bias, filters)
    window = window_of(owner, weight, stride, padding, dilation)
    more = per_axis(owner, "output_padding", output_padding, axes, least=0)
    if any(extra >= max(s, d) for extra, s, d in zip(more, window.stride, window.dilation)):
        raise ValueError(
            f"{owner} expected output_padding below stride {window.stride} or dilation {window.dilation}, got {more}"
        )
    sizes = tuple(
        (count - 1) * s - sum(around) + d * (k - 1) + 1 + extra
        for count, extra, k, s, around, d in zip(x.shape[2:], more, *window)
    )
    if min(sizes) < 1:
        raise ValueError(
            f"{owner} cuts more off by padding {window.padding} than there is: its result would be {sizes}"
        )
    x, weight = promote(x, weight)
    # So many windows as there are elements: the convolution of which this is the gradient sees no more of its input.
    reach = tuple((before, after - extra) for (before, after), extra in zip(window.padding, more))
    algorithms = preferred(owner, algorithm, window._replace(padding=reach), weight.shape, groups)
    geometry = Geometry(window.stride, reach, window.dilation, groups, algorithms)
    y = conv_input_gradient(x, weight, input_shape=(x.shape[0], filters, *sizes), geometry=geometry)
    return y if bias is None else add(y, per_channel(bias, axes + 2))
