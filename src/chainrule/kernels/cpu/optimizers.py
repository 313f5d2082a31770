"""Optimiser steps over all parameters at once: each element is read and written once, in place."""

import functools
import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np

from chainrule.kernels.cpu.arrays import dense
from chainrule.kernels.cpu.compiler import Kernel, kernel
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.reference import optimizers as reference

_FLOAT32 = np.dtype(np.float32)
_GRAIN = 32768  # elements a thread at least: some 20 microseconds


@kernel(
    "void(float32[::1], Array(float32, 1, 'C', True), float32[::1], float32[::1], float32, float32, float32, float32,"
    " float32, float32, float32, float32, float32, int64, int64)",
    fastmath={"contract"},
)
def adam_elements(p, g, m, v, decay, penalty, beta1, rest1, beta2, rest2, step_size, root_scale, eps, start, stop):
    p, g, m, v = p[start:stop], g[start:stop], m[start:stop], v[start:stop]
    for i in range(p.size):
        gradient = g[i] + penalty * p[i]
        mean = beta1 * m[i] + rest1 * gradient
        square = beta2 * v[i] + rest2 * gradient * gradient
        m[i] = mean
        v[i] = square
        p[i] = decay * p[i] - step_size * mean / (root_scale * np.sqrt(square) + eps)


@kernel(
    "void(float32[::1], Array(float32, 1, 'C', True), float32[::1], float32, float32, float32, float32, float32,"
    " int64, int64)",
    fastmath={"contract"},
)
def sgd_elements(p, g, buffer, lr, momentum, fresh, carried, penalty, start, stop):
    p, g, buffer = p[start:stop], g[start:stop], buffer[start:stop]
    for i in range(p.size):
        gradient = g[i] + penalty * p[i]
        moved = momentum * buffer[i] + gradient
        buffer[i] = moved
        p[i] -= lr * (fresh * gradient + carried * moved)


@functools.wraps(reference.adam_step)
def adam_step(
    parameters: Sequence[np.ndarray],
    gradients: Sequence[np.ndarray],
    first: Sequence[np.ndarray],
    second: Sequence[np.ndarray],
    *,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    decoupled: bool,
    step: int,
) -> None:
    plain = functools.partial(
        reference.adam_step,
        lr=lr,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        weight_decay=weight_decay,
        decoupled=decoupled,
        step=step,
    )
    decay, penalty = (1.0 - lr * weight_decay, 0.0) if decoupled else (1.0, weight_decay)
    step_size = lr / reference.bias_correction(beta1, step)
    root_scale = 1.0 / math.sqrt(reference.bias_correction(beta2, step))
    # The rests in double precision: in float32, 1 - 0.999 is wrong in the fifth digit.
    scalars = (decay, penalty, beta1, 1.0 - beta1, beta2, 1.0 - beta2, step_size, root_scale, eps)
    _over_all(adam_elements, plain, (parameters, gradients, first, second), scalars)


@functools.wraps(reference.sgd_step)
def sgd_step(
    parameters: Sequence[np.ndarray],
    gradients: Sequence[np.ndarray],
    momentum_buffers: Sequence[np.ndarray],
    *,
    lr: float,
    momentum: float,
    nesterov: bool,
    weight_decay: float,
    first_step: bool,
) -> None:
    plain = functools.partial(
        reference.sgd_step,
        lr=lr,
        momentum=momentum,
        nesterov=nesterov,
        weight_decay=weight_decay,
        first_step=first_step,
    )
    if first_step:
        for buffer in momentum_buffers:
            buffer.fill(0.0)
    fresh, carried = (1.0, momentum) if nesterov else (0.0, 1.0)
    scalars = (lr, momentum, fresh, carried, weight_decay)
    _over_all(sgd_elements, plain, (parameters, gradients, momentum_buffers), scalars)


def _over_all(
    compiled: Kernel,
    plain: Callable[..., None],
    lists: tuple[Sequence[np.ndarray], ...],
    scalars: tuple[float, ...],
) -> None:
    """Run a kernel over the elements of all arrays as if they were one; what it does not cover goes to `plain`."""
    covered, others = [], []
    for group in zip(*lists, strict=True):
        flat = _flattened(*group)
        if flat is None:
            others.append(group)
        else:
            covered.append(flat)
    if others:
        plain(*zip(*others))
    ends = list(itertools.accumulate(group[0].size for group in covered))

    def run(start: int, stop: int) -> None:
        for arrays, end in zip(covered, ends):
            begin = end - arrays[0].size
            if begin < stop and start < end:
                compiled(*arrays, *scalars, max(start, begin) - begin, min(stop, end) - begin)

    run_slices(run, ends[-1] if ends else 0, _GRAIN)


def _flattened(p: np.ndarray, g: np.ndarray, *state: np.ndarray) -> tuple[np.ndarray, ...] | None:
    """Return flat views, and a copy of the gradient if need be; None where what is to be changed has no such view."""
    size = p.size
    for x in (p, *state):
        if x.dtype != _FLOAT32 or not x.flags.carray or x.size != size:  # C order, aligned, writable
            return None
    if g.dtype != _FLOAT32 or g.shape != p.shape:
        return None
    return (p.ravel(), dense(g).ravel(), *[x.ravel() for x in state])
