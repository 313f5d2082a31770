"""What a step of a search with a Transformer does to single rows, in whole registers."""

from chainrule.kernels.cpu.simd import LANES, Address, Code, Floats, Integer, vector_function


@vector_function
def score_scattered(
    code: Code, query: Address, keys: Address, offset: Integer, width: Integer, scores: Address, count: Integer
) -> None:
    """Multiply the query with `count` keys, each `offset` numbers behind one of the addresses in `keys`.

    There is room for a register behind the scores; `width` is a multiple of LANES.
    """

    def one(s: Integer, _: list[Floats]) -> None:
        key = (keys + s * 2).load_address() + offset

        def turn(j: Integer, sums: list[Floats]) -> list[Floats]:
            return [(key + j).load() * (query + j).load() + sums[0]]

        (sums,) = code.repeat(width, turn, [code.floats(0.0)], step=LANES)
        (scores + s).store(sums.across(lambda x, y: x + y))  # all lanes; those after the first are written over

    code.repeat(count, one)


@vector_function
def average_scattered(
    code: Code, weights: Address, values: Address, offset: Integer, width: Integer, y: Address, count: Integer,
) -> None:  # fmt: skip
    """The weighted sum of `count` values, each `offset` numbers behind one of the addresses."""

    def column(j: Integer, _: list[Floats]) -> None:
        def turn(s: Integer, sums: list[Floats]) -> list[Floats]:
            value = (values + s * 2).load_address() + offset
            return [(value + j).load() * (weights + s).broadcast() + sums[0]]

        (sums,) = code.repeat(count, turn, [code.floats(0.0)])
        (y + j).store(sums)

    code.repeat(width, column, step=LANES)


@vector_function
def divide_line(code: Code, line: Address, total: Address, count: Integer) -> None:
    """Divide a row by one number, in place."""
    share = 1.0 / total.load()
    code.repeat(count, lambda j, _: (line + j).store((line + j).load() * share), step=LANES)
