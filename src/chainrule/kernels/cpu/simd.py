"""Vector code for the processor at hand, written in Python and compiled by LLVM inside Numba's kernels.

A `vector_function` describes straight-line arithmetic and loops on the three kinds of values below; each operator
emits an instruction. The same lines give AVX-512, AVX2 and NEON: how many float32 a register holds and how many
registers there are comes from the processor (`LANES`, `REGISTERS`). LLVM itself splits what a register cannot
hold, so an unknown processor is slower, never wrong.

Kernels call the result with integers: addresses (`ndarray.ctypes.data`) and counts of elements, never bytes.
"""

import functools
import inspect
import platform
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

from chainrule.kernels.cpu.compiler import Kernel
from chainrule.kernels.cpu.memory import LINE

_I32, _I64, _F32 = ir.IntType(32), ir.IntType(64), ir.FloatType()
_POINTER = _F32.as_pointer()


def _vector_registers() -> tuple[int, int]:
    """Return float32 lanes of a register, and the number of registers, of what Numba compiles for."""
    features = config.CPU_FEATURES  # set by whoever builds for another processor
    if features is None:
        try:
            features = binding.get_host_cpu_features().flatten()
        except RuntimeError:  # LLVM does not know this processor
            features = ""
    present = set(features.split(","))
    if "+avx512f" in present:
        return 16, 32
    if {"+avx2", "+fma"} <= present:
        return 8, 16
    return 4, 32 if platform.machine().lower() in ("arm64", "aarch64") else 16


LANES, REGISTERS = _vector_registers()
_STREAMED = 6 << 20  # bytes of a result that would not stay in the caches until it is read
_VECTOR = ir.VectorType(_F32, LANES)
_BITS = ir.VectorType(_I32, LANES)
_FLAGS = ir.VectorType(ir.IntType(1), LANES)
_NONE, _ALIGNED = ir.Constant(_I32, 0), ir.Constant(_I32, 4)
_MASKED = f"llvm.masked.{{}}.v{LANES}f32.p0"


class Value:
    """A value while the program runs, and the code that it belongs to."""

    __slots__ = ("code", "value")
    llvm_type: ir.Type

    def __init__(self, code: "Code", value: Any) -> None:
        self.code, self.value = code, value


class Integer(Value):
    """A 64-bit integer."""

    llvm_type = _I64

    def __add__(self, other: "int | Integer") -> "Integer":
        return Integer(self.code, self.code.builder.add(self.value, self.code.integer(other).value))

    def __mul__(self, other: "int | Integer") -> "Integer":
        return Integer(self.code, self.code.builder.mul(self.value, self.code.integer(other).value))

    def at_most(self, other: "int | Integer") -> "Integer":
        """The smaller of both."""
        builder, limit = self.code.builder, self.code.integer(other).value
        return Integer(self.code, builder.select(builder.icmp_signed("<", self.value, limit), self.value, limit))

    def at_least(self, other: "int | Integer") -> "Integer":
        """The larger of both."""
        builder, limit = self.code.builder, self.code.integer(other).value
        return Integer(self.code, builder.select(builder.icmp_signed(">", self.value, limit), self.value, limit))

    def inside(self, count: "int | Integer", there: "Address", otherwise: "Address") -> "Address":
        """The first address if this is one of ``range(count)``, or else the other."""
        builder = self.code.builder
        is_index = builder.icmp_unsigned("<", self.value, self.code.integer(count).value)
        return Address(self.code, builder.select(is_index, there.value, otherwise.value))

    def rounded_down(self, unit: int) -> "Integer":
        """The largest multiple of a power of two that is at most this."""
        return Integer(self.code, self.code.builder.and_(self.value, self.code.integer(-unit).value))


