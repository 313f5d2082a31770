"""Every algorithm of convolution against the reference in float64, for each shape that it can do."""

import importlib

import numpy as np
import pytest

from chainrule.kernels.cpu import convolution, simd
from chainrule.kernels.cpu.convolution_choice import ALGORITHMS, Problem, choose
from chainrule.kernels.cpu.pool import threads
from chainrule.kernels.reference import convolution as reference

ONE, TWO = (1, 1), (2, 2)
NONE, ALL, LEFT = ((0, 0), (0, 0)), ((1, 1), (1, 1)), ((0, 2), (2, 0))
PROBLEMS = {
    "tails": Problem((3, 24, 9, 13), (40, 24, 3, 3), ONE, NONE, ONE, 1),
    "odd-channels": Problem((2, 33, 6, 7), (17, 33, 5, 5), ONE, LEFT, ONE, 1),
    "whole-registers": Problem((2, 64, 8, 12), (32, 64, 3, 3), ONE, ALL, ONE, 1),
    "many-tiles": Problem((6, 16, 39, 33), (16, 16, 3, 3), ONE, ALL, ONE, 1),
    "many-large-tiles": Problem((9, 30, 14, 13), (40, 30, 5, 5), ONE, ((2, 2), (2, 2)), ONE, 1),
    "one-pixel": Problem((1, 9, 1, 1), (8, 9, 3, 3), ONE, ALL, ONE, 1),
    "one-channel": Problem((4, 1, 12, 10), (32, 1, 5, 5), ONE, ((2, 2), (2, 2)), ONE, 1),
    "one-filter": Problem((2, 16, 5, 6), (1, 16, 3, 3), ONE, ALL, ONE, 1),
    "wide-padding": Problem((1, 20, 3, 4), (12, 20, 3, 3), ONE, ((4, 5), (6, 4)), ONE, 1),
    "cropped": Problem((2, 16, 9, 8), (8, 16, 3, 3), ONE, ((-1, 2), (0, -2)), ONE, 1),
    "strided": Problem((2, 16, 9, 10), (24, 16, 3, 3), TWO, ALL, ONE, 1),
    "pointwise": Problem((2, 40, 5, 7), (24, 40, 1, 1), ONE, NONE, ONE, 1),
    "pointwise-many-pixels": Problem((5, 3, 29, 31), (33, 3, 1, 1), ONE, NONE, ONE, 1),
    "pointwise-strided": Problem((2, 16, 7, 8), (32, 16, 1, 1), TWO, NONE, ONE, 1),
    "dilated": Problem((2, 12, 9, 10), (10, 12, 3, 3), ONE, ((2, 2), (1, 0)), (2, 3), 1),
    "stride-beyond-kernel": Problem((1, 8, 11, 11), (9, 8, 2, 2), (3, 4), NONE, ONE, 1),
    "photo": Problem((2, 3, 17, 19), (32, 3, 7, 7), TWO, ((3, 3), (3, 3)), ONE, 1),
    "deep": Problem((2, 270, 4, 4), (70, 270, 3, 3), ONE, ALL, ONE, 1),
    "uneven": Problem((2, 18, 6, 9), (20, 18, 1, 7), ONE, ((0, 0), (3, 3)), ONE, 1),
    "groups": Problem((2, 12, 5, 5), (18, 6, 3, 3), ONE, ALL, ONE, 2),
    "large-groups": Problem((2, 24, 6, 5), (48, 8, 3, 3), TWO, ALL, ONE, 3),
    "depthwise": Problem((3, 40, 9, 13), (40, 1, 3, 3), ONE, ALL, ONE, 40),
    "depthwise-whole-registers": Problem((2, 32, 7, 9), (32, 1, 3, 3), ONE, ALL, ONE, 32),
    "depthwise-strided": Problem((2, 16, 12, 11), (16, 1, 3, 3), TWO, ALL, ONE, 16),
    "depthwise-large": Problem((2, 5, 12, 11), (5, 1, 4, 7), ONE, ((0, 1), (3, 3)), ONE, 5),
    "depthwise-dilated": Problem((2, 17, 12, 16), (17, 1, 2, 3), (4, 3), ((2, 2), (3, 3)), (2, 6), 17),
    "depthwise-cropped": Problem((2, 3, 9, 9), (3, 1, 3, 2), (1, 3), ((-2, 4), (5, -1)), ONE, 3),
    "depthwise-one-pixel": Problem((2, 9, 1, 1), (9, 1, 5, 5), ONE, ((2, 2), (2, 2)), ONE, 9),
    "depthwise-narrow": Problem((2, 33, 7, 2), (33, 1, 3, 6), ONE, ((0, 1), (3, 4)), ONE, 33),
    "depthwise-wide-padding": Problem((1, 20, 3, 4), (20, 1, 3, 3), ONE, ((4, 5), (6, 4)), ONE, 20),
    "depthwise-windows-apart": Problem((1, 18, 9, 8), (18, 1, 2, 2), (3, 3), ((1, 1), (1, 1)), ONE, 18),
    "multiplied-channels": Problem((2, 3, 6, 5), (9, 1, 3, 3), ONE, ALL, ONE, 3),
}
PAIRS = [
    pytest.param(name, problem, id=f"{name}-{shape}")
    for shape, problem in PROBLEMS.items()
    for name, algorithm in ALGORITHMS.items()
    if not algorithm.refusal(problem)
]
OURS = [pair for pair in PAIRS if pair.values[0] not in ("im2col", "fft")]  # NumPy has its own threads, and warns
TOLERANCE = 2e-5  # of the largest number; 5e-5 is what Winograd's algorithm promises


