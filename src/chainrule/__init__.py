"""Deep learning on the machine you already have: a small install, no GPU, a backward pass you can read."""

from importlib import import_module
from typing import Any

from chainrule import inspect, nn, ops, optim
from chainrule.autodiff import (
    GradientError,
    Tensor,
    checkpoint,
    compile,
    detect_anomaly,
    differentiable,
    enable_grad,
    grad,
    hessian,
    hessian_vector_product,
    is_grad_enabled,
    jacobian,
    jvp,
    no_grad,
    per_example_grad,
    tensor,
    tree_map,
    value_and_grad,
    vjp,
)
from chainrule.inspect import backward_propagation, gradcheck, gradgradcheck
from chainrule.nn import functional_call
from chainrule.ops.convolution_algorithms import no_winograd
from chainrule.random import Generator, current_generator, seed

__version__ = "0.1.0"

__all__ = [
    "Generator",
    "GradientError",
    "Tensor",
    "__version__",
    "backward_propagation",
    "checkpoint",
    "compile",
    "current_generator",
    "detect_anomaly",
    "differentiable",
    "enable_grad",
    "estimators",
    "fine_tune",
    "functional_call",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "hessian",
    "hessian_vector_product",
    "inspect",
    "interop",
    "is_grad_enabled",
    "jacobian",
    "jvp",
    "nn",
    "no_grad",
    "no_winograd",
    "ops",
    "optim",
    "per_example_grad",
    "pretrained_model",
    "seed",
    "tensor",
    "tree_map",
    "value_and_grad",
    "vjp",
]


_FUNCTIONS = {"fine_tune": "chainrule.training.fine_tuning", "pretrained_model": "chainrule.interop"}


def __getattr__(name: str) -> Any:
    """Import what not everybody needs when it is first asked for."""
    if name in ("estimators", "interop"):
        return import_module(f"chainrule.{name}")
    if name in _FUNCTIONS:
        return getattr(import_module(_FUNCTIONS[name]), name)
    raise AttributeError(f"module 'chainrule' has no attribute {name!r}")
