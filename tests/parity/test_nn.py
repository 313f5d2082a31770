"""Layers against PyTorch's: state dicts go over as they are; outputs and gradients agree."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import chainrule as cr  # noqa: E402
from chainrule import nn  # noqa: E402

pytestmark = pytest.mark.parity

LENGTHS = [6, 4, 2, 1]


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def with_weights_of(theirs, ours):
    """Our module with PyTorch's weights; names and shapes must be the same in the same order."""
    state = theirs.state_dict()
    assert list(ours.state_dict()) == list(state)
    ours.load_state_dict(state)
    return ours


def close(ours, theirs, tolerance=2e-5):
    ours, theirs = np.asarray(ours.numpy()), theirs.detach().numpy()
    assert ours.shape == theirs.shape
    scale = max(1.0, np.abs(theirs).max()) if theirs.size else 1.0
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * scale)


def check(theirs, ours, *arrays, call=lambda module, *xs: module(*xs)):
    """Compare results, and gradients by floating-point inputs and parameters, of one random projection."""
    theirs.zero_grad()
    with_weights_of(theirs, ours)
    mine = [cr.tensor(x, requires_grad=x.dtype.kind == "f") for x in arrays]
    other = [torch.tensor(x, requires_grad=x.dtype.kind == "f") for x in arrays]
    results = flat(call(ours, *mine)), flat(call(theirs, *other))
    assert len(results[0]) == len(results[1])
    for x, y in zip(*results):
        close(x, y)
    weights = [normal(*x.shape, seed=seed) for seed, x in enumerate(results[0])]
    sum((x * w).sum() for x, w in zip(results[0], weights)).backward()
    sum((y * torch.tensor(w)).sum() for y, w in zip(results[1], weights)).backward()
    for x, y in zip(mine, other):
        if x.requires_grad:
            close(x.grad, y.grad)
    gradients = dict(theirs.named_parameters())
    for name, p in ours.named_parameters():
        close(p.grad, gradients[name].grad, tolerance=1e-4)


def flat(results):
    if isinstance(results, (tuple, list)):
        return [leaf for part in results for leaf in flat(part)]
    return [] if results is None else [results]


@pytest.mark.parametrize("bias", [True, False])
def test_linear(bias):
    check(torch.nn.Linear(5, 7, bias), nn.Linear(5, 7, bias), normal(3, 4, 5))


@pytest.mark.parametrize("padding_idx", [None, 2])
def test_embedding(padding_idx):
    ids = np.array([[0, 2, 5], [5, 1, 2]])
    check(torch.nn.Embedding(6, 4, padding_idx), nn.Embedding(6, 4, padding_idx), ids)


@pytest.mark.parametrize(
    "options", [{}, {"eps": 0.1}, {"elementwise_affine": False}, {"bias": False}, {"normalized_shape": (3, 4)}]
)
def test_layer_norm(options):
    options = {"normalized_shape": 4, **options}
    theirs = torch.nn.LayerNorm(**options)
    for p in theirs.parameters():
        torch.nn.init.normal_(p)
    check(theirs, nn.LayerNorm(**options), normal(2, 3, 4))


KINDS = [("RNN", 1), ("LSTM", 2), ("GRU", 1)]


@pytest.mark.parametrize(("kind", "parts"), KINDS)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_recurrent(kind, parts, bidirectional, bias):
    options = {"num_layers": 2, "bidirectional": bidirectional, "bias": bias}
    theirs = getattr(torch.nn, kind)(3, 5, batch_first=True, **options)
    places = 4 if bidirectional else 2
    start = [normal(places, 4, 5, seed=seed) for seed in range(parts)]

    def call(module, x, *states):
        return module(x, states if parts == 2 else states[0])

    check(theirs, getattr(nn, kind)(3, 5, **options), normal(4, 6, 3), *start, call=call)
    check(theirs, getattr(nn, kind)(3, 5, **options), normal(4, 6, 3))


@pytest.mark.parametrize(("kind", "parts"), KINDS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_recurrent_with_lengths(kind, parts, bidirectional):
    options = {"num_layers": 2, "bidirectional": bidirectional}
    pad, pack = torch.nn.utils.rnn.pad_packed_sequence, torch.nn.utils.rnn.pack_padded_sequence

    def call(module, x):
        if isinstance(module, nn.Module):
            return module(x, lengths=LENGTHS)
        packed, states = module(pack(x, LENGTHS, batch_first=True))
        return pad(packed, batch_first=True)[0], states

    theirs = getattr(torch.nn, kind)(3, 5, batch_first=True, **options)
    check(theirs, getattr(nn, kind)(3, 5, **options), normal(4, 6, 3), call=call)


@pytest.mark.parametrize(("kind", "parts"), [("LSTMCell", 2), ("GRUCell", 1)])
@pytest.mark.parametrize("bias", [False, True])
def test_cells(kind, parts, bias):
    start = [normal(4, 5, seed=seed) for seed in range(parts)]

    def call(module, x, *states):
        return module(x, states if parts == 2 else states[0])

    theirs = getattr(torch.nn, kind)(3, 5, bias)
    check(theirs, getattr(nn, kind)(3, 5, bias), normal(4, 3), *start, call=call)
    check(theirs, getattr(nn, kind)(3, 5, bias), normal(4, 3))


PADDING = np.arange(7) >= np.array([[7], [4]])
CAUSAL = np.triu(np.ones((5, 7), bool), 1)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"need_weights": False},
        {"average_attn_weights": False},
        {"key_padding_mask": PADDING},
        {"attn_mask": CAUSAL},
        {"attn_mask": normal(4, 5, 7)},
        {"attn_mask": CAUSAL, "key_padding_mask": PADDING, "is_causal": True},
        {"attn_mask": normal(5, 7), "key_padding_mask": np.where(PADDING, -1e9, 0).astype(np.float32)},
    ],
)
@pytest.mark.parametrize("bias", [False, True])
def test_multi_head_attention(options, bias):
    def call(module, query, key, value):
        as_array = (lambda x: x) if isinstance(module, nn.Module) else torch.tensor
        options_of = {name: as_array(x) if isinstance(x, np.ndarray) else x for name, x in options.items()}
        return module(query, key, value, **options_of)

    theirs = torch.nn.MultiheadAttention(8, 2, bias=bias, batch_first=True)
    if bias:
        torch.nn.init.normal_(theirs.in_proj_bias)
    inputs = normal(2, 5, 8), normal(2, 7, 8, seed=1), normal(2, 7, 8, seed=2)
    check(theirs, nn.MultiHeadAttention(8, 2, bias=bias), *inputs, call=call)


