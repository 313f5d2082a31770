"""Deep learning on the machine you already have: a small install, no GPU, a backward pass you can read."""

from chainrule import ops
from chainrule.autodiff import (
    Tensor,
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

__version__ = "0.1.0"

__all__ = [
    "Tensor",
    "__version__",
    "differentiable",
    "enable_grad",
    "grad",
    "is_grad_enabled",
    "jvp",
    "no_grad",
    "ops",
    "tensor",
    "value_and_grad",
    "vjp",
]
