"""Deep learning on the machine you already have: a small install, no GPU, a backward pass you can read."""

from chainrule import ops
from chainrule.autodiff import (
    Tensor,
    compile,
    differentiable,
    enable_grad,
    grad,
    is_grad_enabled,
    jvp,
    no_grad,
    tensor,
    value_and_grad,
    vjp,
)
from chainrule.random import Generator, current_generator, seed

__version__ = "0.1.0"

__all__ = [
    "Generator",
    "Tensor",
    "__version__",
    "compile",
    "current_generator",
    "differentiable",
    "enable_grad",
    "grad",
    "is_grad_enabled",
    "jvp",
    "no_grad",
    "ops",
    "seed",
    "tensor",
    "value_and_grad",
    "vjp",
]
