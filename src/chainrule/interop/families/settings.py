"""The values of a ``config.json``, checked."""

from __future__ import annotations

from typing import Any

from chainrule.errors import WeightsError
from chainrule.interop.weights import Weights

_ACTIVATIONS = {"gelu": "gelu", "gelu_new": "gelu_tanh", "gelu_pytorch_tanh": "gelu_tanh", "relu": "relu"}


class Settings:
    """What published weights say of their model.

    Parameters
    ----------
    weights : Weights
        The weights; every value must come from the configuration beside them.
    """

    def __init__(self, weights: Weights):
        self.source, self.config = weights.source, weights.config

    def whole(self, name: str, default: int | None = None) -> int:
        """Return a whole number from 0 on."""
        value = self._value(name, default)
        if type(value) is not int or value < 0:
            raise WeightsError(f"{self.source}: its config.json gives {name}={value!r}, expected a whole number")
        return value

    def number(self, name: str, default: float | None = None) -> float:
        """Return a number from 0 on."""
        value = self._value(name, default)
        if type(value) not in (int, float) or not value >= 0:
            raise WeightsError(f"{self.source}: its config.json gives {name}={value!r}, expected a number from 0 on")
        return float(value)

    def one_of(self, name: str, admitted: tuple[Any, ...], default: Any = None) -> Any:
        """Return a value that is among those which the models here can do."""
        value = self._value(name, default)
        if value not in admitted:
            choice = " or ".join(repr(one) for one in admitted)
            raise WeightsError(f"{self.source}: its config.json gives {name}={value!r}, but models here have {choice}")
        return value

    def activation(self, name: str, default: str) -> str:
        """Return our name of an activation."""
        return _ACTIVATIONS[self.one_of(name, tuple(_ACTIVATIONS), default)]

    def _value(self, name: str, default: Any) -> Any:
        value = self.config.get(name, default)
        if value is None:
            raise WeightsError(
                f"{self.source} needs a config.json beside it that gives {name}: the arrays alone do not tell"
                if not self.config
                else f"{self.source}: its config.json lacks {name}"
            )
        return value


def published_activation(name: str) -> str:
    """Return transformers' name of one of our activations."""
    return {"gelu": "gelu", "gelu_tanh": "gelu_new", "relu": "relu"}[name]
