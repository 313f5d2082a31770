"""Matrix products of NumPy arrays against float64, whatever the sizes, strides and values."""

import subprocess
import sys

import numpy as np
import pytest

from chainrule.kernels.cpu import dense, rectifiers
from chainrule.kernels.cpu.pool import threads
from chainrule.kernels.reference import dense as reference

TOLERANCE = 2e-6  # of the sum of absolute products: one rounding an addition, partly averaged out


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def plain(rng, rows, columns):
    return rng.standard_normal((rows, columns), dtype=np.float32)


def transposed(rng, rows, columns):
    return plain(rng, columns, rows).T


def sliced(rng, rows, columns):
    return plain(rng, 2 * rows, 3 * columns)[::2, 1::3]


def reversed_columns(rng, rows, columns):
    return plain(rng, rows, columns)[:, ::-1]


def misaligned(rng, rows, columns):
    buffer = np.zeros(4 * rows * columns + 1, np.uint8)
    x = buffer[1:].view(np.float32).reshape(rows, columns)
    x[...] = plain(rng, rows, columns)
    assert not x.flags.aligned
    return x


def between_elements(rng, rows, columns):
    """A column of records, whose strides are no whole number of elements."""
    records = np.zeros((rows, columns), np.dtype([("x", np.float32), ("flag", np.uint8)]))
    records["x"] = plain(rng, rows, columns)
    return records["x"]


LAYOUTS = [plain, transposed, sliced, reversed_columns, misaligned, between_elements]


def assert_product(c, a, b, start=0.0):
    exact = a.astype(np.float64) @ b.astype(np.float64) + start
    scale = np.abs(a).astype(np.float64) @ np.abs(b).astype(np.float64) + np.abs(start)
    assert c.dtype == np.float32
    assert c.shape == exact.shape
    assert np.all(np.abs(c - exact) <= TOLERANCE * scale)


@pytest.mark.parametrize(
    ("rows", "depth", "columns"),
    [
        (33, 31, 47),
        (12, 256, 32),
        (13, 257, 33),
        (1, 600, 70),
        (600, 70, 1),
        (70, 1, 600),
        (100, 513, 45),
        (500, 129, 96),
    ],
)
@pytest.mark.parametrize("of_b", LAYOUTS)
@pytest.mark.parametrize("of_a", LAYOUTS)
def test_matmul(rng, of_a, of_b, rows, depth, columns):
    a, b = of_a(rng, rows, depth), of_b(rng, depth, columns)
    assert_product(dense.matmul(a, b), a, b)


@pytest.mark.parametrize(
    ("of_a", "of_b"),
    [
        ((3, 40, 50), (50, 60)),
        ((40, 50), (3, 50, 60)),
        ((7, 50, 32), (7, 32, 30)),
        ((1, 50, 32), (7, 32, 30)),
        ((7, 50, 32), (1, 32, 30)),
        ((3, 1, 50, 32), (5, 32, 30)),
        ((1, 1, 100, 32), (1, 32, 30)),
        ((2, 3, 50, 32), (2, 3, 32, 30)),
    ],
)
def test_matmul_broadcasts_leading_axes(rng, of_a, of_b):
    a, b = rng.standard_normal(of_a, dtype=np.float32), rng.standard_normal(of_b, dtype=np.float32)
    assert_product(dense.matmul(a, b), a, b)


def test_matmul_of_attention_heads(rng):
    queries, keys = rng.standard_normal((2, 5, 50, 4, 32), dtype=np.float32).transpose(0, 1, 3, 2, 4)
    assert_product(dense.matmul(queries, keys.swapaxes(-1, -2)), queries, keys.swapaxes(-1, -2))


@pytest.mark.parametrize(
    ("of_a", "of_b"), [((0, 4), (4, 3)), ((4, 0), (0, 3)), ((2, 3, 0), (2, 0, 5)), ((0, 3, 4), (4, 5))]
)
def test_matmul_of_nothing(of_a, of_b):
    a, b = np.ones(of_a, np.float32), np.ones(of_b, np.float32)
    np.testing.assert_array_equal(dense.matmul(a, b), np.matmul(a, b))


def test_a_large_product_without_inner_axis_is_zero():
    assert not dense.linear(np.ones((300, 0), np.float32), np.ones((300, 0), np.float32), None).any()


@pytest.mark.parametrize("dtype", [np.float64, np.int64])
def test_other_dtypes_are_numpy_s(rng, dtype):
    a, b = (10 * rng.standard_normal((2, 64, 64))).astype(dtype)
    product = dense.matmul(a, b)
    assert product.dtype == dtype
    np.testing.assert_array_equal(product, a @ b)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="matmul"):
        dense.matmul(np.ones((400, 30), np.float32), np.ones((31, 400), np.float32))


@pytest.mark.parametrize("with_bias", [True, False])
@pytest.mark.parametrize(
    ("shape", "features"), [((1000, 256), 45), ((64, 9, 130), 257), ((2, 3), 4), ((3, 5, 2, 100), 300)]
)
def test_linear(rng, shape, features, with_bias):
    x, weight = rng.standard_normal(shape, dtype=np.float32), plain(rng, features, shape[-1])
    bias = plain(rng, features, 2)[:, 1] if with_bias else None  # strided
    assert_product(dense.linear(x, weight, bias), x, weight.T, 0.0 if bias is None else bias)


def test_linear_of_a_strided_view(rng):
    x, weight = rng.standard_normal((9, 40, 128), dtype=np.float32).swapaxes(0, 1), plain(rng, 60, 128)
    assert_product(dense.linear(x, weight, None), x, weight.T)


