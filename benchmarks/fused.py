"""What is fused around the large matrix products: losses, normalisation, activations, optimisers, random masks."""

import numpy as np
import torch

from benchmarks.harness import Workload
from chainrule import Tensor, optim
from chainrule.kernels import select

_ROWS, _CLASSES = 2048, 8192
_LAYERS = 10  # of weights and biases: 20 tensors, some 870 thousand parameters
_WIDTH = 294


def workloads() -> list[Workload]:
    """Return the fused operations as they occur in a training step.

    Returns
    -------
    list of Workload
        Forward and backward where there are both.
    """
    return [_cross_entropy(), _layer_norm(), _gelu(), _adam(), _clipped_momentum(), _dropout(), _embedding()]


def _numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def _cross_entropy() -> Workload:
    logits = _numbers(_ROWS, _CLASSES)
    targets = np.random.default_rng(1).integers(0, _CLASSES, _ROWS)
    theirs, their_targets = torch.from_numpy(logits.copy()).requires_grad_(), torch.from_numpy(targets)
    kernels, shares = select(logits), np.full(_ROWS, 1 / _ROWS, np.float32)

    def ours() -> np.ndarray:
        losses, saved = kernels.cross_entropy(logits, targets, 0.1, -100, save=True)
        losses.mean()
        return kernels.cross_entropy_backward(shares, logits, targets, 0.1, -100, saved)

    def reference() -> None:
        theirs.grad = None
        torch.nn.functional.cross_entropy(theirs, their_targets, label_smoothing=0.1).backward()

    return Workload(f"cross entropy {_ROWS}x{_CLASSES}, forward + backward", ours, reference)


def _layer_norm() -> Workload:
    x, g, weight, bias = _numbers(2048, 256), _numbers(2048, 256), _numbers(256), _numbers(256)
    their_x, their_weight, their_bias = (torch.from_numpy(a.copy()).requires_grad_() for a in (x, weight, bias))
    their_g, kernels = torch.from_numpy(g), select(x)

    def ours() -> object:
        _, saved = kernels.layer_norm(x, weight, bias, 1e-5, save=True)
        return kernels.layer_norm_backward(g, x, weight, saved, (True, True, True))

    def reference() -> object:
        y = torch.nn.functional.layer_norm(their_x, (256,), their_weight, their_bias)
        return torch.autograd.grad(y, (their_x, their_weight, their_bias), their_g)

    return Workload("layer norm 2048x256, forward + backward", ours, reference)


def _gelu() -> Workload:
    x, g = _numbers(2048, 1024), _numbers(2048, 1024)
    theirs, their_g, kernels = torch.from_numpy(x.copy()).requires_grad_(), torch.from_numpy(g), select(x)

    def ours() -> object:
        return kernels.gelu(x), kernels.gelu_backward(g, x)

    def reference() -> object:
        return torch.autograd.grad(torch.nn.functional.gelu(theirs), theirs, their_g)

    return Workload("GELU 2048x1024, forward + backward", ours, reference)


def _with_gradients(shapes: list[tuple[int, ...]]) -> tuple[list[Tensor], list[torch.Tensor]]:
    """The same parameters on both sides, with gradients."""
    ours, theirs = [], []
    for shape in shapes:
        number, gradient = _numbers(*shape), _numbers(*shape)
        ours.append(Tensor(number, requires_grad=True))
        ours[-1].grad = Tensor(gradient)
        theirs.append(torch.from_numpy(number.copy()).requires_grad_())
        theirs[-1].grad = torch.from_numpy(gradient.copy())
    return ours, theirs


def _adam() -> Workload:
    ours, theirs = _with_gradients([(_WIDTH, _WIDTH), (_WIDTH,)] * _LAYERS)
    step = optim.AdamW(ours, lr=1e-3).step
    reference = torch.optim.AdamW(theirs, lr=1e-3, fused=True).step
    return Workload("AdamW, 870k parameters in 20 tensors (PyTorch: fused)", step, reference)


def _clipped_momentum() -> Workload:
    """The tensors of a residual network of 50 layers, an eighth as wide as usual."""
    ours, theirs = _with_gradients([(32, 32, 3, 3), (32,), (32,)] * 53)
    options = {"lr": 1e-3, "momentum": 0.9, "weight_decay": 1e-4}
    our_rule, their_rule = optim.SGD(ours, **options), torch.optim.SGD(theirs, **options)

    def our_step() -> None:
        optim.clip_grad_norm_(ours, 1.0)
        our_rule.step()

    def their_step() -> None:
        torch.nn.utils.clip_grad_norm_(theirs, 1.0)
        their_rule.step()

    return Workload("clipping and SGD with momentum, 490k parameters in 159 tensors", our_step, their_step)


def _dropout() -> Workload:
    key, rows = np.array([1, 2], np.uint32), np.arange(64, dtype=np.uint32)
    draw = select(key).dropout_mask

    def reference() -> torch.Tensor:
        return torch.empty(64, 16384).bernoulli_(0.9).div_(0.9)

    return Workload("dropout mask 64x16384", lambda: draw(key, rows, 16384, 0.9, np.float32), reference)


def _embedding() -> Workload:
    table, g = _numbers(8192, 256), _numbers(2048, 256)
    ids = np.random.default_rng(1).integers(0, 8192, 2048)
    theirs, their_ids, their_g = (
        torch.from_numpy(table.copy()).requires_grad_(),
        torch.from_numpy(ids),
        torch.from_numpy(g),
    )
    kernels = select(table)

    def ours() -> object:
        return kernels.embedding(table, ids), kernels.embedding_backward(g, ids, 8192)

    def reference() -> object:
        return torch.autograd.grad(torch.nn.functional.embedding(their_ids, theirs), theirs, their_g)

    return Workload("embedding 2048 of 8192x256, forward + backward", ours, reference)
