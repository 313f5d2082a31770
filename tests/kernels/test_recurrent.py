"""Fused recurrent layers against array code in float64: odd sizes, lengths, directions, strides, NaN."""

import numpy as np
import pytest

from chainrule.kernels.cpu import recurrent as fused
from chainrule.kernels.cpu.pool import threads
from chainrule.kernels.reference import recurrent as reference

TOLERANCE = 1e-5  # of the largest element of each result
GATES = {"lstm": 4, "gru": 3, "rnn": 1}
SIZES = [(1, 1, 1, 1), (1, 4, 3, 7), (4, 3, 5, 16), (7, 5, 9, 33), (27, 4, 40, 17), (70, 3, 33, 64)]  # N, T, D, H


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def weights_and_states(rng, kind, batch, steps, width, hidden):
    """The array arguments of a forward kernel, in float32."""

    def draw(*shape, scale=1.0):
        return (scale * rng.standard_normal(shape)).astype(np.float32)

    rows = GATES[kind] * hidden
    states = [draw(batch, hidden) for _ in range(2 if kind == "lstm" else 1)]
    biases = [draw(rows) for _ in range(2 if kind == "gru" else 1)]
    scales = width**-0.5, hidden**-0.5
    w_ih, w_hh = draw(rows, width, scale=scales[0]), draw(rows, hidden, scale=scales[1])
    return [draw(batch, steps, width), *states, w_ih, w_hh, *biases]


def gradients_of_outputs(rng, arrays, kind):
    x, h0 = arrays[:2]
    shapes = [(*x.shape[:2], h0.shape[1]), *[h0.shape] * (2 if kind == "lstm" else 1)]
    return [rng.standard_normal(shape).astype(np.float32) for shape in shapes]


def run(module, kind, arrays, grads, lengths=None, reverse=False, wanted=None):
    """Outputs, and gradients of all arguments."""
    *outputs, saved = getattr(module, kind)(*arrays, lengths, reverse, True)
    state_count = 2 if kind == "lstm" else 1
    needed = [*arrays[: 3 + state_count], *([arrays[-1]] if kind == "gru" else [])]
    wanted = (True,) * len(arrays) if wanted is None else wanted
    backward = getattr(module, f"{kind}_backward")
    return outputs, backward(*grads, *needed, lengths, reverse, saved, wanted)


def double(arrays):
    return [None if x is None else x.astype(np.float64) for x in arrays]


def assert_close(found, expected):
    for part, exact in zip(found, expected, strict=True):
        assert part.dtype == np.float32
        assert part.shape == exact.shape
        np.testing.assert_allclose(part, exact, rtol=0, atol=TOLERANCE * max(1.0, np.abs(exact).max(initial=0)))


def assert_same_as_reference(kind, arrays, grads, lengths=None, reverse=False):
    outputs, gradients = run(fused, kind, arrays, grads, lengths, reverse)
    exact_outputs, exact_gradients = run(reference, kind, double(arrays), double(grads), lengths, reverse)
    assert_close(outputs, exact_outputs)
    assert_close(gradients, exact_gradients)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("with_lengths", [False, True])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_same_as_reference(rng, kind, size, with_lengths, reverse):
    arrays = weights_and_states(rng, kind, *size)
    lengths = rng.integers(0, size[1] + 1, size[0]) if with_lengths else None
    assert_same_as_reference(kind, arrays, gradients_of_outputs(rng, arrays, kind), lengths, reverse)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_deeper_than_a_panel(rng, kind):
    arrays = weights_and_states(rng, kind, 19, 4, 300, 270)
    assert_same_as_reference(kind, arrays, gradients_of_outputs(rng, arrays, kind), rng.integers(1, 5, 19))


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_a_state_of_zeros(rng, kind):
    arrays = weights_and_states(rng, kind, 9, 4, 12, 20)
    arrays[1] = np.zeros_like(arrays[1])
    assert_same_as_reference(kind, arrays, gradients_of_outputs(rng, arrays, kind), rng.integers(0, 5, 9))
    arrays[0] = arrays[0][:, :1]
    assert_same_as_reference(kind, arrays, gradients_of_outputs(rng, arrays, kind))


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_without_biases(rng, kind):
    arrays = weights_and_states(rng, kind, 6, 3, 10, 18)
    grads = gradients_of_outputs(rng, arrays, kind)
    bare = [*arrays[: 5 if kind == "lstm" else 4], *[None] * (1 if kind == "lstm" else 2)]
    with_zeros = [
        *bare[: 5 if kind == "lstm" else 4],
        *[np.zeros_like(b) for b in arrays[5 if kind == "lstm" else 4 :]],
    ]
    outputs, gradients = run(fused, kind, bare, grads)
    expected_outputs, expected_gradients = run(fused, kind, with_zeros, grads)
    for part, expected in zip([*outputs, *gradients], [*expected_outputs, *expected_gradients]):
        np.testing.assert_array_equal(part, expected)


