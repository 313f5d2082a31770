"""Wait for another thread without sleeping: for as long as a wake-up would take, then give up.

To wake a sleeping thread costs 15 to 50 microseconds where the processor has gone to sleep too, as much as a
small kernel takes. This module imports Numba; it is loaded with the first thread of the pool.
"""

import platform

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from chainrule.kernels.cpu.compiler import kernel

_PAUSE = {
    "x86_64": ("llvm.x86.sse2.pause", ()),
    "AMD64": ("llvm.x86.sse2.pause", ()),
    "aarch64": ("llvm.aarch64.hint", (1,)),
    "arm64": ("llvm.aarch64.hint", (1,)),
}


@intrinsic
def load_shared(typing_context, array, index):
    """Read an element that another thread writes; tell the processor that this is a waiting loop."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        if platform.machine() in _PAUSE:
            name, operands = _PAUSE[platform.machine()]
            constants = [ir.Constant(ir.IntType(32), operand) for operand in operands]
            function_type = ir.FunctionType(ir.VoidType(), [constant.type for constant in constants])
            builder.call(cgutils.get_or_insert_function(builder.module, function_type, name), constants)
        return builder.load_atomic(builder.gep(data, [arguments[1]]), "acquire", 8)

    return types.int64(array, types.int64), generate


@kernel("void(int64[::1], int64, int64, int64)")
def spin(counters, index, awaited, rounds):
    """Return when a counter has reached a number, or after so many looks at it."""
    for _ in range(rounds):
        if load_shared(counters, index) >= awaited:  # type: ignore[call-arg]
            return
