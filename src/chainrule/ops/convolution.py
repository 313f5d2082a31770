"""Convolution.

Three operations, each linear in either argument, give each other's derivatives; so every order runs on kernels.
"""

from typing import Any, NamedTuple

from chainrule.autodiff import differentiable
from chainrule.backend import Array, namespace
from chainrule.kernels import select
from chainrule.kernels.preference import allowing
from chainrule.kernels.reference.windows import Pairs, Sizes, per_channel
from chainrule.ops.arithmetic import promote
from chainrule.ops.convolution_algorithms import preferred
from chainrule.ops.nesting import nested
from chainrule.ops.windows import Window, check_images, check_reach, pairs, per_axis


class Geometry(NamedTuple):
    """How filters slide, in the order in which kernels take it."""

    stride: Sizes
    padding: Pairs
    dilation: Sizes
    groups: int
    algorithms: frozenset[str] | None = None  # that may be used; kernels find them in a context variable


@differentiable
def _conv(x, weight, bias, *, geometry):
    """y = x * w + b: dy = dx * w + x * dw + db."""
    input_shape, weight_shape = x.shape, weight.shape
    if nested(x, weight, bias):
        y = _conv(x, weight, bias, geometry=geometry)
    else:
        with allowing(geometry.algorithms):
            y = select(x, weight, *(() if bias is None else (bias,))).conv(x, weight, bias, *geometry[:4])
    return y, (
        lambda grad: conv_input_gradient(grad, weight, input_shape=input_shape, geometry=geometry),
        lambda grad: _conv_weight_gradient(grad, x, weight_shape=weight_shape, geometry=geometry),
        lambda grad: _conv_bias_gradient(grad),
    )


@differentiable
def conv_input_gradient(grad, weight, *, input_shape, geometry):
    """The transpose of ``x -> x * w``: its pull-back by `grad` is that map, by w a weight gradient."""
    weight_shape = weight.shape
    if nested(grad, weight):
        dx = conv_input_gradient(grad, weight, input_shape=input_shape, geometry=geometry)
    else:
        with allowing(geometry.algorithms):
            dx = select(grad, weight).conv_input_gradient(grad, weight, input_shape, *geometry[:4])
    return dx, (
        lambda x: _conv(x, weight, None, geometry=geometry),
        lambda x: _conv_weight_gradient(grad, x, weight_shape=weight_shape, geometry=geometry),
    )


@differentiable
def _conv_weight_gradient(grad, x, *, weight_shape, geometry):
    """The transpose of ``w -> x * w``: its pull-back by `grad` is that map, by x an input gradient."""
    input_shape = x.shape
    if nested(grad, x):
        dw = _conv_weight_gradient(grad, x, weight_shape=weight_shape, geometry=geometry)
    else:
        with allowing(geometry.algorithms):
            dw = select(grad, x).conv_weight_gradient(grad, x, weight_shape, *geometry[:4])
    return dw, (
        lambda weight: _conv(x, weight, None, geometry=geometry),
        lambda weight: conv_input_gradient(grad, weight, input_shape=input_shape, geometry=geometry),
    )


@differentiable
def _conv_bias_gradient(grad):
    """The sum for each filter, of which the pull-back gives each place the same."""
    shape = grad.shape
    db = _conv_bias_gradient(grad) if nested(grad) else select(grad).conv_bias_gradient(grad)
    return db, (lambda bias: namespace(bias).broadcast_to(per_channel(bias, len(shape)), shape),)


def conv1d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    algorithm: str | None = None,
) -> Array:
    """Slide filters along sequences.

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, L)
        The sequences.
    weight : Tensor or Array, shape (F, C / groups, K)
        The filters.
    bias : Tensor or Array, shape (F,), optional
        What is added.
    stride, padding, dilation, groups, algorithm : as for `conv2d`
        The same.

    Returns
    -------
    Tensor or Array, shape (N, F, O)
        What each filter finds at each place.

    Raises
    ------
    ValueError
        As for `conv2d`.
    """
    return _convolution(1, x, weight, bias, stride, padding, dilation, groups, algorithm)


