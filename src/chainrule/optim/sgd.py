"""Gradient descent with momentum."""

from collections.abc import Iterable, Mapping
from typing import Any

from chainrule.backend import Array, namespace
from chainrule.kernels import ArrayList, select
from chainrule.optim.optimizer import Optimizer


class SGD(Optimizer):
    """Gradient descent with momentum: ``b = momentum b + (1 - dampening) g``, ``p -= lr b``; at first ``b = g``.

    Parameters
    ----------
    params : iterable of Tensor or of dict
        What to optimise, or groups of it with settings of their own.
    lr : float, default 1e-3
        The learning rate.
    momentum : float, default 0
        Decay of the buffer.
    dampening : float, default 0
        Taken off the gradient's share.
    weight_decay : float, default 0
        Times the parameter, added to the gradient.
    nesterov : bool, default False
        Step along ``g + momentum * b`` (Y. Nesterov, 1983).

    Raises
    ------
    ValueError
        If there are no parameters, one stands in two groups, or a setting is out of range or unknown.
    TypeError
        If something is no floating-point leaf.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ):
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
            },
        )

    def check(self, settings: Mapping[str, Any]) -> None:
        """Refuse settings of a group that make no sense."""
        super().check(settings)
        if not settings["momentum"] >= 0:
            raise ValueError(f"SGD expected momentum to be 0 or more, but got {settings['momentum']}")
        if settings["nesterov"] and (not settings["momentum"] or settings["dampening"]):
            raise ValueError("SGD expected a momentum and no dampening with nesterov=True")

    def init(self, p: Array, settings: Mapping[str, Any]) -> dict[str, Array]:
        """Make a buffer, where there is momentum, of zero."""
        return {"momentum_buffer": namespace(p).zeros(p.shape, dtype=p.dtype)} if settings["momentum"] else {}

    def apply(
        self, p: Array, grad: Array, state: dict[str, Array], settings: Mapping[str, Any], step: Any
    ) -> tuple[Array, dict[str, Array]]:
        """Compute a step for one array. Nothing that comes in is changed.

        Parameters
        ----------
        p, grad : Array
            The array to optimise, of NumPy or JAX, or a tracer; and its gradient.
        state : dict of str to Array
            Its buffer.
        settings : dict
            Those of its group; ``lr`` may be traced.
        step : int or Array
            The number of this step, from 1; may be traced.

        Returns
        -------
        p : Array
            The new numbers.
        state : dict of str to Array
            The new buffer.
        """
        buffer = state.get("momentum_buffer")
        p, buffer = select(p).sgd_rule(p, grad, buffer, **self._options(settings), step=step)
        return p, {} if buffer is None else {"momentum_buffer": buffer}

    def apply_in_place(
        self,
        ps: ArrayList,
        grads: ArrayList,
        states: Mapping[str, ArrayList],
        settings: Mapping[str, Any],
        step: int,
    ) -> None:
        """Do the same to many NumPy arrays of one dtype, in place and in one pass.

        Parameters
        ----------
        ps, grads : ArrayList
            The arrays to optimise, changed; and their gradients.
        states : dict of str to ArrayList
            Their buffers; changed.
        settings : dict
            Those of their group.
        step : int
            The number of this step, the same for all.
        """
        select(*ps).sgd_step(ps, grads, states.get("momentum_buffer"), **self._options(settings), step=step)

    def _options(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """A group's settings under the kernels' names."""
        return {name: settings[name] for name in ("lr", "momentum", "dampening", "nesterov", "weight_decay")}
