"""Cases of `chainrule.ops.linear_algebra`."""

import numpy as np

from chainrule import ops

from ..case import Case


def einsum_case(subscripts, *shapes, compiled=False):
    return Case(
        ops.einsum,
        shapes,
        lambda *xs: np.einsum(subscripts, *xs),
        subscripts,
        call=lambda *xs: ops.einsum(subscripts, *xs),
        compiled=compiled,
    )


CASES = [
    Case(ops.matmul, ((3, 4), (4, 2)), np.matmul),
    Case(ops.matmul, ((2, 3, 4), (2, 4, 5)), np.matmul, "batch"),
    Case(ops.matmul, ((2, 3, 4), (4, 5)), np.matmul, "many-by-one", compiled=False),
    Case(ops.matmul, ((2, 1, 3, 4), (5, 4, 2)), np.matmul, "broadcast", compiled=False),
    Case(ops.matmul, ((4,), (4,)), np.matmul, "vectors", compiled=False),
    Case(ops.matmul, ((3, 4), (4,)), np.matmul, "matrix-vector", compiled=False),
    Case(ops.matmul, ((4,), (2, 4, 3)), np.matmul, "vector-batch", compiled=False),
    Case(ops.matmul, ((3, 0), (0, 2)), np.matmul, "nothing-inside", compiled=False),
    Case(ops.linear, ((2, 3, 4), (5, 4), (5,)), lambda x, w, b: x @ w.T + b),
    Case(ops.linear, ((3, 4), (2, 4)), lambda x, w: x @ w.T, "no-bias", compiled=False),
    Case(ops.linear, ((4,), (2, 4), (2,)), lambda x, w, b: x @ w.T + b, "vector", compiled=False),
    Case(ops.linear, ((0, 4), (2, 4), (2,)), lambda x, w, b: x @ w.T + b, "no-rows", compiled=False),
    einsum_case("ij,jk->ik", (2, 3), (3, 4)),
    einsum_case("btd,bsd->bts", (2, 3, 4), (2, 5, 4), compiled=True),
    einsum_case("ij,ij->", (2, 3), (2, 3)),
    einsum_case("ij,j", (2, 3), (3,)),
    einsum_case("ij->ji", (2, 3)),
    einsum_case("ijk->j", (2, 3, 4)),
    einsum_case("i,ij,kj->k", (2,), (2, 3), (4, 3)),
    einsum_case("i,j->", (2,), (3,)),
]
