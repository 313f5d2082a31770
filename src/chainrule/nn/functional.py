"""Operations under the names and with the arguments of ``torch.nn.functional``; most are those of `chainrule.ops`."""

from typing import Any

from chainrule import ops
from chainrule.autodiff import Tensor
from chainrule.nn.checks import check_probability
from chainrule.nn.image_functions import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
)
from chainrule.ops import (
    binary_cross_entropy_with_logits,
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
    cross_entropy,
    elu,
    embedding,
    fold,
    gelu,
    group_norm,
    hardtanh,
    huber_loss,
    instance_norm,
    interpolate,
    l1_loss,
    layer_norm,
    leaky_relu,
    linear,
    mse_loss,
    nll_loss,
    nt_xent_loss,
    one_hot,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    smooth_l1_loss,
    softplus,
    tanh,
    unfold,
)
from chainrule.ops import log_sigmoid as logsigmoid
from chainrule.random import Generator, current_generator

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool2d",
    "adaptive_max_pool3d",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "binary_cross_entropy_with_logits",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "cross_entropy",
    "dropout",
    "dropout2d",
    "elu",
    "embedding",
    "fold",
    "gelu",
    "group_norm",
    "hardtanh",
    "huber_loss",
    "instance_norm",
    "interpolate",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "mse_loss",
    "nll_loss",
    "nt_xent_loss",
    "one_hot",
    "relu",
    "relu6",
    "scaled_dot_product_attention",
    "selu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softplus",
    "tanh",
    "unfold",
]


def softmax(input: Any, dim: int = -1) -> Any:
    """Turn scores into probabilities along an axis.

    Parameters
    ----------
    input : Tensor or Array
        Any shape.
    dim : int, default -1
        Along which axis.

    Returns
    -------
    Tensor or Array
        The same shape.
    """
    return ops.softmax(input, axis=dim)


def log_softmax(input: Any, dim: int = -1) -> Any:
    """Turn scores into logarithms of probabilities along an axis.

    Parameters
    ----------
    input : Tensor or Array
        Any shape.
    dim : int, default -1
        Along which axis.

    Returns
    -------
    Tensor or Array
        The same shape.
    """
    return ops.log_softmax(input, axis=dim)


def dropout(input: Any, p: float = 0.5, training: bool = True, *, generator: Generator | None = None) -> Any:
    """Set elements to zero at random and scale the others up (N. Srivastava et al., 2014).

    Parameters
    ----------
    input : Tensor or Array
        Any shape; the first axis counts examples.
    p : float, default 0.5
        The probability of a zero, in [0, 1).
    training : bool, default True
        False returns the input.
    generator : Generator, optional
        Draws the mask; the ambient one by default.

    Returns
    -------
    Tensor or Array
        The same shape.

    Raises
    ------
    ValueError
        If `p` is no probability below one.
    """
    check_probability("dropout", p)
    if not training or p == 0.0:
        return input
    return ops.dropout(input, dropout_mask(input.shape, p, like=input, generator=generator))


def dropout2d(input: Any, p: float = 0.5, training: bool = True, *, generator: Generator | None = None) -> Any:
    """Set whole channels to zero at random and scale the others up (J. Tompson et al., 2015).

    Parameters
    ----------
    input : Tensor or Array, shape (N, C, *S)
        The images.
    p : float, default 0.5
        The probability of a zero, in [0, 1).
    training : bool, default True
        False returns the input.
    generator : Generator, optional
        Draws the mask; the ambient one by default.

    Returns
    -------
    Tensor or Array
        The same shape.

    Raises
    ------
    ValueError
        If `p` is no probability below one.
    """
    check_probability("dropout2d", p)
    if not training or p == 0.0:
        return input
    shape = (*input.shape[:2], *(1,) * (len(input.shape) - 2))
    return ops.dropout(input, dropout_mask(shape, p, like=input, generator=generator))


def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    *,
    generator: Generator | None = None,
) -> Any:
    """Average values, weighted by how well keys fit a query (A. Vaswani et al., 2017, arXiv 1706.03762).

    Parameters
    ----------
    query : Tensor or Array, shape (..., T, D)
        What is looked for.
    key : Tensor or Array, shape (..., S, D)
        What it is compared with.
    value : Tensor or Array, shape (..., S, E)
        What is averaged.
    attn_mask : Tensor or Array, optional
        Broadcast to (..., T, S). Truth values: which keys a query may see. Numbers: added to the scaled products.
    dropout_p : float, default 0
        The probability that a weight is set to zero, in [0, 1); as in PyTorch, whether training or not.
    is_causal : bool, default False
        A query sees only the keys up to its own place.
    scale : float, optional
        What products are multiplied by; 1 / sqrt(D) by default.
    generator : Generator, optional
        Draws the dropout mask; the ambient one by default.

    Returns
    -------
    Tensor or Array, shape (..., T, E)
        The averages; 0 for a query that may see no key at all.

    Raises
    ------
    ValueError
        If widths or lengths do not fit, or `dropout_p` is no probability below one.
    """
    check_probability("scaled_dot_product_attention", dropout_p)
    shape = (*query.shape[:-1], key.shape[-2])
    mask = dropout_mask(shape, dropout_p, like=query, generator=generator) if dropout_p else None
    return ops.scaled_dot_product_attention(query, key, value, attn_mask, mask, is_causal, scale)


def dropout_mask(shape: tuple[int, ...], p: float, *, like: Any, generator: Generator | None = None) -> Any:
    """Draw what dropout multiplies by: 0, or 1 / (1 - p), as an array of the backend and dtype of `like`."""
    source = current_generator() if generator is None else generator
    return source.dropout_mask(shape, p, like=like.constant() if isinstance(like, Tensor) else like)