def channels_last(rng, *shape):
    n, c, h, w = shape
    return rng.standard_normal((n, h, w, c), dtype=np.float32).transpose(0, 3, 1, 2)


def operands(problem, seed=0):
    """Images, filters, a bias and a gradient of the result."""
    rng = np.random.default_rng(seed)
    x = channels_last(rng, *problem.input_shape)
    weight = rng.standard_normal(problem.weight_shape, dtype=np.float32)
    bias = rng.standard_normal(len(weight), dtype=np.float32)
    return x, weight, bias, channels_last(rng, len(x), len(weight), *problem.results)


def run(kernels, problem, x, weight, bias, grad):
    return (
        kernels.conv(x, weight, bias, *problem[2:]),
        kernels.conv_input_gradient(grad, weight, x.shape, *problem[2:]),
        kernels.conv_weight_gradient(grad, x, weight.shape, *problem[2:]),
    )


def module_of(name):
    return importlib.import_module(f"chainrule.kernels.{ALGORITHMS[name].module}")


def assert_close(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == np.float32
        assert one.shape == other.shape
        assert np.abs(one - other).max() <= TOLERANCE * np.abs(other).max()


@pytest.mark.parametrize(("name", "problem"), PAIRS)
def test_values(name, problem):
    arrays = operands(problem)
    expected = run(reference, problem, *(array.astype(np.float64) for array in arrays))
    assert_close(run(module_of(name), problem, *arrays), expected)


@pytest.mark.parametrize("shape", PROBLEMS)
def test_chosen_algorithm_wherever_arrays_lie(shape, form):
    problem = PROBLEMS[shape]
    arrays = operands(problem)
    expected = run(reference, problem, *(array.astype(np.float64) for array in arrays))
    assert_close(run(convolution, problem, *map(form, arrays)), expected)


@pytest.mark.parametrize(("name", "problem"), OURS)
def test_any_number_of_threads_gives_the_same_bits(name, problem):
    arrays = operands(problem)
    found = []
    for count in (1, 2):
        with threads(count):
            found.append(run(module_of(name), problem, *arrays))
    for one, other in zip(*found):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("rows", "whole-registers"),
        ("pointwise", "pointwise-strided"),
        ("depthwise", "depthwise-whole-registers"),
        ("depthwise", "depthwise-strided"),
    ],
)
def test_large_results_are_the_same_numbers(name, shape, monkeypatch):
    problem = PROBLEMS[shape]
    arrays = operands(problem)
    expected = run(module_of(name), problem, *arrays)
    monkeypatch.setattr(simd, "_STREAMED", 0)
    for found, before in zip(run(module_of(name), problem, *arrays), expected):
        np.testing.assert_array_equal(found, before)


@pytest.mark.parametrize(("name", "problem"), OURS)
@pytest.mark.parametrize("special", [np.nan, np.inf])
def test_what_is_not_a_number_surfaces(name, problem, special):
    x, weight, bias, grad = operands(problem)
    n, f, i, j = (size // 2 for size in grad.shape)
    seen = (
        min(max(at * s - before, 0), size - 1) for at, s, (before, _), size in zip((i, j), *problem[2:4], x.shape[2:])
    )
    x[n, 0, *seen] = special
    grad[n, f, i, j] = special
    for found in run(module_of(name), problem, x, weight, bias, grad):
        assert not np.isfinite(found).all()


def test_images_are_channels_last_in_memory():
    problem = PROBLEMS["tails"]
    y, dx, _ = run(convolution, problem, *operands(problem))
    for image in (y, dx):
        assert image.transpose(0, 2, 3, 1).flags.c_contiguous


@pytest.mark.parametrize(("name", "problem"), OURS)
def test_weight_gradient_lies_like_weights(name, problem):
    assert run(module_of(name), problem, *operands(problem))[2].flags.c_contiguous


def test_a_reason_for_each_choice():
    for problem in PROBLEMS.values():
        name, reason = choose(problem)
        assert not ALGORITHMS[name].refusal(problem)
        assert len(reason) > 10


def test_what_is_asked_for_is_chosen():
    problem = PROBLEMS["tails"]
    assert choose(problem).name == "winograd"
    assert choose(problem, frozenset(ALGORITHMS) - {"winograd"}).name == "rows"
    assert choose(problem, frozenset({"fft"})).name == "fft"


def test_multiplications():
    problem = PROBLEMS["whole-registers"]
    assert ALGORITHMS["im2col"].multiplications(problem) == 2 * 96 * 32 * 64 * 9
    assert ALGORITHMS["winograd"].multiplications(problem) == 2 * 6 * 36 * 32 * 64
