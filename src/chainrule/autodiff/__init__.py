"""Reverse-mode differentiation."""

from chainrule.autodiff import collection as _collection
from chainrule.autodiff.anomaly import detect_anomaly
from chainrule.autodiff.checking import GradientError, gradcheck, gradgradcheck
from chainrule.autodiff.compilation import compile
from chainrule.autodiff.derivatives import hessian, hessian_vector_product, jacobian, per_example_grad
from chainrule.autodiff.functional import grad, jvp, value_and_grad, vjp
from chainrule.autodiff.modes import enable_grad, is_grad_enabled, no_grad
from chainrule.autodiff.recomputation import checkpoint
from chainrule.autodiff.rules import differentiable, is_recorded
from chainrule.autodiff.tensor import Tensor, tensor
from chainrule.autodiff.tree import tree_map

_collection.install()

__all__ = [
    "GradientError",
    "Tensor",
    "checkpoint",
    "compile",
    "detect_anomaly",
    "differentiable",
    "enable_grad",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "hessian",
    "hessian_vector_product",
    "is_grad_enabled",
    "is_recorded",
    "jacobian",
    "jvp",
    "no_grad",
    "per_example_grad",
    "tensor",
    "tree_map",
    "value_and_grad",
    "vjp",
]
