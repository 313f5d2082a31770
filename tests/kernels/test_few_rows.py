"""Products of few rows: the same bits as those of many."""

import numpy as np
import pytest

from chainrule.kernels.cpu import dense
from chainrule.kernels.cpu.few_rows import FEW, few_rows
from chainrule.kernels.cpu.products import product
from chainrule.kernels.cpu.simd import LANES


@pytest.mark.parametrize("rows", range(1, FEW + 1))
@pytest.mark.parametrize("columns", [1, LANES, LANES + 1, 5 * LANES - 1, 700])
@pytest.mark.parametrize("bias", [False, True])
def test_the_same_bits_as_with_many_rows(rng, rows, columns, bias):
    x, weight = rng.standard_normal((40, 3 * LANES), dtype="f"), rng.standard_normal((columns, 3 * LANES), dtype="f")
    start = rng.standard_normal(columns, dtype="f") if bias else None
    np.testing.assert_array_equal(few_rows(x[:rows], weight, start), product(x, weight.T, start)[:rows])


def test_deep_products(rng):
    x, weight = rng.standard_normal((12, 700 // LANES * LANES), dtype="f"), None
    weight = rng.standard_normal((100, x.shape[1]), dtype="f")
    found = few_rows(x[:3], weight, None)
    np.testing.assert_array_equal(found, product(x, weight.T)[:3])
    np.testing.assert_allclose(found, x[:3].astype("d") @ weight.T.astype("d"), rtol=1e-4, atol=1e-4)


def test_a_linear_layer_does_not_depend_on_the_number_of_rows(rng, form):
    x, weight, bias = (rng.standard_normal(shape, dtype="f") for shape in ((30, 64), (48, 64), (48,)))
    many = dense.linear(x, weight, bias)
    for rows in (1, 2, 5, 8, 9):
        np.testing.assert_array_equal(dense.linear(form(x[:rows]), form(weight), bias), many[:rows])


def test_nan_stays_in_its_row(rng):
    x, weight = rng.standard_normal((3, LANES), dtype="f"), rng.standard_normal((LANES + 3, LANES), dtype="f")
    x[1, 2] = np.nan
    y = few_rows(x, weight, None)
    assert np.isnan(y[1]).all() and np.isfinite(y[[0, 2]]).all()
