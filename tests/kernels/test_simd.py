"""Generated vector code: partly filled registers, functions of registers, other processors."""

import os
import platform
import subprocess
import sys

import numpy as np
import pytest

from chainrule.kernels.cpu import vectormath
from chainrule.kernels.cpu.compiler import kernel
from chainrule.kernels.cpu.simd import LANES, Address, Code, Integer, address, vector_function


@vector_function
def add_one(code: Code, source: Address, target: Address, count: Integer) -> None:
    code.each(count, lambda i: (target + i).store((source + i).load() + 1.0))


@vector_function
def all_functions(code: Code, source: Address, target: Address, count: Integer) -> None:
    def turn(i: Integer) -> None:
        x = (source + i).load()
        for row, function in enumerate((vectormath.exp, vectormath.sigmoid, vectormath.tanh)):
            (target + count * row + i).store(function(x))

    code.each(count, turn)


@kernel("void(Array(float32, 1, 'C', True), float32[::1], int64)")
def run_add_one(source, target, count):
    add_one(address(source), address(target), count)


@kernel("void(Array(float32, 1, 'C', True), float32[:, ::1])")
def run_all_functions(source, target):
    all_functions(address(source), address(target), source.size)


@pytest.mark.parametrize("count", [0, 1, LANES - 1, LANES, LANES + 1, 3 * LANES + 5])
def test_each_touches_its_numbers_only(count):
    x, y = np.arange(100, dtype=np.float32), np.full(100, -7, np.float32)
    run_add_one(x[3:], y[2:], count)
    np.testing.assert_array_equal(y[2 : 2 + count], x[3 : 3 + count] + 1)
    assert (y[:2] == -7).all()
    assert (y[2 + count :] == -7).all()


def functions_of(x):
    y = np.empty((3, x.size), np.float32)
    run_all_functions(x, y)
    return y


def test_functions_are_exact_to_some_units_in_the_last_place():
    x = np.linspace(-30, 30, 100_003, dtype=np.float32)
    exact = x.astype(np.float64)
    exp, sigmoid, tanh = functions_of(x)
    np.testing.assert_allclose(exp, np.exp(exact), rtol=4e-7)
    np.testing.assert_allclose(sigmoid, 1 / (1 + np.exp(-exact)), rtol=6e-7)
    np.testing.assert_allclose(tanh, np.tanh(exact), rtol=6e-7)


def test_functions_of_special_numbers():
    x = np.array([np.nan, np.inf, -np.inf, 0.0, 1e30, -1e30, 200, -200, 1e-30, 9.5, -9.5], np.float32)
    exp, sigmoid, tanh = functions_of(x)
    exact = np.clip(x.astype(np.float64), -700, 700)
    assert np.isnan([exp[0], sigmoid[0], tanh[0]]).all()
    np.testing.assert_allclose(sigmoid[1:], 1 / (1 + np.exp(-exact[1:])), rtol=1e-6, atol=1e-37)
    np.testing.assert_allclose(tanh[1:], np.tanh(exact[1:]), rtol=1e-6)
    np.testing.assert_array_equal(tanh[[1, 2, 4, 5, 9, 10]], [1, -1, 1, -1, 1, -1])


@pytest.mark.slow
@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="these are x86 processors")
@pytest.mark.parametrize(
    ("name", "features"),
    [("haswell", "+avx,+avx2,+fma,+bmi,+bmi2,+popcnt,+sse4.2,-avx512f"), ("generic", "-avx")],
)
def test_kernels_on_older_processors(name, features):
    environment = {**os.environ, "NUMBA_CPU_NAME": name, "NUMBA_CPU_FEATURES": features}
    tests = [
        "tests/kernels/test_convolution_algorithms.py",
        "tests/kernels/test_dense.py",
        "tests/kernels/test_recurrent.py",
        "tests/kernels/test_simd.py",
    ]
    command = [sys.executable, "-m", "pytest", "-q", "-m", "not slow", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
