"""What tests of several layers share."""

import numpy as np

import chainrule as cr
from chainrule import nn


def normal(*shape: int) -> np.ndarray:
    """Numbers that are the same in every run."""
    return np.random.default_rng(shape).standard_normal(shape).astype(np.float32)


def check_gradients(module: nn.Module, *inputs, call=None) -> None:
    """Compare derivatives by all parameters and floating-point inputs with finite differences."""
    call = call or nn.functional_call
    parameters = {name: p.numpy() for name, p in module.named_parameters()}
    assert cr.gradcheck(lambda p, *xs: call(module, p, *xs), (parameters, *inputs))


def assert_same_on(backend: str, module: nn.Module, *inputs) -> None:
    """Compare results and gradients on a backend with those on NumPy."""
    expected = _results(module, *inputs)
    for x, y in zip(_results(module.to(backend), *inputs), expected):
        np.testing.assert_allclose(x, y, rtol=2e-5, atol=2e-6)


def _results(module: nn.Module, *inputs) -> list[np.ndarray]:
    module.zero_grad()
    outputs = cr.ops.asarray(module(*inputs))
    (outputs * normal(*outputs.shape)).sum().backward()
    return [outputs.numpy(), *(p.grad.numpy() for p in module.parameters())]
