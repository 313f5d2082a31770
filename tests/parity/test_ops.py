"""Values and gradients of operations against PyTorch, in float32 and with its defaults."""

import numpy as np
import pytest

from chainrule import Tensor, ops

torch = pytest.importorskip("torch")
functional = torch.nn.functional

pytestmark = pytest.mark.parity

RNG = np.random.default_rng(0)
X = RNG.standard_normal((6, 5)).astype(np.float32)
Y = RNG.standard_normal((6, 5)).astype(np.float32)
WIDE = RNG.standard_normal((3, 5, 4, 2)).astype(np.float32)
UNIT = RNG.uniform(0, 1, (6, 5)).astype(np.float32)
TARGETS = np.array([0, 4, -100, 2, 2, 1])
IMAGE = RNG.integers(0, 5, (3, 4, 2))
WEIGHTS = RNG.uniform(0.5, 2.0, 5).astype(np.float32)


def compare(ours, theirs, *arrays, rtol=1e-5, atol=1e-6):
    """Call both on the same arrays, go backward from the same gradient, and compare value and gradients."""
    leaves = [Tensor(x, requires_grad=x.dtype.kind == "f") for x in arrays]
    torches = [torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in arrays]
    y, expected = ours(*leaves), theirs(*torches)
    assert y.shape == tuple(expected.shape) and y.dtype == np.float32
    np.testing.assert_allclose(y.numpy(), expected.detach().numpy(), rtol=rtol, atol=atol, err_msg="value")
    direction = np.random.default_rng(1).standard_normal(y.shape).astype(np.float32)
    y.backward(direction)
    expected.backward(torch.tensor(direction))
    for i, (leaf, other) in enumerate(zip(leaves, torches)):
        if leaf.requires_grad:
            np.testing.assert_allclose(
                leaf.grad.numpy(), other.grad.numpy(), rtol=rtol, atol=atol, err_msg=f"gradient by input {i}"
            )


ACTIVATIONS = {
    "relu": {},
    "relu6": {},
    "leaky_relu": {"negative_slope": 0.2},
    "elu": {"alpha": 0.5},
    "selu": {},
    "gelu": {},
    "silu": {},
    "sigmoid": {},
    "tanh": {},
    "softplus": {"beta": 2.0},
    "hardtanh": {"min_val": -0.5},
    "logsigmoid": {},
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(name):
    ours = getattr(ops, {"logsigmoid": "log_sigmoid"}.get(name, name))
    options = ACTIVATIONS[name]
    compare(lambda x: ours(x, **options), lambda x: getattr(functional, name)(x, **options), X * 3)


def test_gelu_tanh():
    compare(lambda x: ops.gelu(x, "tanh"), lambda x: functional.gelu(x, approximate="tanh"), X)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "logsumexp"])
@pytest.mark.parametrize("axis", [0, 1, -1, 2])
def test_softmax_family(name, axis):
    compare(lambda x: getattr(ops, name)(x, axis=axis), lambda x: getattr(torch, name)(x, dim=axis), WIDE * 5)


def test_logaddexp_and_logcumsumexp():
    compare(ops.logaddexp, torch.logaddexp, X, Y)
    compare(lambda x: ops.logcumsumexp(x, 1), lambda x: torch.logcumsumexp(x, 1), X)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
