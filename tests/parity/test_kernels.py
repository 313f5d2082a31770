"""Kernels against PyTorch: the same losses, gradients and steps."""

import numpy as np
import pytest

from chainrule import Tensor, ops
from chainrule.kernels import select
from chainrule.kernels.selection import CPU, REFERENCE

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.parity


@pytest.fixture(params=[CPU, REFERENCE], ids=["cpu", "reference"])
def kernels(request):
    return request.param


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def tensor(array):
    return torch.from_numpy(array.copy()).requires_grad_()


def assert_close(found, expected, tolerance=2e-6):
    expected = expected.detach().numpy()
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("ignored", [-100, 3])
def test_cross_entropy(rng, kernels, smoothing, ignored):
    logits, g = 3 * rng.standard_normal((40, 101), dtype="f"), rng.standard_normal(40, dtype="f")
    targets = rng.integers(0, 8, 40)
    targets[::7] = ignored
    losses, saved = kernels.cross_entropy(logits, targets, smoothing, ignored, save=True)
    theirs = tensor(logits)
    expected = torch.nn.functional.cross_entropy(
        theirs, torch.from_numpy(targets), ignore_index=ignored, label_smoothing=smoothing, reduction="none"
    )
    expected.backward(torch.from_numpy(g))
    assert_close(losses, expected)
    assert_close(kernels.cross_entropy_backward(g, logits, targets, smoothing, ignored, saved), theirs.grad)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax(rng, kernels, name):
    x, g = rng.standard_normal((2, 3, 50, 33), dtype="f")[:, 0]
    theirs = tensor(x)
    expected = getattr(torch, name)(theirs, dim=-1)
    expected.backward(torch.from_numpy(g.copy()))
    y = getattr(kernels, name)(x)
    assert_close(y, expected)
    assert_close(getattr(kernels, f"{name}_backward")(g, y), theirs.grad, 4e-6)


@pytest.mark.parametrize("affine", [True, False])
def test_layer_norm(rng, kernels, affine):
    g, x = rng.standard_normal((2, 4, 9, 65), dtype="f")
    weight, bias = rng.standard_normal((2, 65), dtype="f") if affine else (None, None)
    theirs = [None if a is None else tensor(a) for a in (x, weight, bias)]
    expected = torch.nn.functional.layer_norm(theirs[0], (65,), *theirs[1:], eps=1e-5)
    expected.backward(torch.from_numpy(g))
    y, saved = kernels.layer_norm(x, weight, bias, 1e-5, save=True)
    assert_close(y, expected)
    gradients = kernels.layer_norm_backward(g, x, weight, saved, (True, affine, affine))
    for found, wanted in zip(gradients, theirs):
        if wanted is not None:
            assert_close(found, wanted.grad, 1e-5)


@pytest.mark.parametrize(
    "name, function",
    [
        ("gelu", torch.nn.functional.gelu),
        ("gelu_tanh", lambda x: torch.nn.functional.gelu(x, approximate="tanh")),
        ("silu", torch.nn.functional.silu),
        ("sigmoid", torch.sigmoid),
    ],
)
def test_activations(rng, kernels, name, function):
    g, x = 3 * rng.standard_normal((2, 7, 1001), dtype="f")
    theirs = tensor(x)
    expected = function(theirs)
    expected.backward(torch.from_numpy(g))
    assert_close(getattr(kernels, name)(x), expected)
    assert_close(getattr(kernels, f"{name}_backward")(g, x), theirs.grad, 1e-5)


def test_embedding(rng, kernels):
    weight, ids = rng.standard_normal((30, 17), dtype="f"), rng.integers(0, 30, (4, 50))
    g = rng.standard_normal((4, 50, 17), dtype="f")
    theirs = tensor(weight)
    expected = torch.nn.functional.embedding(torch.from_numpy(ids), theirs)
    expected.backward(torch.from_numpy(g))
    assert_close(kernels.embedding(weight, ids), expected)
    assert_close(kernels.embedding_backward(g, ids, 30), theirs.grad)