class Floats(Value):
    """A register of `LANES` float32."""

    llvm_type = _VECTOR

    def _with(self, operation: str, other: "float | Floats") -> "Floats":
        # "contract" lets a product and a sum become one instruction; NaN and infinity keep their meaning.
        emit = getattr(self.code.builder, operation)
        return Floats(self.code, emit(self.value, self.code.floats(other).value, flags=("contract",)))

    def __add__(self, other: "float | Floats") -> "Floats":
        return self._with("fadd", other)

    def __sub__(self, other: "float | Floats") -> "Floats":
        return self._with("fsub", other)

    def __mul__(self, other: "float | Floats") -> "Floats":
        return self._with("fmul", other)

    def __truediv__(self, other: "float | Floats") -> "Floats":
        return self._with("fdiv", other)

    def __rsub__(self, other: float) -> "Floats":
        return self.code.floats(other) - self

    def __rtruediv__(self, other: float) -> "Floats":
        return self.code.floats(other) / self

    def sqrt(self) -> "Floats":
        """The square root."""
        builder, kind = self.code.builder, ir.FunctionType(_VECTOR, [_VECTOR])
        function = cgutils.get_or_insert_function(builder.module, kind, f"llvm.sqrt.v{LANES}f32")
        return Floats(self.code, builder.call(function, [self.value]))

    def at_most(self, limit: float) -> "Floats":
        """The smaller of both; NaN stays."""
        return self.unless(self, ">", limit, limit)

    def at_least(self, limit: float) -> "Floats":
        """The larger of both; NaN stays."""
        return self.unless(self, "<", limit, limit)

    def larger(self, other: "Floats") -> "Floats":
        """The larger of both in each lane; the other one's where this is NaN."""
        builder = self.code.builder
        above = builder.fcmp_ordered(">", self.value, other.value)
        return Floats(self.code, builder.select(above, self.value, other.value))

    def smaller(self, other: "Floats") -> "Floats":
        """The smaller of both in each lane; the other one's where this is NaN."""
        builder = self.code.builder
        below = builder.fcmp_ordered("<", self.value, other.value)
        return Floats(self.code, builder.select(below, self.value, other.value))

    def square_root(self) -> "Floats":
        """The root of each lane; NaN below zero."""
        kind = ir.FunctionType(_VECTOR, [_VECTOR])
        root = cgutils.get_or_insert_function(self.code.builder.module, kind, f"llvm.sqrt.v{LANES}f32")
        return Floats(self.code, self.code.builder.call(root, [self.value]))

    def across(self, combine: "Callable[[Floats, Floats], Floats]") -> "Floats":
        """Combine all lanes, two and two; every lane gets the result."""
        total, distance = self, LANES // 2
        while distance:
            total = combine(total, total.interleaved(total, [lane ^ distance for lane in range(LANES)]))
            distance //= 2
        return total

    def unless(self, other: "Floats", comparison: str, limit: float, value: "float | Floats") -> "Floats":
        """This, but `value` in the lanes where `other` compares so to `limit`; NaN never does."""
        builder, floats = self.code.builder, self.code.floats
        beyond = builder.fcmp_ordered(comparison, other.value, floats(limit).value)
        return Floats(self.code, builder.select(beyond, floats(value).value, self.value))

    def times_power_of_two(self, rounded: "Floats", bits_of_zero: int) -> "Floats":
        """Multiply by 2**n, where n stands in the low bits of `rounded`, counted from `bits_of_zero`."""
        builder, each = self.code.builder, lambda n: ir.Constant(_BITS, [n] * LANES)
        biased = builder.add(builder.bitcast(rounded.value, _BITS), each(127 - bits_of_zero))
        return self * Floats(self.code, builder.bitcast(builder.shl(biased, each(23)), _VECTOR))

    def interleaved(self, other: "Floats", pick: Iterable[int]) -> "Floats":
        """Lanes by number from both: the first register's, then the second's."""
        mask = ir.Constant(_BITS, list(pick))
        return Floats(self.code, self.code.builder.shuffle_vector(self.value, other.value, mask))