class TestLosses:
    @pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
    def test_differences(self, name, reduction):
        compare(
            lambda x, y: getattr(ops, name)(x, y, reduction=reduction),
            lambda x, y: getattr(functional, name)(x, y, reduction=reduction),
            X,
            Y,
        )

    @pytest.mark.parametrize("beta", [0.3, 2.0])
    def test_borders(self, beta, reduction):
        for ours, theirs, name in (
            (ops.smooth_l1_loss, functional.smooth_l1_loss, "beta"),
            (ops.huber_loss, functional.huber_loss, "delta"),
        ):
            options = {name: beta, "reduction": reduction}
            compare(lambda x, y: ours(x, y, **options), lambda x, y: theirs(x, y, **options), X, Y)  # noqa: B023

    @pytest.mark.parametrize("weighted", [False, True])
    def test_binary_cross_entropy(self, reduction, weighted):
        weights = {"weight": Y**2, "pos_weight": WEIGHTS} if weighted else {}
        in_torch = {name: torch.tensor(w) for name, w in weights.items()}
        compare(
            lambda x, y: ops.binary_cross_entropy_with_logits(x, y, reduction=reduction, **weights),
            lambda x, y: functional.binary_cross_entropy_with_logits(x, y, reduction=reduction, **in_torch),
            X * 5,
            UNIT,
        )

    @pytest.mark.parametrize("weight", [None, WEIGHTS], ids=["", "weights"])
    @pytest.mark.parametrize("smoothing", [0.0, 0.1])
    @pytest.mark.parametrize("ignored", [-100, 2])
    def test_cross_entropy(self, reduction, weight, smoothing, ignored):
        options = {"reduction": reduction, "label_smoothing": smoothing, "ignore_index": ignored}
        in_torch = None if weight is None else torch.tensor(weight)
        targets = np.where(TARGETS == -100, ignored, TARGETS)
        for x, t in ((X, targets), (WIDE, IMAGE), (WIDE[..., 0], IMAGE[..., 0])):
            compare(
                lambda x, t: ops.cross_entropy(x, t, weight, **options),
                lambda x, t: functional.cross_entropy(x, t, in_torch, **options),
                x,
                t,
            )

    @pytest.mark.parametrize("smoothing", [0.0, 0.3])
    def test_cross_entropy_of_probabilities(self, reduction, smoothing):
        options = {"reduction": reduction, "label_smoothing": smoothing}
        compare(
            lambda x, y: ops.cross_entropy(x, y, WEIGHTS, **options),
            lambda x, y: functional.cross_entropy(x, y, torch.tensor(WEIGHTS), **options),
            X,
            UNIT,
        )

    def test_nll(self, reduction):
        for x, t in ((X, TARGETS), (WIDE, IMAGE)):
            compare(
                lambda x, t: ops.nll_loss(x, t, WEIGHTS, reduction=reduction),
                lambda x, t: functional.nll_loss(x, t, torch.tensor(WEIGHTS), reduction=reduction),
                x,
                t,
            )


@pytest.mark.parametrize("temperature", [0.1, 1.0])
def test_nt_xent(temperature):
    """As SimCLR's own code has it: similarities of both views in a row, the view itself struck out."""

    def theirs(first, second):
        views = functional.normalize(torch.cat([first, second]), dim=1)
        scores = (views @ views.T / temperature).fill_diagonal_(-float("inf"))
        return functional.cross_entropy(scores, torch.arange(2 * len(first)).roll(len(first)))

    compare(lambda x, y: ops.nt_xent_loss(x, y, temperature), theirs, X, Y)


def test_a_mean_over_nothing_is_not_a_number_as_in_pytorch():
    ignored = np.full(6, -100)
    assert torch.isnan(functional.cross_entropy(torch.tensor(X), torch.tensor(ignored)))
    with np.errstate(invalid="ignore"):
        assert np.isnan(ops.cross_entropy(X, ignored))


@pytest.mark.parametrize("shape", [(5,), (4, 5)])
def test_layer_norm(shape):
    x = RNG.standard_normal((3, 4, 5)).astype(np.float32) * 3 + 1
    weight, bias = (RNG.standard_normal(shape).astype(np.float32) for _ in range(2))
    compare(
        lambda x, w, b: ops.layer_norm(x, shape, w, b),
        lambda x, w, b: functional.layer_norm(x, shape, w, b),
        x,
        weight,
        bias,
        atol=1e-5,
    )


def test_linear():
    weight, bias = RNG.standard_normal((7, 2)).astype(np.float32), RNG.standard_normal(7).astype(np.float32)
    compare(ops.linear, functional.linear, WIDE, weight, bias, atol=1e-5)


def test_linear_layers():
    first, second = (RNG.standard_normal(shape).astype(np.float32) for shape in ((7, 2), (3, 7)))
    bias = RNG.standard_normal(7).astype(np.float32)
    compare(
        lambda x, w, b, v: ops.linear_layers(x, [(w, b), (v, None)]),
        lambda x, w, b, v: functional.linear(functional.relu(functional.linear(x, w, b)), v),
        WIDE,
        first,
        bias,
        second,
        atol=1e-5,
    )


