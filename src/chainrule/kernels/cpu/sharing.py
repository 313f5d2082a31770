"""Several threads at one kernel, without Python in between.

A thread that waits for Python's lock is put to sleep, and to wake it takes 50 microseconds where the processor has
gone to sleep too: as long as a small kernel. So a kernel's slices are handed over by machine code: the workers look
at a few words of memory in a loop, with Python's lock let go, and find there the address of what to do.

A worker's words are its state; function, closure, start and stop of its job; and whether it was given.
This module imports Numba; it is loaded with the first kernel that is shared.
"""

import ctypes
import functools
import inspect
import platform
from typing import Any

from llvmlite import ir
from numba.core import cgutils, sigutils, types
from numba.extending import intrinsic

from chainrule.kernels.cpu.compiler import Kernel, kernel
from chainrule.kernels.cpu.simd import call, entry

WORDS = 16  # of a worker: two cache lines, which some processors fetch together
IDLE, GIVEN, TAKEN, IN_PYTHON, ASLEEP = range(5)  # states
_PATIENCE = 2000  # looks at a worker that is not done before the processor is offered to others

_I64 = ir.IntType(64)
_CODE = ir.FunctionType(ir.IntType(8).as_pointer(), [_I64] * 3)  # of a job: closure, start, stop
_PAUSE = {
    "x86_64": ("llvm.x86.sse2.pause", ()),
    "AMD64": ("llvm.x86.sse2.pause", ()),
    "aarch64": ("llvm.aarch64.hint", (1,)),
    "arm64": ("llvm.aarch64.hint", (1,)),
}


def _word(builder: ir.IRBuilder, address: Any) -> Any:
    return builder.inttoptr(address, _I64.as_pointer())


@intrinsic
def load(typing, address):
    """Read a word that another thread writes."""

    def emit(context, builder, signature, values):
        return builder.load_atomic(_word(builder, values[0]), "acquire", 8)

    return types.int64(types.int64), emit


@intrinsic
def store(typing, address, value):
    """Write a word that another thread reads, after all that was written before."""

    def emit(context, builder, signature, values):
        builder.store_atomic(values[1], _word(builder, values[0]), "release", 8)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), emit


@intrinsic
def exchange(typing, address, expected, value):
    """Write a word if it is as expected, and tell whether it was."""

    def emit(context, builder, signature, values):
        found = builder.cmpxchg(_word(builder, values[0]), values[1], values[2], "acq_rel", "acquire")
        return builder.zext(builder.extract_value(found, 1), _I64)

    return types.int64(types.int64, types.int64, types.int64), emit


@intrinsic
def pause(typing):
    """Tell the processor that this is a waiting loop."""

    def emit(context, builder, signature, values):
        if platform.machine() in _PAUSE:
            name, operands = _PAUSE[platform.machine()]
            constants = [ir.Constant(ir.IntType(32), operand) for operand in operands]
            kind = ir.FunctionType(ir.VoidType(), [constant.type for constant in constants])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, name), constants)
        return context.get_dummy_value()

    return types.void(), emit


@kernel("int64(int64, int64)")
def serve(worker, looks):
    """Do the jobs that are given to a worker; return IN_PYTHON for one in Python, or ASLEEP after so many looks."""
    left = looks
    while left:
        state = load(worker)
        if state == GIVEN and exchange(worker, GIVEN, TAKEN):
            call(load(worker + 8), (load(worker + 16), load(worker + 24), load(worker + 32)))
            store(worker, IDLE)
            left = looks
        elif state == IN_PYTHON and exchange(worker, IN_PYTHON, TAKEN):
            return IN_PYTHON
        elif left > 1 or exchange(worker, IDLE, ASLEEP):  # not asleep while there is something to do
            pause()
            left -= 1
    return ASLEEP


@kernel("int64(int64, int64, int64)")
def change_state(worker, expected, state):
    """Give a worker another state if it has the expected one, and tell whether it had."""
    return exchange(worker, expected, state)


@kernel("void(int64, int64)")
def look(worker, looks):
    """Return when a worker is done, or after so many looks."""
    for _ in range(looks):
        if load(worker) != TAKEN:
            return
        pause()