def ten_steps(rng, optimizer_class, step, **options):
    """Parameters after ten steps: ours and PyTorch's."""
    ours = [rng.standard_normal(shape, dtype="f") for shape in ((40, 33), (33,), (1,))]
    theirs = [tensor(p) for p in ours]
    optimizer = optimizer_class(theirs, **options)
    for number in range(1, 11):
        gradients = [rng.standard_normal(p.shape, dtype="f") for p in ours]
        for parameter, gradient in zip(theirs, gradients):
            parameter.grad = torch.from_numpy(gradient)
        optimizer.step()
        step(ours, gradients, number)
    for found, expected in zip(ours, theirs):
        assert_close(found, expected, 1e-5)


@pytest.mark.parametrize("decoupled", [False, True])
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_adam(rng, kernels, decoupled, weight_decay):
    state = [[np.zeros(shape, "f") for shape in ((40, 33), (33,), (1,))] for _ in range(2)]
    settings = {"lr": 1e-2, "beta1": 0.8, "beta2": 0.999, "eps": 1e-8, "weight_decay": weight_decay}

    def step(parameters, gradients, number):
        kernels.adam_step(parameters, gradients, *state, **settings, decoupled=decoupled, step=number)

    chosen = torch.optim.AdamW if decoupled else torch.optim.Adam
    ten_steps(rng, chosen, step, lr=1e-2, betas=(0.8, 0.999), weight_decay=weight_decay)


@pytest.mark.parametrize("momentum, nesterov", [(0.0, False), (0.9, False), (0.9, True)])
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_sgd(rng, kernels, momentum, nesterov, weight_decay):
    buffers = [np.zeros(shape, "f") for shape in ((40, 33), (33,), (1,))] if momentum else None
    options = {"lr": 1e-2, "momentum": momentum, "nesterov": nesterov, "weight_decay": weight_decay}

    def step(parameters, gradients, number):
        kernels.sgd_step(parameters, gradients, buffers, **options, dampening=0.0, step=number)

    ten_steps(rng, torch.optim.SGD, step, **options)


def test_mean_over_what_counts(rng):
    """PyTorch averages over the targets that are not ignored; to divide is the caller's part."""
    logits, targets = rng.standard_normal((6, 9), dtype="f"), np.array([1, -100, 2, 3, -100, 4])
    losses, _ = select(logits).cross_entropy(logits, targets, 0.1, -100, save=False)
    expected = torch.nn.functional.cross_entropy(
        torch.from_numpy(logits), torch.from_numpy(targets), label_smoothing=0.1
    )
    assert losses.sum() / 4 == pytest.approx(expected.item(), rel=1e-6)


@pytest.mark.parametrize(
    "options",
    [
        {"kernel_size": 2},
        {"kernel_size": 3, "stride": 2, "padding": 1},
        {"kernel_size": 2, "stride": 2, "padding": 1, "ceil_mode": True},
        {"kernel_size": 2, "stride": 1, "padding": 1, "dilation": 2},
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_max_pooling_of_ties_and_odd_numbers(rng, options, dtype):
    x = rng.integers(-2, 3, (2, 3, 7, 6)).astype(dtype)
    x[0, 0, 1:3, 1:4] = np.nan
    x[0, 1], x[1, 0], x[1, 1, 3, 3] = -np.inf, 1.0, np.inf
    theirs = tensor(x)
    y, indices = torch.nn.functional.max_pool2d(theirs, return_indices=True, **options)
    g = rng.standard_normal(y.shape).astype(dtype)
    y.backward(torch.from_numpy(g))
    ours = Tensor(x, requires_grad=True)
    z, places = ops.max_pool(ours, return_indices=True, **options)
    z.backward(g)
    np.testing.assert_array_equal(z.numpy(), y.detach().numpy())
    np.testing.assert_array_equal(places.numpy(), indices.numpy())
    assert_close(ours.grad.numpy(), theirs.grad)
