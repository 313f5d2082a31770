"""What normalisation layers remember of the batches that they saw."""

from typing import Any

import numpy as np

from chainrule import ops
from chainrule.backend import namespace
from chainrule.nn import init
from chainrule.nn.checks import check_sizes
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.ops.constants import constant


class RunningStatistics(Module):
    """Scale and shift of each channel, and a running mean and variance of what came in training."""

    num_features: int
    eps: float
    momentum: float | None
    weight: Parameter | None  # (C,)
    bias: Parameter | None  # (C,)
    running_mean: Any  # (C,), a buffer as the next two; None where not tracked
    running_var: Any  # (C,)
    num_batches_tracked: Any  # ()

    def _set_up(self, num_features: int, eps: float, momentum: float | None, affine: bool, track: bool) -> None:
        check_sizes(type(self).__name__, num_features=num_features)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight = Parameter(np.empty(num_features, np.float32)) if affine else None
        self.bias = Parameter(np.empty(num_features, np.float32)) if affine else None
        self.register_buffer("running_mean", np.zeros(num_features, np.float32) if track else None)
        self.register_buffer("running_var", np.ones(num_features, np.float32) if track else None)
        self.register_buffer("num_batches_tracked", np.array(0) if track else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Begin with the plain normalisation again, and forget what came."""
        self.reset_running_stats()
        if self.weight is not None and self.bias is not None:
            init.ones_(self.weight)
            init.zeros_(self.bias)

    def reset_running_stats(self) -> None:
        """Forget what came."""
        if self._tracks:
            init.zeros_(self.running_mean)
            init.ones_(self.running_var)
            init.zeros_(self.num_batches_tracked)

    @property
    def _tracks(self) -> bool:
        return self.running_mean is not None

    def _normalized_by_memory(self, input: Any) -> Any:
        """Normalise by the running statistics, in the precision of what comes."""
        dtype = input.dtype if input.dtype.kind in "fV" else self.running_mean.dtype  # "V": bfloat16
        mean, var = (ops.astype(memory, dtype=dtype) for memory in (self.running_mean, self.running_var))
        return ops.normalize_channels(input, mean, var, self.weight, self.bias, self.eps)

    def _remember(self, mean: Any, var: Any, count: int) -> None:
        """Move towards mean and variance of a batch with `count` elements a channel; `var` is their mean square."""
        seen = self.num_batches_tracked.value + 1
        self.num_batches_tracked = namespace(seen).asarray(seen)
        share = 1.0 / seen if self.momentum is None else self.momentum
        for name, new in (("running_mean", constant(mean)), ("running_var", constant(var) * (count / (count - 1)))):
            old = getattr(self, name).value
            moved = old + share * (new - old)
            setattr(self, name, namespace(moved).astype(moved, old.dtype))

    def extra_repr(self) -> str:
        """Describe the settings."""
        affine = "" if self.weight is not None else ", affine=False"
        return f"{self.num_features}{affine}" + ("" if self._tracks else ", track_running_stats=False")
