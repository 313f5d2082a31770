"""One more place of sequences that grow, for NumPy arrays: what a step of a search computes, without a detour."""

import functools
import math

import numpy as np

from chainrule.kernels.cpu.arrays import all_float32, dense
from chainrule.kernels.cpu.attention_rows import soften
from chainrule.kernels.cpu.compiler import kernel
from chainrule.kernels.cpu.dense import linear
from chainrule.kernels.cpu.elementwise import gelu, gelu_tanh
from chainrule.kernels.cpu.normalization import layer_norm
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.cpu.simd import LANES, Address, Code, Floats, Integer, address, vector_function
from chainrule.kernels.reference import growth as reference

_PART = 1 << 13  # elements of keys and values that one thread copies sooner than two


@vector_function
def score_and_copy(
    code: Code, query: Address, old: Address, new: Address, width: Integer, scores: Address, count: Integer
) -> None:
    """Copy `count` keys and multiply each with the query; `width` is a multiple of LANES."""

    def one(s: Integer, _: list[Floats]) -> None:
        source, target = old + width * s, new + width * s

        def turn(j: Integer, sums: list[Floats]) -> list[Floats]:
            part = (source + j).load()
            (target + j).store(part)
            return [part * (query + j).load() + sums[0]]

        (sums,) = code.repeat(width, turn, [code.floats(0.0)], step=LANES)
        (scores + s).store(sums.across(lambda x, y: x + y))  # all lanes; those after the first are written over

    code.repeat(count, one)


@vector_function
def average_and_copy(
    code: Code, weights: Address, old: Address, new: Address, width: Integer, total: Address, y: Address,
    count: Integer,
) -> None:  # fmt: skip
    """Copy `count` values and add their weighted sum, over `total`, to y."""
    share = 1.0 / total.load()

    def column(j: Integer, _: list[Floats]) -> None:
        def turn(s: Integer, sums: list[Floats]) -> list[Floats]:
            part = (old + width * s + j).load()
            (new + width * s + j).store(part)
            return [part * (weights + s).broadcast() + sums[0]]

        (sums,) = code.repeat(count, turn, [code.floats(0.0)])
        (y + j).store((y + j).load() + sums * share)

    code.repeat(width, column, step=LANES)


_READ = "Array(float32, 3, 'A', True)"
_DENSE = "Array(float32, 3, 'C', True)"
_WRITE = "float32[:, :, ::1]"


@kernel(
    f"void({_READ}, {_READ}, {_READ}, {_DENSE}, {_DENSE}, {_READ}, float32, {_WRITE}, {_WRITE}, {_WRITE}, int64, int64)"
)
def look_back(query, key, value, keys, values, bias, scale, y, new_keys, new_values, first, stop):
    """Heads first..stop, counted through both leading axes; y begins with zeros."""
    heads, (before, width), wide = query.shape[1], keys.shape[1:], values.shape[2]
    count = before + 1
    whole = -(-count // LANES) * LANES
    scores, terms, ones = np.zeros(whole + LANES, np.float32), np.zeros(whole, np.float32), np.ones(whole, np.float32)
    limits, sums, factor = np.full(whole, np.inf, np.float32), np.empty(3 * LANES, np.float32), np.full(1, scale)
    limits[count:] = -np.inf
    scores_at, sums_at = address(scores), address(sums)
    for head in range(first, stop):
        row, inner = head // heads, head % heads
        for j in range(bias.shape[2]):
            terms[j] = bias[row, inner, j]
        sums[:LANES], sums[LANES:] = -np.inf, 0.0
        query_at = address(query) + row * query.strides[0] + inner * query.strides[1]
        old, new, line = (
            address(keys) + 4 * head * before * width,
            address(new_keys) + 4 * head * count * width,
            4 * width,
        )
        score_and_copy(query_at, old, new, width, scores_at, before)
        own = address(key) + row * key.strides[0] + inner * key.strides[1]
        score_and_copy(query_at, own, new + before * line, width, scores_at + 4 * before, 1)
        running = address(ones), sums_at, sums_at + 4 * LANES, sums_at + 8 * LANES
        soften(scores_at, whole, whole, address(factor), address(terms), address(limits), *running)
        total, out, line = sums_at + 4 * LANES, address(y) + 4 * head * wide, 4 * wide
        if sums[LANES] != 0.0:
            old, new = address(values) + 4 * head * before * wide, address(new_values) + 4 * head * count * wide
            average_and_copy(scores_at, old, new, wide, total, out, before)
            own = address(value) + row * value.strides[0] + inner * value.strides[1]
            average_and_copy(scores_at + 4 * before, own, new + before * line, wide, total, out, 1)
        else:
            new_values[head, :before], new_values[head, before] = values[head], value[row, inner]
            y[row, inner] = 0.0


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
    run = functools.partial(look_back, *new, *old, terms, scale, y, new_keys, new_values)
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


_ACTIVATIONS = {"relu": lambda x: np.maximum(x, 0.0), "gelu": gelu, "gelu_tanh": gelu_tanh}


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
    x = x.reshape(-1, shape[-1])
    read = layer_norm(x, *norm1, eps, False)[0] if norm_first else x
    roles = linear(read, *in_proj).reshape(*shape[:-2], 3, heads, 1, width)
    query, key, value = roles[..., 0, :, :, :], roles[..., 1, :, :, :], roles[..., 2, :, :, :]
    seen, keys, values = attention_step(query, key, value, keys, values, bias, width**-0.5)
    x = x + linear(seen.reshape(x.shape), *out_proj)
    if not norm_first:
        x = layer_norm(x, *norm1, eps, False)[0]
    read = layer_norm(x, *norm2, eps, False)[0] if norm_first else x
    x = x + linear(_ACTIVATIONS[activation](linear(read, *linear1)), *linear2)
    if not norm_first:
        x = layer_norm(x, *norm2, eps, False)[0]
    return x.reshape(shape), keys, values
