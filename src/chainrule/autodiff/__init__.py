"""Reverse-mode differentiation."""

from chainrule.autodiff.compilation import compile
from chainrule.autodiff.differentiable import differentiable
from chainrule.autodiff.functional import grad, jvp, value_and_grad, vjp
from chainrule.autodiff.modes import enable_grad, is_grad_enabled, no_grad
from chainrule.autodiff.tensor import Tensor, tensor

__all__ = [
    "Tensor",
    "compile",
    "differentiable",
    "enable_grad",
    "grad",
    "is_grad_enabled",
    "jvp",
    "no_grad",
    "tensor",
    "value_and_grad",
    "vjp",
]
