"""Optimisers, schedules and clipping against PyTorch's, over ten steps."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import chainrule as cr  # noqa: E402
from chainrule import nn, optim  # noqa: E402

pytestmark = pytest.mark.parity

SHAPES = [(4, 3), (7,), (2, 3, 5)]
RULES = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("Adam", {}),
    ("Adam", {"lr": 0.1, "betas": (0.5, 0.9), "eps": 1e-3, "weight_decay": 0.2}),
    ("AdamW", {"lr": 0.1}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.5}),
]


class Pair:
    """The same parameters here and there, in two groups, and the same gradients for both."""

    def __init__(self, name, options, dtype=np.float32, backend="numpy"):
        self._rng = np.random.default_rng(0)
        arrays = [self._rng.standard_normal(shape).astype(dtype) for shape in SHAPES]
        self.model = nn.Module()
        for i, array in enumerate(arrays):
            setattr(self.model, f"p{i}", nn.Parameter(array.copy()))
        self.model.to(backend)
        self.ours = list(self.model.parameters())
        self.theirs = [torch.nn.Parameter(torch.tensor(array)) for array in arrays]
        self.optimizers = [
            getattr(library, name)(
                [{"params": ps[:2]}, {"params": ps[2:], "lr": 0.03, "weight_decay": 0.01}], **options
            )
            for library, ps in ((optim, self.ours), (torch.optim, self.theirs))
        ]

    def give_gradients(self, skip=None):
        xp = type(self.ours[0].value)
        for i, (ours, theirs) in enumerate(zip(self.ours, self.theirs)):
            gradient = self._rng.standard_normal(theirs.shape).astype(theirs.detach().numpy().dtype)
            value = gradient.copy() if xp is np.ndarray else cr.backend.to_backend(gradient, "jax")
            ours.grad = None if i == skip else cr.Tensor(value)
            theirs.grad = None if i == skip else torch.tensor(gradient)

    def step(self):
        for optimizer in self.optimizers:
            optimizer.step()

    def compare(self, tolerance):
        for ours, theirs in zip(self.ours, self.theirs):
            np.testing.assert_allclose(ours.numpy(), theirs.detach().numpy(), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("name", "options"), RULES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 2e-6), (np.float64, 1e-13)])
def test_rules(name, options, dtype, tolerance):
    pair = Pair(name, options, dtype)
    for step in range(10):
        pair.give_gradients(skip=1 if step in (0, 4) else None)  # one joins late and misses a step
        pair.step()
        pair.compare(tolerance)


@pytest.mark.parametrize(("name", "options"), RULES[3:])
def test_rules_on_jax(name, options):
    pytest.importorskip("jax")
    pair = Pair(name, options, backend="jax")
    for step in range(10):
        pair.give_gradients(skip=1 if step in (0, 4) else None)
        pair.step()
    pair.compare(1e-5)


@pytest.mark.parametrize(
    ("name", "options"), [("Adam", {}), ("SGD", {}), ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5})]
)
def test_a_state_of_pytorch_can_be_loaded(name, options):
    pair = Pair(name, options)
    for _ in range(3):
        pair.give_gradients()
        pair.step()
    pair.optimizers[0].state.clear()
    pair.optimizers[0].param_groups[0]["lr"] = 7.0
    pair.optimizers[0].load_state_dict(pair.optimizers[1].state_dict())
    for _ in range(3):
        pair.give_gradients()
        pair.step()
    pair.compare(2e-6)


def linear_then_cosine(optimizer):
    of = torch.optim.lr_scheduler
    warmup = of.LinearLR(optimizer, 1 / 4, 1.0, 3)
    return of.SequentialLR(optimizer, [warmup, of.CosineAnnealingLR(optimizer, 5)], [3])


SCHEDULES = [
    (lambda o: optim.ConstantLR(o), lambda o: torch.optim.lr_scheduler.ConstantLR(o)),
    (lambda o: optim.ConstantLR(o, 0.2, 3), lambda o: torch.optim.lr_scheduler.ConstantLR(o, 0.2, 3)),
    (lambda o: optim.LinearWarmup(o, 4, 0.1), lambda o: torch.optim.lr_scheduler.LinearLR(o, 0.1, 1.0, 4)),
    (
        lambda o: optim.CosineAnnealingLR(o, 10, 0.01),
        lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 10, 0.01),
    ),
    (lambda o: optim.CosineAnnealingLR(o, 5, warmup_steps=3), linear_then_cosine),
    (
        lambda o: optim.LinearDecay(o, 10, warmup_steps=2, decay_fraction=0.5),
        lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda t: min((t + 1) / 3, 1, (10 - t) / 5)),
    ),
]


@pytest.mark.parametrize(("make_ours", "make_theirs"), SCHEDULES)
@pytest.mark.filterwarnings("ignore:The epoch parameter")
def test_schedules(make_ours, make_theirs):
    steps = 8 if make_theirs is linear_then_cosine else 10
    pair = Pair("SGD", {"lr": 0.1, "momentum": 0.9})
    schedulers = make_ours(pair.optimizers[0]), make_theirs(pair.optimizers[1])
    for _ in range(steps):
        pair.give_gradients()
        pair.step()
        for scheduler in schedulers:
            scheduler.step()
        ours, theirs = ([group["lr"] for group in optimizer.param_groups] for optimizer in pair.optimizers)
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
    pair.compare(2e-6)


@pytest.mark.parametrize(
    "options",
    [
        {"patience": 1},
        {"patience": 1, "cooldown": 2, "factor": 0.5},
        {"patience": 0, "min_lr": 0.02, "factor": 0.5},
        {"patience": 0, "mode": "max", "threshold": 0.5, "threshold_mode": "abs"},
        {"patience": 1, "threshold": 0.2},
        {"patience": 0, "eps": 0.05},
    ],
)
def test_plateau(options):
    pair = Pair("SGD", {"lr": 0.1})
    ours = optim.ReduceLROnPlateau(pair.optimizers[0], **options)
    theirs = torch.optim.lr_scheduler.ReduceLROnPlateau(pair.optimizers[1], **options)
    for measure in [3.0, 2.0, 2.0, 1.9, 1.9, 1.8, 1.0, 2.0, 0.9, 3.0, 2.5, 2.5]:
        ours.step(measure)
        theirs.step(measure)
        for mine, other in zip(*(optimizer.param_groups for optimizer in pair.optimizers)):
            assert mine["lr"] == pytest.approx(other["lr"], rel=1e-9)


@pytest.mark.parametrize("norm_type", [1.0, 2.0, 3.0, math.inf])
@pytest.mark.parametrize("max_norm", [0.5, 1e4])
def test_clipping_by_norm(norm_type, max_norm):
    pair = Pair("SGD", {"lr": 0.1})
    pair.give_gradients(skip=1)
    ours = optim.clip_grad_norm_(pair.ours, max_norm, norm_type)
    theirs = torch.nn.utils.clip_grad_norm_(pair.theirs, max_norm, norm_type)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-6)
    pair.step()
    pair.compare(1e-6)


def test_clipping_by_value():
    pair = Pair("SGD", {"lr": 0.1})
    pair.give_gradients(skip=1)
    optim.clip_grad_value_(pair.ours, 0.3)
    torch.nn.utils.clip_grad_value_(pair.theirs, 0.3)
    pair.step()
    pair.compare(1e-7)