def conv2d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    algorithm: str | None = None,
) -> Array:
    """Slide filters over images (K. Fukushima, 1980; Y. LeCun et al., 1989).

    ``y[n, f, i, j] = bias[f] + sum over c, k, l of x[n, c, i s + k d - p, j s + l d - p] * weight[f, c, k, l]``

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, H, W)
        The images.
    weight : Tensor or Array, shape (F, C / groups, KH, KW)
        The filters.
    bias : Tensor or Array, shape (F,), optional
        What is added.
    stride : int or tuple of int, default 1
        The steps s in which filters move, one number an axis or one for all.
    padding : int, tuple, "valid" or "same", default 0
        The zeros p around the image: a number, one for each axis, or a pair (before, after) for each. "valid" is none,
        "same" makes the result as large as the image.
    dilation : int or tuple of int, default 1
        The distance d of what neighbouring weights see.
    groups : int, default 1
        Channels and filters are split into so many parts, and a filter sees the channels of its own part only; as many
        groups as channels make a depthwise convolution.
    algorithm : str, optional
        For float32 on NumPy: "winograd", "direct", "rows", "pointwise", "depthwise", "grouped", "fft" or "im2col", for
        the result and its gradients. The fastest for the shape by default (`choose_algorithm` tells which).

    Returns
    -------
    Tensor or Array, shape (N, F, OH, OW)
        What each filter finds at each place, with ``OH = (H + 2 p - d (KH - 1) - 1) // s + 1`` and OW likewise.

    Raises
    ------
    ValueError
        If shapes do not fit, groups do not divide, the kernel is larger than the padded image, or the
        algorithm cannot do it.
    """
    return _convolution(2, x, weight, bias, stride, padding, dilation, groups, algorithm)


def conv3d(
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    algorithm: str | None = None,
) -> Array:
    """Slide filters through volumes.

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, D, H, W)
        The volumes.
    weight : Tensor or Array, shape (F, C / groups, KD, KH, KW)
        The filters.
    bias : Tensor or Array, shape (F,), optional
        What is added.
    stride, padding, dilation, groups, algorithm : as for `conv2d`
        The same. Volumes have one algorithm, "im2col".

    Returns
    -------
    Tensor or Array, shape (N, F, OD, OH, OW)
        What each filter finds at each place.

    Raises
    ------
    ValueError
        As for `conv2d`.
    """
    return _convolution(3, x, weight, bias, stride, padding, dilation, groups, algorithm)


def _convolution(
    axes: int, x: Array, weight: Array, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int,
    algorithm: str | None,
) -> Array:  # fmt: skip
    owner = f"conv{axes}d"
    check_operands(owner, axes, x, weight, groups)
    if x.shape[1] != weight.shape[1] * groups:
        raise ValueError(
            f"{owner} expected an input of {weight.shape[1] * groups} channels, as filters of shape {weight.shape} in "
            f"{groups} {'group' if groups == 1 else 'groups'} see, but got shape {x.shape}"
        )
    check_bias(owner, bias, weight.shape[0])
    window = window_of(owner, weight, stride, padding, dilation)
    check_reach(owner, x.shape[2:], window)
    x, weight = promote(x, weight)
    algorithms = preferred(owner, algorithm, window, weight.shape, groups)
    return _conv(x, weight, bias, geometry=Geometry(*window[1:], groups, algorithms))


def window_of(owner: str, weight: Array, stride: Any, padding: Any, dilation: Any) -> Window:
    """How filters move, of what a user wrote."""
    kernel = weight.shape[2:]
    stride = per_axis(owner, "stride", stride, len(kernel))
    dilation = per_axis(owner, "dilation", dilation, len(kernel))
    return Window(kernel, stride, pairs(owner, padding, kernel, stride, dilation), dilation)


def check_operands(owner: str, axes: int, x: Array, weight: Array, groups: int) -> None:
    """Refuse operands of the wrong number of axes, and groups that do not divide."""
    check_images(owner, x, axes)
    if len(weight.shape) != axes + 2:
        raise ValueError(f"{owner} expected filters of {axes + 2} axes, but got shape {weight.shape}")
    per_axis(owner, "groups", groups, 1)
    if weight.shape[0] % groups:
        raise ValueError(f"{owner} expected groups that divide {weight.shape[0]}, but got {groups}")


def check_bias(owner: str, bias: Array | None, filters: int) -> None:
    """Refuse a bias that is not a number for each filter."""
    if bias is not None and bias.shape != (filters,):
        raise ValueError(f"{owner} expected a bias of shape ({filters},), one for each filter, but got {bias.shape}")