@pytest.mark.parametrize("with_lengths", [False, True])
@pytest.mark.parametrize("with_bias", [False, True])
@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_an_input_that_was_multiplied_before(rng, kind, with_bias, with_lengths):
    arrays = weights_and_states(rng, kind, 27, 4, 1, 17)
    place = 2 + (kind == "lstm")
    arrays[0], arrays[place] = rng.standard_normal((27, 4, GATES[kind] * 17), dtype=np.float32), None
    if not with_bias:
        arrays[place + 2] = None
    grads, lengths = gradients_of_outputs(rng, arrays, kind), rng.integers(0, 5, 27) if with_lengths else None
    wanted = tuple(array is not None for array in arrays)
    outputs, gradients = run(fused, kind, arrays, grads, lengths, wanted=wanted)
    exact_outputs, exact_gradients = run(reference, kind, double(arrays), double(grads), lengths, wanted=wanted)
    assert_close(outputs, exact_outputs)
    assert [gradient is not None for gradient in gradients] == list(wanted)
    present = [(found, exact) for found, exact in zip(gradients, exact_gradients) if exact is not None]
    assert_close(*zip(*present))


@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize("lengths", [[0, 0, 0], [0, 3, 0], [3, 3, 3]])
def test_empty_sequences(rng, kind, lengths):
    arrays = weights_and_states(rng, kind, 3, 3, 5, 6)
    assert_same_as_reference(kind, arrays, gradients_of_outputs(rng, arrays, kind), np.array(lengths))
    y, h_n, *_ = getattr(fused, kind)(*arrays, np.array(lengths), False, False)
    for n, length in enumerate(lengths):
        assert not y[n, length:].any()
        np.testing.assert_array_equal(h_n[n], y[n, length - 1] if length else arrays[1][n])


@pytest.mark.parametrize("kind", ["lstm", "gru"])
@pytest.mark.parametrize(("batch", "steps"), [(0, 3), (3, 0)])
def test_nothing_to_do(rng, kind, batch, steps):
    arrays = weights_and_states(rng, kind, batch, steps, 5, 6)
    assert_same_as_reference(kind, arrays, gradients_of_outputs(rng, arrays, kind))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("module", "kind"), [(fused, "lstm"), (fused, "gru"), *((reference, kind) for kind in GATES)])