def test_embedding():
    table = RNG.standard_normal((5, 3)).astype(np.float32)
    for padding in (None, 2, -1):
        compare(
            lambda ids, w: ops.embedding(ids, w, padding),  # noqa: B023
            lambda ids, w: functional.embedding(ids, w, padding),  # noqa: B023
            IMAGE,
            table,
        )


INDICES = [
    1,
    (slice(None), -1),
    (slice(1, None, 2), ..., slice(None, 2)),
    (None, 0),
    [2, 0, 2, 2],
    (slice(None), [0, 0, 3]),
    ([0, 1, 1], [4, 2, 2]),
    (slice(None), slice(None), [1, 1], 0),
]


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_indexing(index):
    compare(lambda x: x[index], lambda x: x[index], WIDE)


def test_gather_and_masked_fill():
    rows = RNG.integers(0, 5, (6, 7))
    compare(lambda x, i: x.gather(1, i), lambda x, i: x.gather(1, i), X, rows)
    mask = X > 0.3
    compare(lambda x: x.masked_fill(mask, 2.0), lambda x: x.masked_fill(torch.tensor(mask), 2.0), X)


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ij,jk->ik", [(3, 4), (4, 5)]),
        ("bij,bkj->bik", [(2, 3, 4), (2, 5, 4)]),
        ("nchw,cd->ndhw", [(2, 3, 4, 5), (3, 6)]),
        ("bhid,bhjd->bhij", [(2, 2, 3, 4), (2, 2, 5, 4)]),
        ("i,ij,jk->k", [(3,), (3, 4), (4, 2)]),
        ("ijk->ki", [(2, 3, 4)]),
        ("ij,ij->", [(2, 3), (2, 3)]),
    ],
)
def test_einsum(subscripts, shapes):
    arrays = [RNG.standard_normal(shape).astype(np.float32) for shape in shapes]
    compare(lambda *xs: ops.einsum(subscripts, *xs), lambda *xs: torch.einsum(subscripts, *xs), *arrays, atol=1e-5)


@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
@pytest.mark.parametrize("axis", [0, -1])
def test_running_results(name, axis):
    compare(lambda x: getattr(ops, name)(x, axis=axis), lambda x: getattr(torch, name)(x, dim=axis), X, atol=1e-5)


@pytest.mark.parametrize("ord", [1, 2, 3, float("inf")])
def test_norm(ord):
    compare(
        lambda x: ops.norm(x, ord=ord, axis=1),
        lambda x: torch.linalg.vector_norm(x, ord=ord, dim=1),
        X,
    )


@pytest.mark.parametrize("options", [{}, {"scale": 0.2}, {"is_causal": True}, {"masked": True}], ids=str)
def test_attention(options):
    q, k = (RNG.standard_normal((2, 3, n, 4)).astype(np.float32) for n in (5, 6))
    v = RNG.standard_normal((2, 3, 6, 7)).astype(np.float32)
    mask = RNG.uniform(size=(2, 1, 5, 6)) < 0.6
    mask[0, 0, 2] = False  # a query that may see nothing
    options = {**options}
    masked = options.pop("masked", False)
    compare(
        lambda *xs: ops.scaled_dot_product_attention(*xs, attn_mask=mask if masked else None, **options),
        lambda *xs: functional.scaled_dot_product_attention(
            *xs, attn_mask=torch.tensor(mask) if masked else None, **options
        ),
        q,
        k,
        v,
    )


def test_repeating():
    compare(lambda x: x.repeat(2, 1, 3), lambda x: x.repeat(2, 1, 3), X)
    compare(lambda x: x.repeat_interleave(3, 0), lambda x: x.repeat_interleave(3, 0), X)
    compare(lambda x: x[:, :1].expand(2, -1, 4), lambda x: x[:, :1].expand(2, -1, 4), X)


def test_largest_elements():
    compare(lambda x: x.max(), lambda x: x.max(), X)
    compare(lambda x: ops.max(x, axis=(0, 1)), lambda x: x.amax((0, 1)), np.round(WIDE * 2))
    compare(ops.maximum, torch.maximum, np.round(X), np.round(Y))
    compare(lambda x: x.clamp(-1.0, 1.0), lambda x: x.clamp(-1.0, 1.0), np.round(X))