class Address(Value):
    """Where float32 lie, at any alignment."""

    llvm_type = _POINTER

    def __add__(self, elements: int | Integer) -> "Address":
        return Address(self.code, self.code.builder.gep(self.value, [self.code.integer(elements).value]))

    def load(self) -> Floats:
        """Read `LANES` numbers, or those that are left at the end of `Code.each`."""
        code, place = self.code, self.code.builder.bitcast(self.value, _VECTOR.as_pointer())
        if code.rest is not None:
            kinds = (place.type, _I32, _FLAGS, _VECTOR)
            nothing = ir.Constant(_VECTOR, ir.Undefined)
            return Floats(
                code, code.intrinsic(_MASKED.format("load"), _VECTOR, kinds, place, _ALIGNED, code.rest, nothing)
            )
        value = code.builder.load(place)
        value.align = 4
        return Floats(code, value)

    def store(self, value: Floats) -> None:
        """Write `LANES` numbers, or those that are left at the end of `Code.each`."""
        code, place = self.code, self.code.builder.bitcast(self.value, _VECTOR.as_pointer())
        if code.rest is None:
            code.builder.store(value.value, place).align = 4
        else:
            kinds = (_VECTOR, place.type, _I32, _FLAGS)
            code.intrinsic(_MASKED.format("store"), ir.VoidType(), kinds, value.value, place, _ALIGNED, code.rest)

    def stream(self, value: Floats) -> None:
        """Write `LANES` numbers past the caches, to a place that is aligned to as many; see `fence`."""
        builder = self.code.builder
        written = builder.store(value.value, builder.bitcast(self.value, _VECTOR.as_pointer()))
        written.align = 4 * LANES
        written.set_metadata("nontemporal", builder.module.add_metadata([ir.Constant(_I32, 1)]))

    def prefetch(self, level: int = 1, for_writing: bool = False) -> None:
        """Bring what lies here into a cache, for it is used soon; a place that is nowhere does no harm."""
        code, byte = self.code, ir.IntType(8).as_pointer()
        options = [ir.Constant(_I32, option) for option in (int(for_writing), 4 - level, 1)]  # to data
        kinds = (byte, _I32, _I32, _I32)
        code.intrinsic("llvm.prefetch.p0", ir.VoidType(), kinds, code.builder.bitcast(self.value, byte), *options)

    def load_integer(self) -> Integer:
        """Read an int64, which takes the room of two numbers."""
        builder = self.code.builder
        return Integer(self.code, builder.load(builder.bitcast(self.value, _I64.as_pointer())))

    def load_address(self) -> "Address":
        """Read an int64 that is an address."""
        return Address(self.code, self.code.builder.inttoptr(self.load_integer().value, _POINTER))

    def copy_one(self, source: "Address") -> None:
        """Copy a single number to here."""
        builder = self.code.builder
        builder.store(builder.load(source.value), self.value)

    def broadcast(self) -> Floats:
        """Read one number into all lanes."""
        builder, nothing = self.code.builder, ir.Constant(_VECTOR, ir.Undefined)
        first = builder.insert_element(nothing, builder.load(self.value), ir.Constant(_I32, 0))
        return Floats(self.code, builder.shuffle_vector(first, nothing, ir.Constant(_BITS, [0] * LANES)))


class Code:
    """The function that is being written."""

    def __init__(self, builder: ir.IRBuilder) -> None:
        self.builder = builder
        self.rest: Any = None  # which lanes a register holds, where it is not full

    def integer(self, value: int | Integer) -> Integer:
        """Make an integer of a Python one."""
        return value if isinstance(value, Integer) else Integer(self, ir.Constant(_I64, value))

    def floats(self, value: float | Floats) -> Floats:
        """Fill a register with a number."""
        return value if isinstance(value, Floats) else Floats(self, ir.Constant(_VECTOR, [float(value)] * LANES))

    def repeat(
        self,
        count: Integer,
        body: Callable[[Integer, list[Any]], list[Any] | None],
        carried: Iterable[Value] = (),
        step: int = 1,
    ) -> list[Any]:
        """Write a loop ``for i in range(0, count, step)``.

        Parameters
        ----------
        count : Integer
            Where to stop.
        body : callable
            Writes one turn: takes i and what is carried, and returns the next values, if there are any.
        carried : iterable of Value
            What registers hold before the loop: numbers, or addresses that move on from turn to turn.
        step : int
            Distance of one i to the next.

        Returns
        -------
        list of Value
            What they hold after the loop.
        """
        builder, before, first = self.builder, self.builder.block, list(carried)
        head, turn, done = (builder.append_basic_block(name) for name in ("head", "turn", "done"))
        builder.branch(head)
        builder.position_at_end(head)
        i, held = Integer(self, builder.phi(_I64)), [type(one)(self, builder.phi(one.llvm_type)) for one in first]
        builder.cbranch(builder.icmp_signed("<", i.value, count.value), turn, done)
        builder.position_at_end(turn)
        after = body(i, held) or []
        following = i + step
        for now, old, new in zip([i, *held], [self.integer(0), *first], [following, *after], strict=True):
            now.value.add_incoming(old.value, before)
            now.value.add_incoming(new.value, builder.block)
        builder.branch(head)
        builder.position_at_end(done)
        return held

    def each(self, count: Integer, body: Callable[[Integer], None]) -> None:
        """Write a loop over `count` numbers, `LANES` a turn; the last turn's registers may be part full."""
        builder = self.builder
        whole = count.rounded_down(LANES)
        self.repeat(whole, lambda i, _: body(i), step=LANES)
        rest = builder.sub(count.value, whole.value)
        with builder.if_then(builder.icmp_signed(">", rest, self.integer(0).value)):
            counted = builder.insert_element(ir.Constant(_BITS, ir.Undefined), builder.trunc(rest, _I32), _NONE)
            everywhere = builder.shuffle_vector(counted, counted, ir.Constant(_BITS, [0] * LANES))
            self.rest = builder.icmp_signed("<", ir.Constant(_BITS, list(range(LANES))), everywhere)
            body(whole)
            self.rest = None

    def buffer(self, registers: int = 1) -> Address:
        """Room for some registers, while the function runs."""
        with self.builder.goto_entry_block():
            return Address(self, self.builder.bitcast(self.builder.alloca(_VECTOR, registers), _POINTER))

    def either(self, flag: Integer, yes: Callable[[], None], no: Callable[[], None]) -> None:
        """Write two pieces of code, of which one runs: the first if `flag` is not zero."""
        with self.builder.if_else(self.builder.icmp_signed("!=", flag.value, self.integer(0).value)) as (then, other):
            with then:
                yes()
            with other:
                no()

    def run(self, write: Callable[..., None], *values: Value) -> None:
        """Call other vector code, as a function that stands once in a kernel."""
        function = _written(self.builder.module, write, [type(value) for value in values])
        self.builder.call(function, [value.value for value in values])

    def intrinsic(self, name: str, result: ir.Type, kinds: tuple[ir.Type, ...], *values: Any) -> Any:
        """Call one of LLVM's own functions."""
        function = self.builder.module.globals.get(name)
        if function is None:
            function = ir.Function(self.builder.module, ir.FunctionType(result, kinds), name)
        return self.builder.call(function, values)

    def choose(self, value: Integer, cases: Iterable[int], body: Callable[[int], None]) -> None:
        """Write one piece of code for each case; any other value is an error of the caller that does nothing."""
        builder = self.builder
        done = builder.append_basic_block("chosen")
        switch = builder.switch(value.value, done)
        for case in cases:
            block = builder.append_basic_block(f"case{case}")
            switch.add_case(ir.Constant(_I64, case), block)
            builder.position_at_end(block)
            body(case)
            builder.branch(done)
        builder.position_at_end(done)


