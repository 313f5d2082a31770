"""What is fused around the large matrix products: losses, normalisation, activations, optimisers, random masks."""

import numpy as np
import torch

from benchmarks.harness import Workload
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
    return [_cross_entropy(), _layer_norm(), _gelu(), _adam(), _dropout(), _embedding()]


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


def _adam() -> Workload:
    shapes = [(_WIDTH, _WIDTH), (_WIDTH,)] * _LAYERS
    parameters, gradients = [_numbers(*shape) for shape in shapes], [_numbers(*shape) for shape in shapes]
    first, second = [np.zeros_like(p) for p in parameters], [np.zeros_like(p) for p in parameters]
    settings = {"beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.01, "decoupled": True, "step": 10}
    theirs = [torch.from_numpy(p.copy()).requires_grad_() for p in parameters]
    for parameter, gradient in zip(theirs, gradients):
        parameter.grad = torch.from_numpy(gradient)
    optimizer = torch.optim.AdamW(theirs, lr=1e-3, fused=True)
    step = select(*parameters).adam_step
    return Workload(
        "AdamW, 870k parameters in 20 tensors (PyTorch: fused)",
        lambda: step(parameters, gradients, first, second, lr=1e-3, **settings),
        optimizer.step,
    )


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
