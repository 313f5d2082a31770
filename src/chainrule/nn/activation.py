"""Activation functions as layers; each is the function of that name in `chainrule.nn.functional`."""

from typing import Any

from chainrule.nn import functional
from chainrule.nn.module import Module


class ReLU(Module):
    """The rectified linear unit, ``max(x, 0)``."""

    def forward(self, input: Any) -> Any:
        """Apply the function to a Tensor or Array."""
        return functional.relu(input)


class ReLU6(Module):
    """``min(max(x, 0), 6)`` (A. Krizhevsky, 2010)."""

    def forward(self, input: Any) -> Any:
        """Apply the function to a Tensor or Array."""
        return functional.relu6(input)


class SELU(Module):
    """The scaled exponential linear unit (G. Klambauer et al., 2017)."""

    def forward(self, input: Any) -> Any:
        """Apply the function to a Tensor or Array."""
        return functional.selu(input)


class SiLU(Module):
    """``x * sigmoid(x)`` (S. Elfwing et al., 2017), also called swish."""

    def forward(self, input: Any) -> Any:
        """Apply the function to a Tensor or Array."""
        return functional.silu(input)


class Sigmoid(Module):
    """The logistic function, ``1 / (1 + exp(-x))``."""

    def forward(self, input: Any) -> Any:
        """Apply the function to a Tensor or Array."""
        return functional.sigmoid(input)


class LogSigmoid(Module):
    """The logarithm of the logistic function."""

    def forward(self, input: Any) -> Any:
        """Apply the function to a Tensor or Array."""
        return functional.logsigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, input: Any) -> Any:
        """Apply the function to a Tensor or Array."""
        return functional.tanh(input)


class LeakyReLU(Module):
    """``x`` where positive, else ``negative_slope * x`` (A. Maas et al., 2013).

    Parameters
    ----------
    negative_slope : float, default 0.01
        The slope below zero.
    """

    negative_slope: float

    def __init__(self, negative_slope: float = 0.01):
        self.negative_slope = negative_slope

    def forward(self, input: Any) -> Any:
        """Apply the function to a Tensor or Array."""
        return functional.leaky_relu(input, negative_slope=self.negative_slope)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"negative_slope={self.negative_slope}"


class ELU(Module):
    """``x`` where positive, else ``alpha * (exp(x) - 1)`` (D. Clevert et al., 2015).

    Parameters
    ----------
    alpha : float, default 1.0
        Minus the limit on the left.
    """

    alpha: float

    def __init__(self, alpha: float = 1.0):
        self.alpha = alpha

    def forward(self, input: Any) -> Any:
        """Apply the function to a Tensor or Array."""
        return functional.elu(input, alpha=self.alpha)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"alpha={self.alpha}"


class GELU(Module):
    """``x`` times the normal distribution function (D. Hendrycks and K. Gimpel, 2016).

    Parameters
    ----------
    approximate : {"none", "tanh"}, default "none"
        The exact function, or the approximation with a hyperbolic tangent that GPT-2 uses.
    """

    approximate: str

    def __init__(self, approximate: str = "none"):
        self.approximate = approximate

    def forward(self, input: Any) -> Any:
        """Apply the function to a Tensor or Array."""
        return functional.gelu(input, approximate=self.approximate)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"approximate={self.approximate!r}"


class Softplus(Module):
    """``log(1 + exp(beta * x)) / beta``, a smooth `ReLU`.

    Parameters
    ----------
    beta : float, default 1.0
        How sharp the bend is.
    """

    beta: float

    def __init__(self, beta: float = 1.0):
        self.beta = beta

    def forward(self, input: Any) -> Any:
        """Apply the function to a Tensor or Array."""
        return functional.softplus(input, beta=self.beta)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"beta={self.beta}"


class Hardtanh(Module):
    """``x`` between two limits.

    Parameters
    ----------
    min_val : float, default -1.0
        The lower limit.
    max_val : float, default 1.0
        The upper limit.
    """

    min_val: float
    max_val: float

    def __init__(self, min_val: float = -1.0, max_val: float = 1.0):
        self.min_val, self.max_val = min_val, max_val

    def forward(self, input: Any) -> Any:
        """Apply the function to a Tensor or Array."""
        return functional.hardtanh(input, min_val=self.min_val, max_val=self.max_val)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"min_val={self.min_val}, max_val={self.max_val}"


class Softmax(Module):
    """Exponentials that add up to one along an axis.

    Parameters
    ----------
    dim : int, default -1
        Along which axis.
    """

    dim: int

    def __init__(self, dim: int = -1):
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """Apply the function to a Tensor or Array."""
        return functional.softmax(input, dim=self.dim)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """The logarithm of `Softmax`.

    Parameters
    ----------
    dim : int, default -1
        Along which axis.
    """

    dim: int

    def __init__(self, dim: int = -1):
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """Apply the function to a Tensor or Array."""
        return functional.log_softmax(input, dim=self.dim)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"dim={self.dim}"
