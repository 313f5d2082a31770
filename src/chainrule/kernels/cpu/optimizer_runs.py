"""Vector code for all parameters in one call: a table of addresses, and their elements counted through."""

from chainrule.kernels.cpu.compiler import inlined, kernel
from chainrule.kernels.cpu.simd import LANES, Address, Code, Floats, Integer, address, vector_function

BLOCK = 8192  # elements whose squares are added up in single precision
_CHAINS = 4  # registers of sums: an addition takes so long
SUMS = _CHAINS * LANES

_TABLE = "Array(int64, 1, 'C', True)"  # addresses, or ends
_SCALARS = "Array(float32, 1, 'C', True)"


@vector_function
def adam_run(
    code: Code, p_at: Address, g_at: Address, m_at: Address, v_at: Address, scalars: Address, count: Integer
) -> None:
    """Some elements of one array."""
    each = [(scalars + i).broadcast() for i in range(9)]
    decay, penalty, beta1, rest1, beta2, rest2, step_size, root_scale, eps = each

    def turn(i: Integer) -> None:
        p, m, v = ((place + i).load() for place in (p_at, m_at, v_at))
        g = (g_at + i).load() + penalty * p
        mean, square = beta1 * m + rest1 * g, beta2 * v + rest2 * g * g
        (m_at + i).store(mean)
        (v_at + i).store(square)
        (p_at + i).store(decay * p - step_size * mean / (root_scale * square.sqrt() + eps))

    code.each(count, turn)


@vector_function
def momentum_run(code: Code, p_at: Address, g_at: Address, b_at: Address, scalars: Address, count: Integer) -> None:
    """Some elements of one array."""
    lr, penalty, momentum, taken, along, carried = [(scalars + i).broadcast() for i in range(6)]

    def turn(i: Integer) -> None:
        p = (p_at + i).load()
        g = (g_at + i).load() + penalty * p
        buffer = momentum * (b_at + i).load() + taken * g
        (b_at + i).store(buffer)
        (p_at + i).store(p - lr * (along * g + carried * buffer))

    code.each(count, turn)


@vector_function
def descent_run(code: Code, p_at: Address, g_at: Address, scalars: Address, count: Integer) -> None:
    """Some elements of one array."""
    lr, penalty = [(scalars + i).broadcast() for i in range(2)]

    def turn(i: Integer) -> None:
        p = (p_at + i).load()
        (p_at + i).store(p - lr * ((g_at + i).load() + penalty * p))

    code.each(count, turn)


@vector_function
def scale_run(code: Code, x_at: Address, scalars: Address, count: Integer) -> None:
    """Some elements of one array."""
    factor = scalars.broadcast()
    code.each(count, lambda i: (x_at + i).store((x_at + i).load() * factor))


@inlined
def part_of(ends, i, start, stop):
    """The elements of array i that are in start..stop of all: the first of them, bytes before it, and their number."""
    begin = ends[i - 1] if i else 0
    first = max(start, begin)
    return first, 4 * (first - begin), min(stop, ends[i]) - first


def _signature(columns: int) -> str:
    return f"void({', '.join([_TABLE] * (columns + 1))}, {_SCALARS}, int64, int64)"


@kernel(_signature(4))
def adam_elements(p, g, m, v, ends, scalars, start, stop):
    for i in range(len(ends)):
        _, skip, count = part_of(ends, i, start, stop)
        if count > 0:
            adam_run(p[i] + skip, g[i] + skip, m[i] + skip, v[i] + skip, address(scalars), count)


@kernel(_signature(3))
def momentum_elements(p, g, buffer, ends, scalars, start, stop):
    for i in range(len(ends)):
        _, skip, count = part_of(ends, i, start, stop)
        if count > 0:
            momentum_run(p[i] + skip, g[i] + skip, buffer[i] + skip, address(scalars), count)


@kernel(_signature(2))
def descent_elements(p, g, ends, scalars, start, stop):
    for i in range(len(ends)):
        _, skip, count = part_of(ends, i, start, stop)
        if count > 0:
            descent_run(p[i] + skip, g[i] + skip, address(scalars), count)


@kernel(_signature(1))
def scale_elements(x, ends, scalars, start, stop):
    for i in range(len(ends)):
        _, skip, count = part_of(ends, i, start, stop)
        if count > 0:
            scale_run(x[i] + skip, address(scalars), count)


@vector_function
def square_run(code: Code, x_at: Address, sums: Address, count: Integer) -> None:
    """Add the squares of some elements of one array to SUMS sums."""
    places = [sums + LANES * j for j in range(_CHAINS)]

    def turn(i: Integer, before: list[Floats]) -> list[Floats]:
        numbers = [(x_at + i + LANES * j).load() for j in range(_CHAINS)]
        return [x * x + total for x, total in zip(numbers, before)]

    whole = count.rounded_down(SUMS)
    for place, total in zip(places, code.repeat(whole, turn, [place.load() for place in places], SUMS)):
        place.store(total)

    def few(i: Integer) -> None:
        x = (x_at + whole + i).load()
        sums.store(x * x + sums.load())

    code.each(count + whole * -1, few)


@kernel(f"void({_TABLE}, {_TABLE}, float32[:, ::1], int64, int64)")
def square_elements(x, ends, sums, start, stop):
    """The squares of BLOCK elements go to one row of sums, whichever thread adds them up."""
    for i in range(len(ends)):
        first, skip, count = part_of(ends, i, start, stop)
        place = x[i] + skip
        while count > 0:
            some = min(count, BLOCK - first % BLOCK)
            square_run(place, address(sums[first // BLOCK]), some)
            place, first, count = place + 4 * some, first + some, count - some
