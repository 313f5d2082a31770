"""One more place of sequences that grow, for NumPy arrays: what a step of a search computes, without a detour."""

import functools
import math

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32, dense
from chainrule.kernels.cpu.compiler import inlined, kernel
from chainrule.kernels.cpu.dense import linear
from chainrule.kernels.cpu.elementwise import gelu
from chainrule.kernels.cpu.growth_heads import look_back_head, room_beside
from chainrule.kernels.cpu.growth_rows import gelu_tanh_line, normal_row
from chainrule.kernels.cpu.growth_stack import grown, suits
from chainrule.kernels.cpu.normalization import layer_norm
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.cpu.products import READ_ROW
from chainrule.kernels.cpu.simd import LANES, address
from chainrule.kernels.reference import growth as reference

_PART = 1 << 13  # elements of keys and values that one thread copies sooner than two
_ELEMENTS = 1 << 15  # of rows that one thread normalises or activates sooner than two


_READ = "Array(float32, 3, 'A', True)"
_DENSE = "Array(float32, 3, 'C', True)"
_WRITE = "float32[:, :, ::1]"


@inlined
def place_of(array, row, inner):
    """Where a head's part begins."""
    return address(array) + row * array.strides[0] + inner * array.strides[1]


@kernel(
    f"void({', '.join([_READ] * 3)}, {_DENSE}, {_DENSE}, {_READ}, {READ_ROW}, {', '.join([_WRITE] * 3)}, int64, int64)"
)
def look_back(query, key, value, keys, values, bias, scale, y, new_keys, new_values, first, stop):
    """Heads first..stop, counted through both leading axes; y begins with zeros."""
    heads, (before, width), wide = query.shape[1], keys.shape[1:], values.shape[2]
    room, terms = room_beside(before + 1), -(-(before + 1) // LANES) * LANES + LANES
    for head in range(first, stop):
        row, inner = head // heads, head % heads
        for j in range(bias.shape[2]):
            room[terms + j] = bias[row, inner, j]
        new = place_of(query, row, inner), place_of(key, row, inner), place_of(value, row, inner)
        of_keys, of_values = 4 * head * width, 4 * head * wide
        old = address(keys) + before * of_keys, address(values) + before * of_values
        longer = address(new_keys) + (before + 1) * of_keys, address(new_values) + (before + 1) * of_values
        look_back_head(room, (*new, *old, *longer, before, width, wide, address(scale), address(y) + of_values))


@functools.wraps(reference.attention_step)
def attention_step(
    query: np.ndarray,
    key: np.ndarray,
    value: np.ndarray,
    keys: np.ndarray,
    values: np.ndarray,
    bias: np.ndarray | None,
    scale: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    if not _fits(query, key, value, keys, values, bias):
        return reference.attention_step(query, key, value, keys, values, bias, scale)
    (*leading, before, width), wide = keys.shape, values.shape[-1]
    units, heads, count = math.prod(leading), leading[-1], before + 1
    new = [_new_place(x, heads) for x in (query, key, value)]
    old = dense(keys).reshape(units, before, width), dense(values).reshape(units, before, wide)
    terms = np.empty((1, 1, 0), np.float32)
    if bias is not None:
        terms = np.ascontiguousarray(np.broadcast_to(bias, (*leading, 1, count))).reshape(-1, heads, count)
    y = np.zeros((units // heads, heads, wide), np.float32)
    new_keys, new_values = (np.empty((units, count, n), np.float32) for n in (width, wide))
    factor = np.full(1, scale, np.float32)
    run = functools.partial(look_back, *new, *old, terms, factor, y, new_keys, new_values)
    run_slices(run, units, max(1, _PART // (count * (width + wide))))
    shapes = (*leading, 1, wide), (*leading, count, width), (*leading, count, wide)
    y, new_keys, new_values = (x.reshape(shape) for x, shape in zip((y, new_keys, new_values), shapes))
    return y, new_keys, new_values


def _fits(
    query: np.ndarray, key: np.ndarray, value: np.ndarray, keys: np.ndarray, values: np.ndarray, bias: object
) -> bool:
    """Whether the kernel can do it: float32, whole registers, no broadcast batches."""
    return (
        all_float32(query, key, value, keys, values, bias)
        and keys.ndim > 2
        and query.shape == key.shape == (*keys.shape[:-2], 1, keys.shape[-1])
        and value.shape == (*values.shape[:-2], 1, values.shape[-1])
        and keys.shape[:-1] == values.shape[:-1]
        and keys.shape[-1] % LANES == 0 == values.shape[-1] % LANES
        and query.size > 0
    )


def _new_place(x: np.ndarray, heads: int) -> np.ndarray:
    """(..., heads, 1, D) as (rows, heads, D), each row of which is dense."""
    x = x[..., 0, :]
    if x.strides[-1] != 4 or not x.flags.aligned or any(stride % 4 for stride in x.strides):
        x = x.copy()
    return x.reshape(-1, heads, x.shape[-1])


@kernel(f"void(Array(float32, 2, 'C', True), {READ_ROW}, {READ_ROW}, {READ_ROW}, float32[:, ::1], int64, int64)")
def normalize_rows(x, weight, bias, numbers, y, first, stop):
    """Rows first..stop; `numbers` are the width and epsilon."""
    width, line, known = x.shape[1], 4 * x.shape[1], address(numbers)
    for i in range(first, stop):
        row, out = address(x) + line * i, address(y) + line * i
        normal_row(row, address(weight), address(bias), known, known + 4, width, out)


@kernel("void(float32[:, ::1], int64, int64)")
def activate_rows(x, first, stop):
    """GELU with a hyperbolic tangent of rows first..stop, in place."""
    width = x.shape[1]
    for i in range(first, stop):
        gelu_tanh_line(address(x) + 4 * width * i, width)


def _normal(x: np.ndarray, norm: tuple[np.ndarray, np.ndarray | None], eps: float) -> np.ndarray:
    """Layer normalisation of rows (M, E), the same bits as in `layers_step`."""
    weight, bias = norm
    width = x.shape[1]
    if width % LANES or not all_float32(x, weight, bias):
        return layer_norm(x, weight, bias, eps, False)[0]
    y, terms = np.empty_like(x), np.zeros(width, np.float32) if bias is None else bias
    run = functools.partial(normalize_rows, x, weight, terms, np.array([width, eps], np.float32), y)
    run_slices(run, len(x), max(1, _ELEMENTS // width))
    return y


def _activated(x: np.ndarray, activation: str) -> np.ndarray:
    """Of rows (M, F), which may be written to."""
    if activation == "gelu_tanh" and x.dtype == np.float32 and x.shape[1] % LANES == 0:
        run_slices(functools.partial(activate_rows, x), len(x), max(1, _ELEMENTS // x.shape[1]))
        return x
    return _ACTIVATIONS[activation](x)


_ACTIVATIONS = {"relu": lambda x: np.maximum(x, 0.0), "gelu": gelu, "gelu_tanh": reference.gelu_tanh}


@functools.wraps(reference.layer_step)
def layer_step(
    x: np.ndarray,
    keys: np.ndarray,
    values: np.ndarray,
    bias: np.ndarray | None,
    weights: reference.LayerWeights,
    activation: str,
    norm_first: bool,
    eps: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    heads, width, shape = keys.shape[-3], keys.shape[-1], x.shape
    in_proj, out_proj, linear1, linear2, norm1, norm2 = weights
    x = dense(x).reshape(-1, shape[-1])
    roles = linear(_normal(x, norm1, eps) if norm_first else x, *in_proj).reshape(*shape[:-2], 3, heads, 1, width)
    query, key, value = roles[..., 0, :, :, :], roles[..., 1, :, :, :], roles[..., 2, :, :, :]
    seen, keys, values = attention_step(query, key, value, keys, values, bias, width**-0.5)
    x = linear(seen.reshape(x.shape), *out_proj) + x
    if not norm_first:
        x = _normal(x, norm1, eps)
    hidden = linear(_normal(x, norm2, eps) if norm_first else x, *linear1)
    x = linear(_activated(hidden, activation), *linear2) + x
    if not norm_first:
        x = _normal(x, norm2, eps)
    return x.reshape(shape), keys, values


@functools.wraps(reference.layers_step)
def layers_step(
    x: np.ndarray,
    known: list[tuple[np.ndarray, np.ndarray]],
    bias: np.ndarray | None,
    weights: list[reference.LayerWeights],
    activation: str,
    norm_first: bool,
    eps: float,
) -> tuple[np.ndarray, list[tuple[np.ndarray, np.ndarray]]]:
    if bias is None and suits(x, known, weights, activation):
        return grown(x, known, weights, activation, norm_first, eps)
    after = []
    for (keys, values), own in zip(known, weights):
        x, keys, values = layer_step(x, keys, values, bias, own, activation, norm_first, eps)
        after.append((keys, values))
    return x, after