def vector_function(write: Callable[..., None]) -> Any:
    """Turn a description of vector code into a function that Numba's kernels can call.

    Parameters
    ----------
    write : callable
        Takes a `Code`, then values annotated as `Address` or `Integer`, and writes the code that works on them.

    Returns
    -------
    Numba intrinsic
        Takes an int64 for each value. Its code stands once in a kernel, however often it is called.
    """
    kinds = [parameter.annotation for parameter in list(inspect.signature(write).parameters.values())[1:]]

    def declare(typing: Any, *arguments: Any) -> tuple[Any, Callable[..., Any]]:
        def call(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
            converted = [builder.inttoptr(v, _POINTER) if kind is Address else v for v, kind in zip(values, kinds)]
            builder.call(_written(builder.module, write, kinds), converted)
            return context.get_dummy_value()

        return types.void(*[types.int64] * len(kinds)), call

    return intrinsic(functools.wraps(write)(declare))


@intrinsic
def address(typing: Any, array: Any) -> tuple[Any, Callable[..., Any]]:
    """Where an argument of a kernel begins; an array made inside it may be freed after its last mention."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        return builder.ptrtoint(context.make_array(array)(context, builder, values[0]).data, _I64)

    return types.int64(array), emit


@intrinsic
def fence(typing: Any) -> tuple[Any, Callable[..., Any]]:
    """Let other threads see what was written past the caches, before whatever is written next."""

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return types.void(), emit


@intrinsic
def call(typing: Any, function: Any, arguments: Any) -> tuple[Any, Callable[..., Any]]:
    """Call the kernel at an address, as `entry` gives it, with a tuple of int64."""
    count = len(arguments)

    def emit(context: Any, builder: ir.IRBuilder, signature: Any, values: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(8).as_pointer(), [_I64] * count)
        target = builder.inttoptr(values[0], kind.as_pointer())
        builder.call(target, [builder.extract_value(values[1], i) for i in range(count)])
        return context.get_dummy_value()

    return types.void(types.int64, types.UniTuple(types.int64, count)), emit


def worth_streaming(result: np.ndarray) -> bool:
    """Whether to write a result, which begins a cache line, past the caches; registers must be whole lines of it."""
    return 4 * LANES == LINE and result.shape[-1] % LANES == 0 and result.nbytes >= _STREAMED


@functools.cache
def entry(kernel: Kernel) -> int:
    """Return the address of a kernel's machine code, so that kernels share it instead of compiling it again."""
    dispatcher: Any = kernel.compiled
    (compiled,) = dispatcher.overloads.values()
    return compiled.library.get_pointer_to_function(compiled.fndesc.llvm_cfunc_wrapper_name)


def _written(module: ir.Module, write: Callable[..., None], kinds: list[type[Value]]) -> ir.Function:
    """The function in this module, written when it is first called for."""
    name = f"{write.__module__}.{write.__qualname__}"
    if name in module.globals:
        return module.globals[name]
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [kind.llvm_type for kind in kinds]), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    code = Code(ir.IRBuilder(function.append_basic_block("entry")))
    write(code, *(kind(code, value) for kind, value in zip(kinds, function.args)))
    code.builder.ret_void()
    return function