def linear_gradients(grad, x, weight):
    rows, inputs = grad.reshape(-1, grad.shape[-1]), x.reshape(-1, x.shape[-1])
    return dense.matmul(rows, weight).reshape(x.shape), dense.matmul(rows.T, inputs), rows.cumsum(axis=0)[-1]


SIZES_OF_LAYERS = [(33, 50, 47), (64, 784, 256), (300, 40, 500), (5, 300, 4), (70, 1100, 1)]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("rows", "columns", "features"), SIZES_OF_LAYERS)
def test_linear_backward_has_the_bits_of_separate_products(rng, rows, columns, features, layout):
    grad, x, weight = layout(rng, rows, features), layout(rng, rows, columns), plain(rng, features, columns)
    separate = linear_gradients(grad, x, weight)
    for name, gradient, expected in zip("xwb", dense.linear_backward(grad, x, weight, True), separate):
        np.testing.assert_array_equal(gradient, expected, err_msg=name)
    with threads(1):
        for gradient, expected in zip(dense.linear_backward(grad, x, weight, True), separate):
            np.testing.assert_array_equal(gradient, expected)


@pytest.mark.parametrize("shape", [(33, 50), (4, 9, 50), (0, 50), (50,)])
@pytest.mark.parametrize(
    "wanted", [(True, True, False), (True, False, True), (False, True, True), (False, False, True)]
)
def test_linear_backward_gives_what_is_wanted(rng, shape, wanted):
    x, weight = rng.standard_normal(shape, dtype=np.float32), plain(rng, 47, 50)
    grad = rng.standard_normal((*shape[:-1], 47), dtype=np.float32)
    arguments = grad, x if wanted[1] else None, weight if wanted[0] else None, wanted[2]
    for want, found, expected in zip(
        wanted, dense.linear_backward(*arguments), reference.linear_backward(*arguments), strict=True
    ):
        assert (found is not None) == (expected is not None) == want
        if want:
            assert found.shape == expected.shape
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_a_long_inner_product_needs_no_room(rng):
    a, b = plain(rng, 1, 300_000), plain(rng, 300_000, 1)
    assert_product(dense.matmul(a, b), a, b)


def test_infinity_and_nan_stay_in_their_row(rng):
    a, b = plain(rng, 100, 80), plain(rng, 80, 90)
    a[3, 7], a[50, 2], a[99, 0] = np.inf, np.nan, -np.inf
    product = dense.matmul(a, b)
    np.testing.assert_array_equal(np.isnan(product), np.isnan(a @ b))
    np.testing.assert_array_equal(np.isposinf(product), np.isposinf(a @ b))
    assert np.isfinite(product[4:50]).all()


def test_inputs_stay_as_they_are(rng):
    a, b = plain(rng, 100, 80), plain(rng, 80, 90)
    before = a.copy(), b.copy()
    a.flags.writeable = b.flags.writeable = False
    dense.matmul(a, b)
    np.testing.assert_array_equal(a, before[0])
    np.testing.assert_array_equal(b, before[1])


@pytest.mark.parametrize(("rows", "depth", "columns"), [(1000, 300, 200), (20, 300, 1000)])
def test_bits_do_not_depend_on_threads_or_neighbours(rng, rows, depth, columns):
    a, b = plain(rng, rows, depth), plain(rng, depth, columns)
    product = dense.matmul(a, b)
    with threads(1):
        np.testing.assert_array_equal(dense.matmul(a, b), product)
    np.testing.assert_array_equal(dense.matmul(a[5:17], b), product[5:17])
    np.testing.assert_array_equal(dense.matmul(a[None, 5:17], b[None])[0], product[5:17])


def test_cpu_and_reference_agree_on_signatures():
    assert dense.matmul.__code__.co_varnames[:2] == reference.matmul.__code__.co_varnames[:2]
    assert dense.linear.__code__.co_varnames[:3] == reference.linear.__code__.co_varnames[:3]
    assert dense.linear_backward.__code__.co_varnames[:4] == reference.linear_backward.__code__.co_varnames[:4]


def test_numba_is_imported_when_a_large_product_comes():
    program = """
import sys
import numpy as np
from chainrule.kernels.cpu import dense, recurrent
dense.matmul(np.ones((4, 4), np.float32), np.ones((4, 4), np.float32))
assert "numba" not in sys.modules
dense.matmul(np.ones((99, 99), np.float32), np.ones((99, 99), np.float32))
assert "numba" in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("rows", [1, 5, 64, 700])
@pytest.mark.parametrize("features", [5, 47, 256])
@pytest.mark.parametrize("layout", [plain, transposed])
def test_rectified_maps_have_the_bits_of_separate_operations(rng, rows, features, layout):
    x, weight, bias = layout(rng, rows, 300), plain(rng, features, 300), plain(rng, 1, features)[0]
    x[0, 0] = weight[0, 3] = np.nan
    separate = rectifiers.clamp(dense.linear(x, weight, bias), 0.0, np.inf)
    np.testing.assert_array_equal(dense.linear(x, weight, bias, True), separate)
    grad = plain(rng, rows, features)
    dx, *others = dense.linear_backward(grad, x, weight, True)
    expected = rectifiers.clamp_backward(dx, x, 0.0, np.inf), *others
    for found, one in zip(dense.linear_backward(grad, x, weight, True, True), expected, strict=True):
        np.testing.assert_array_equal(found, one)