@kernel(f"void({', '.join(['int64'] * 7)})")
def run_parts(workers, offer, parts, grain, count, function, closure):
    """Do a job in parts: the first here, the others at the workers, or here too if there are none or they are late."""
    units = -(-count // grain)
    for part in range(1, parts):
        worker = workers + 8 * WORDS * (part - 1)
        if workers:
            store(worker + 8, function)
            store(worker + 16, closure)
            store(worker + 24, part * units // parts * grain)
            store(worker + 32, min((part + 1) * units // parts * grain, count))
            store(worker + 40, exchange(worker, IDLE, GIVEN))  # not if it has gone to sleep just now
    call(function, (closure, 0, min(units // parts * grain, count)))
    for part in range(1, parts):
        worker = workers + 8 * WORDS * (part - 1)
        if not workers or not load(worker + 40) or exchange(worker, GIVEN, IDLE):
            start, stop = part * units // parts * grain, min((part + 1) * units // parts * grain, count)
            call(function, (closure, start, stop))
    for part in range(1, parts):
        looks = 0
        while workers and load(workers + 8 * WORDS * (part - 1)) == TAKEN:
            pause()
            looks += 1
            if looks > _PATIENCE and offer:
                call(offer, (0,))


@functools.cache
def shared(kernel: Kernel) -> Kernel:
    """Return a kernel that runs another one over a range in parts.

    Parameters
    ----------
    kernel : Kernel
        One whose last two arguments are the first index of a slice and the one past its last.

    Returns
    -------
    Kernel
        Takes the address of `run_parts` and its first five arguments, then the arguments of the other kernel but the
        last two, as a tuple.
    """
    kinds, _ = sigutils.normalize_signature(kernel.signature)
    given = types.containers.BaseTuple.from_types(kinds[:-2])

    @intrinsic
    def share(typing, runner, workers, offer, parts, grain, count, arguments):
        result = kernel.linkable()

        def emit(context, builder, signature, values):
            run, *numbers, closure = values
            place = cgutils.alloca_once_value(builder, closure)
            code = _code_of_a_job(context, builder.module, result, kinds, given)
            run = builder.inttoptr(run, ir.FunctionType(_CODE.return_type, [_I64] * 7).as_pointer())
            builder.call(run, [*numbers, builder.ptrtoint(code, _I64), builder.ptrtoint(place, _I64)])
            return context.get_dummy_value()

        return types.void(*[types.int64] * 6, given), emit

    def run(runner, workers, offer, parts, grain, count, arguments):
        share(runner, workers, offer, parts, grain, count, arguments)

    signature = types.void(*[types.int64] * 6, given)
    return Kernel(run, signature, f"{kernel.__module__}.{kernel.name}, shared", {}, inspect.getfile(kernel.function))


def _code_of_a_job(context: Any, module: ir.Module, result: Any, kinds: tuple, given: Any) -> ir.Function:
    """A function that takes a kernel's arguments from the caller's memory."""
    function = ir.Function(module, _CODE, f"job.{result.fndesc.mangled_name}")
    function.linkage = "internal"
    builder = ir.IRBuilder(function.append_basic_block())
    closure, start, stop = function.args
    arguments = builder.load(builder.inttoptr(closure, context.get_value_type(given).as_pointer()))
    context.active_code_library.add_linking_library(result.library)
    values = [*map(_borrowed, [builder] * len(given), cgutils.unpack_tuple(builder, arguments, len(given)), given)]
    values += [start, stop]
    context.call_internal_no_propagate(builder, result.fndesc, types.void(*kinds), values)  # kernels raise nothing
    builder.ret(ir.Constant(_CODE.return_type, None))
    return function


def _borrowed(builder: ir.IRBuilder, value: Any, kind: Any) -> Any:
    """An array without its count of references, over which threads would fight; the caller keeps the array."""
    if not isinstance(kind, types.Array):
        return value
    count = value.type.elements[0]
    return builder.insert_value(value, ir.Constant(count, None), 0)


@functools.cache
def beginning() -> int:
    """Address of `run_parts`."""
    return entry(run_parts)


@functools.cache
def offer() -> int:
    """Address of the function that offers the processor to other threads; 0 where there is none."""
    for library, name in ((None, "sched_yield"), ("kernel32", "SwitchToThread")):
        try:
            return ctypes.cast(getattr(ctypes.CDLL(library), name), ctypes.c_void_p).value or 0
        except (OSError, AttributeError, TypeError):
            continue
    return 0