def test_padding_changes_nothing(rng, module, kind, reverse):
    arrays = weights_and_states(rng, kind, 9, 5, 12, 20)
    grads, lengths = gradients_of_outputs(rng, arrays, kind), np.array([5, 1, 3, 0, 2, 5, 4, 4, 1])
    outputs, gradients = run(module, kind, arrays, grads, lengths, reverse)
    beyond = np.arange(5) >= lengths[:, None]
    arrays[0] = np.where(beyond[:, :, None], np.float32(np.nan), arrays[0])
    grads[0] = np.where(beyond[:, :, None], np.float32(np.nan), grads[0])
    for parts, expected in zip(run(module, kind, arrays, grads, lengths, reverse), (outputs, gradients)):
        for one, other in zip(parts, expected):
            np.testing.assert_array_equal(one, other)
    assert not outputs[0][beyond].any()
    assert not gradients[0][beyond].any()


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_any_strides_and_read_only(rng, kind):
    arrays = weights_and_states(rng, kind, 10, 6, 24, 40)
    grads, lengths = gradients_of_outputs(rng, arrays, kind), rng.integers(1, 7, 10)
    expected = run(fused, kind, arrays, grads, lengths)

    def awkward(x):
        wide = np.zeros((*x.shape[:-1], 2 * x.shape[-1]), np.float32)
        wide[..., ::2] = x
        wide.flags.writeable = False
        return wide[..., ::2]

    def misaligned(x):
        y = np.zeros(x.nbytes + 1, np.uint8)[1:].view(np.float32).reshape(x.shape)
        y[...] = x
        return y

    for change in (awkward, misaligned, np.asfortranarray):
        found = run(fused, kind, [change(x) for x in arrays], [change(g) for g in grads], lengths)
        for one, other in zip([*found[0], *found[1]], [*expected[0], *expected[1]]):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_gradients_side_by_side(rng, kind):
    """The half of a bidirectional layer's gradient is read where it lies."""
    arrays = weights_and_states(rng, kind, 10, 6, 24, 32)
    grads = gradients_of_outputs(rng, arrays, kind)
    both = np.concatenate([grads[0], grads[0]], axis=2)[:, :, 32:]
    expected, found = run(fused, kind, arrays, grads)[1], run(fused, kind, arrays, [both, *grads[1:]])[1]
    for one, other in zip(found, expected):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_only_what_is_wanted(rng, kind):
    arrays = weights_and_states(rng, kind, 6, 3, 10, 18)
    grads, lengths = gradients_of_outputs(rng, arrays, kind), np.array([3, 2, 1, 3, 0, 2])
    everything = run(fused, kind, arrays, grads, lengths)[1]
    for only in range(6):
        wanted = tuple(i == only for i in range(6))
        for i, part in enumerate(run(fused, kind, arrays, grads, lengths, wanted=wanted)[1]):
            if i == only:
                np.testing.assert_array_equal(part, everything[i])
            else:
                assert part is None


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_nan_stays_in_its_sequence(rng, kind):
    arrays = weights_and_states(rng, kind, 9, 5, 12, 20)
    arrays[0][4, 2, 3] = np.nan
    y, *_ = getattr(fused, kind)(*arrays, None, False, False)
    assert np.isfinite(np.delete(y, 4, axis=0)).all()
    assert np.isfinite(y[4, :2]).all()
    assert np.isnan(y[4, 2:]).all()


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_infinite_inputs_saturate(rng, kind):
    arrays = weights_and_states(rng, kind, 5, 3, 1, 20)  # of one input, so that no difference of infinities arises
    arrays[0][2, 1, 0] = np.inf
    y, *_ = getattr(fused, kind)(*arrays, None, False, False)
    exact, *_ = getattr(reference, kind)(*arrays, None, False, False)
    np.testing.assert_allclose(y, exact, rtol=0, atol=1e-6)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_large_inputs_saturate(rng, kind):
    arrays = weights_and_states(rng, kind, 5, 3, 8, 20)
    arrays[0] = 1e4 * arrays[0]
    assert_same_as_reference(kind, arrays, gradients_of_outputs(rng, arrays, kind))


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_nothing_kept_in_inference(rng, kind):
    arrays = weights_and_states(rng, kind, 5, 3, 8, 20)
    *outputs, saved = getattr(fused, kind)(*arrays, None, False, False)
    assert saved is None
    for one, other in zip(outputs, getattr(fused, kind)(*arrays, None, False, True)):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_nothing_is_changed_and_backward_can_be_repeated(rng, kind):
    arrays = weights_and_states(rng, kind, 11, 4, 9, 20)
    grads, lengths = gradients_of_outputs(rng, arrays, kind), rng.integers(0, 5, 11)
    copies = [x.copy() for x in [*arrays, *grads]]
    *_, saved = getattr(fused, kind)(*arrays, lengths, False, True)
    needed = arrays[:5] if kind == "lstm" else [*arrays[:4], arrays[5]]
    backward = getattr(fused, f"{kind}_backward")
    first, second = (backward(*grads, *needed, lengths, False, saved, (True,) * 6) for _ in range(2))
    for one, other in zip(first, second):
        np.testing.assert_array_equal(one, other)
    for x, before in zip([*arrays, *grads], copies):
        np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_bits_do_not_depend_on_threads(rng, kind):
    arrays = weights_and_states(rng, kind, 37, 12, 40, 72)
    grads, lengths = gradients_of_outputs(rng, arrays, kind), rng.integers(0, 13, 37)
    expected = run(fused, kind, arrays, grads, lengths)
    with threads(1):
        found = run(fused, kind, arrays, grads, lengths)
    for one, other in zip([*found[0], *found[1]], [*expected[0], *expected[1]]):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_bits_of_a_sequence_do_not_depend_on_its_batch(rng, kind):
    x, *rest = weights_and_states(rng, kind, 20, 6, 24, 40)
    states, weights = rest[: 2 if kind == "lstm" else 1], rest[2 if kind == "lstm" else 1 :]
    y, *_ = getattr(fused, kind)(x, *states, *weights, None, False, False)
    alone, *_ = getattr(fused, kind)(x[3:4], *(h[3:4] for h in states), *weights, None, False, False)
    np.testing.assert_array_equal(alone[0], y[3])


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn"])
def test_float64_is_the_reference_s(rng, kind):
    arrays = double(weights_and_states(rng, kind, 4, 3, 5, 6))
    module = fused if hasattr(fused, kind) else reference
    y, *_ = getattr(module, kind)(*arrays, None, False, False)
    assert y.dtype == np.float64
    np.testing.assert_array_equal(y, getattr(reference, kind)(*arrays, None, False, False)[0])


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("kind", list(GATES))
def test_scans_are_the_same_as_the_reference(rng, kind, reverse):
    jnp = pytest.importorskip("jax.numpy")
    from chainrule.kernels.xla import recurrent as scans

    arrays = weights_and_states(rng, kind, 6, 4, 5, 8)
    grads, lengths = gradients_of_outputs(rng, arrays, kind), np.array([4, 0, 1, 3, 2, 4])
    exact = run(reference, kind, double(arrays), double(grads), lengths, reverse)
    arrays[0][np.arange(4) >= lengths[:, None]] = np.nan
    found = run(scans, kind, [jnp.asarray(x) for x in arrays], [jnp.asarray(g) for g in grads], lengths, reverse)
    for parts, expected in zip(found, exact):
        assert_close([np.asarray(part) for part in parts], expected)