ACTIVATIONS = [
    ("ReLU", {}),
    ("ReLU6", {}),
    ("LeakyReLU", {"negative_slope": 0.2}),
    ("ELU", {"alpha": 0.5}),
    ("SELU", {}),
    ("GELU", {}),
    ("GELU", {"approximate": "tanh"}),
    ("SiLU", {}),
    ("Sigmoid", {}),
    ("LogSigmoid", {}),
    ("Tanh", {}),
    ("Softplus", {"beta": 2.0}),
    ("Hardtanh", {"min_val": -0.5}),
    ("Softmax", {"dim": 1}),
    ("LogSoftmax", {"dim": -1}),
    ("Flatten", {"start_dim": 1}),
    ("Identity", {}),
]


@pytest.mark.parametrize(("name", "options"), ACTIVATIONS)
def test_activations(name, options):
    check(getattr(torch.nn, name)(**options), getattr(nn, name)(**options), 3 * normal(4, 5, 6))


CLASSES = np.array([[0, 2, -1], [1, 1, 0]])
WEIGHTS = np.abs(normal(4)) + 0.1
REGRESSIONS = [("MSELoss", {}), ("L1Loss", {}), ("SmoothL1Loss", {"beta": 0.5}), ("HuberLoss", {"delta": 0.7})]
BINARY = [("BCEWithLogitsLoss", {}), ("BCEWithLogitsLoss", {"weight": WEIGHTS, "pos_weight": WEIGHTS + 1})]
CLASSIFICATIONS = [
    ("NLLLoss", {"ignore_index": -1}),
    ("NLLLoss", {"ignore_index": -1, "weight": WEIGHTS}),
    ("CrossEntropyLoss", {"ignore_index": -1}),
    ("CrossEntropyLoss", {"ignore_index": -1, "label_smoothing": 0.1}),
    ("CrossEntropyLoss", {"ignore_index": -1, "label_smoothing": 0.1, "weight": WEIGHTS}),
]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(("name", "options"), [*REGRESSIONS, *BINARY, *CLASSIFICATIONS])
def test_losses(name, options, reduction):
    by_class = any(name == other for other, _ in CLASSIFICATIONS)
    target = CLASSES if by_class else 1 / (1 + np.exp(-normal(2, 3, 4, seed=1)))
    scores = normal(2, 4, 3) if by_class else normal(2, 3, 4)
    plain = {key: value for key, value in options.items() if not isinstance(value, np.ndarray)}
    arrays = {key: value for key, value in options.items() if isinstance(value, np.ndarray)}
    theirs = getattr(torch.nn, name)(
        reduction=reduction, **plain, **{key: torch.tensor(value) for key, value in arrays.items()}
    )
    ours = getattr(nn, name)(reduction=reduction, **plain, **arrays)
    check(theirs, ours, scores, target)


def test_a_model_of_pytorch_goes_over_whole():
    def model(of, **batch_first):
        return of.Sequential(
            of.Embedding(9, 6),
            of.LayerNorm(6),
            of.Sequential(of.Linear(6, 8), of.GELU(), of.Dropout(0.3)),
            of.GRU(8, 4, bidirectional=True, **batch_first),
        )

    theirs = model(torch.nn, batch_first=True).eval()
    ours = model(nn).eval()
    check(theirs, ours, np.array([[1, 2, 8], [0, 0, 3]]))
    assert ours.num_parameters() == sum(p.numel() for p in theirs.parameters())


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("xavier_uniform_", (2.0,)),
        ("xavier_normal_", ()),
        ("kaiming_uniform_", (0.5, "fan_out")),
        ("kaiming_normal_", (0.0, "fan_in", "relu")),
        ("orthogonal_", (1.5,)),
        ("trunc_normal_", (0.5, 2.0, -1.0, 3.0)),
    ],
)
def test_initialisers_have_pytorchs_moments(name, args):
    ours, theirs = nn.Parameter(np.zeros((80, 30, 5), np.float32)), torch.empty(80, 30, 5)
    getattr(nn.init, name)(ours, *args, generator=cr.Generator(0))
    torch.manual_seed(0)
    getattr(torch.nn.init, name)(theirs, *args)
    ours, theirs = ours.numpy(), theirs.numpy()
    assert abs(ours.mean() - theirs.mean()) < 0.05 * theirs.std()
    assert abs(ours.std() / theirs.std() - 1) < 0.03


def test_gains():
    for name in ("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
        assert nn.init.calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name))
