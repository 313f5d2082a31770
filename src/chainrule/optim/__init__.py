"""Optimisers, learning-rate schedules and gradient clipping."""

from chainrule.optim import lr_scheduler, schedules
from chainrule.optim.adam import Adam, AdamW
from chainrule.optim.clipping import clip_grad_norm_, clip_grad_value_
from chainrule.optim.lr_scheduler import (
    ConstantLR,
    CosineAnnealingLR,
    LinearDecay,
    LinearWarmup,
    LRScheduler,
    ReduceLROnPlateau,
)
from chainrule.optim.optimizer import Optimizer
from chainrule.optim.sgd import SGD

__all__ = [
    "SGD",
    "Adam",
    "AdamW",
    "ConstantLR",
    "CosineAnnealingLR",
    "LRScheduler",
    "LinearDecay",
    "LinearWarmup",
    "Optimizer",
    "ReduceLROnPlateau",
    "clip_grad_norm_",
    "clip_grad_value_",
    "lr_scheduler",
    "schedules",
]
