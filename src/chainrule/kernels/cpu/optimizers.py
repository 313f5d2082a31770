"""What an optimiser does to all parameters: one call for all of them, each element read and written once, in place."""

import functools
import importlib
import math
from collections.abc import Callable, Sequence
from types import ModuleType

import numpy as np

from chainrule.kernels.array_list import ArrayList
from chainrule.kernels.cpu.compiler import Kernel
from chainrule.kernels.cpu.pool import run_slices
from chainrule.kernels.reference import optimizers as reference

_GRAIN = 32768  # elements a thread at least: some 15 microseconds; a multiple of `optimizer_runs.BLOCK`
_Arrays = Sequence[np.ndarray]


@functools.wraps(reference.adam_step)
def adam_step(
    parameters: _Arrays,
    gradients: _Arrays,
    first: _Arrays,
    second: _Arrays,
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
    _update(_runs().adam_elements, plain, [parameters, gradients, first, second], scalars)


@functools.wraps(reference.sgd_step)
def sgd_step(
    parameters: _Arrays,
    gradients: _Arrays,
    momentum_buffers: _Arrays | None,
    *,
    lr: float,
    momentum: float,
    dampening: float,
    nesterov: bool,
    weight_decay: float,
    step: int,
) -> None:
    plain = functools.partial(
        reference.sgd_step,
        lr=lr,
        momentum=momentum,
        dampening=dampening,
        nesterov=nesterov,
        weight_decay=weight_decay,
        step=step,
    )
    if momentum_buffers is None:
        plain = functools.partial(plain, momentum_buffers=None)
        _update(_runs().descent_elements, plain, [parameters, gradients], (lr, weight_decay))
        return
    taken = 1.0 - dampening if step > 1 else 1.0
    along, carried = (1.0, momentum) if nesterov else (0.0, 1.0)
    scalars = (lr, weight_decay, momentum, taken, along, carried)
    _update(_runs().momentum_elements, plain, [parameters, gradients, momentum_buffers], scalars)


@functools.wraps(reference.sum_of_squares)
def sum_of_squares(arrays: _Arrays) -> float:
    arrays = _as_list(arrays)
    if arrays.addresses is None:
        return reference.sum_of_squares(arrays)
    runs = _runs()
    count = _count(arrays)
    sums = np.zeros((-(-count // runs.BLOCK), runs.SUMS), np.float32)
    run_slices(functools.partial(runs.square_elements, arrays.addresses, arrays.ends, sums), count, _GRAIN)
    return float(sums.sum(dtype=np.float64))


@functools.wraps(reference.scale)
def scale(arrays: _Arrays, factor: float) -> None:
    arrays = _as_list(arrays)
    if arrays.addresses is None:
        reference.scale(arrays, factor)
    else:
        _run(_runs().scale_elements, (arrays,), (factor,))


def _update(compiled: Kernel, plain: Callable[..., None], lists: list[_Arrays], scalars: tuple[float, ...]) -> None:
    """Run a kernel over the elements of all arrays as if they were one; what it does not cover goes to `plain`."""
    parameters, gradients, *states = map(_as_list, lists)
    if any(arrays.shapes != gradients.shapes for arrays in (parameters, *states)):
        raise ValueError("an optimiser's kernel expected lists of as many arrays, of the same shapes")
    if gradients.addresses is None:
        gradients = ArrayList(map(_addressable, gradients))
    table = [parameters, gradients, *states]
    if all(arrays.addresses is not None for arrays in table):
        _run(compiled, table, scalars)
    elif len(parameters) == 1:
        plain(*table)
    else:
        for one in zip(*table):
            _update(compiled, plain, [[array] for array in one], scalars)


def _addressable(gradient: np.ndarray) -> np.ndarray:
    return gradient if ArrayList([gradient]).addresses is not None else np.array(gradient, order="C")


def _run(compiled: Kernel, lists: Sequence[ArrayList], scalars: tuple[float, ...]) -> None:
    run = functools.partial(compiled, *[arrays.addresses for arrays in lists], lists[0].ends, np.array(scalars, "f"))
    run_slices(run, _count(lists[0]), _GRAIN)


def _count(arrays: ArrayList) -> int:
    """The number of all elements."""
    return int(arrays.ends[-1]) if arrays else 0


def _as_list(arrays: _Arrays) -> ArrayList:
    return arrays if isinstance(arrays, ArrayList) else ArrayList(arrays)


@functools.cache
def _runs() -> ModuleType:
    """Numba and the code that it compiles, imported when first needed."""
    return importlib.import_module("chainrule.kernels.cpu.optimizer_runs")
