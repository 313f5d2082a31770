"""Adam and AdamW."""

from collections.abc import Iterable, Mapping
from typing import Any

from chainrule.backend import Array, namespace
from chainrule.kernels import ArrayList, select
from chainrule.optim.optimizer import Optimizer


class Adam(Optimizer):
    """Steps scaled by running means of the gradient and of its square (D. Kingma and J. Ba, 2014, arXiv 1412.6980).

    ``m = beta1 m + (1 - beta1) g``, ``v = beta2 v + (1 - beta2) g**2``,
    ``p -= lr * (m / (1 - beta1**step)) / (sqrt(v / (1 - beta2**step)) + eps)``.

    Parameters
    ----------
    params : iterable of Tensor or of dict
        What to optimise, or groups of it with settings of their own.
    lr : float, default 1e-3
        The learning rate.
    betas : tuple of float, default (0.9, 0.999)
        Decay of the two running means.
    eps : float, default 1e-8
        Added to the root.
    weight_decay : float, default 0
        Times the parameter, added to the gradient.

    Raises
    ------
    ValueError
        If there are no parameters, one stands in two groups, or a setting is out of range or unknown.
    TypeError
        If something is no floating-point leaf.
    """

    _decoupled = False

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ):
        super().__init__(params, {"lr": lr, "betas": tuple(betas), "eps": eps, "weight_decay": weight_decay})

    def check(self, settings: Mapping[str, Any]) -> None:
        """Refuse settings of a group that make no sense."""
        super().check(settings)
        if not all(0 <= beta < 1 for beta in settings["betas"]) or len(settings["betas"]) != 2:
            raise ValueError(
                f"{type(self).__name__} expected two betas from 0 up to, not including, 1, but got {settings['betas']}"
            )
        if not settings["eps"] >= 0:
            raise ValueError(f"{type(self).__name__} expected eps to be 0 or more, but got {settings['eps']}")

    def init(self, p: Array, settings: Mapping[str, Any]) -> dict[str, Array]:
        """Make two running means of zero."""
        xp = namespace(p)
        return {"exp_avg": xp.zeros(p.shape, dtype=p.dtype), "exp_avg_sq": xp.zeros(p.shape, dtype=p.dtype)}

    def apply(
        self, p: Array, grad: Array, state: dict[str, Array], settings: Mapping[str, Any], step: Any
    ) -> tuple[Array, dict[str, Array]]:
        """Compute a step for one array. Nothing that comes in is changed.

        Parameters
        ----------
        p, grad : Array
            The array to optimise, of NumPy or JAX, or a tracer; and its gradient.
        state : dict of str to Array
            Its running means.
        settings : dict
            Those of its group; ``lr`` may be traced.
        step : int or Array
            The number of this step, from 1; may be traced.

        Returns
        -------
        p : Array
            The new numbers.
        state : dict of str to Array
            The new running means.
        """
        p, m, v = select(p).adam_rule(
            p, grad, state["exp_avg"], state["exp_avg_sq"], **self._options(settings), step=step
        )
        return p, {"exp_avg": m, "exp_avg_sq": v}

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
            Their running means; changed.
        settings : dict
            Those of their group.
        step : int
            The number of this step, the same for all.
        """
        means = states["exp_avg"], states["exp_avg_sq"]
        select(*ps).adam_step(ps, grads, *means, **self._options(settings), step=step)

    def _options(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """A group's settings under the kernels' names."""
        beta1, beta2 = settings["betas"]
        return {
            "lr": settings["lr"],
            "beta1": beta1,
            "beta2": beta2,
            "eps": settings["eps"],
            "weight_decay": settings["weight_decay"],
            "decoupled": self._decoupled,
        }


class AdamW(Adam):
    """Adam with weights that decay independently of the gradient (I. Loshchilov and F. Hutter, 2017, arXiv 1711.05101).

    As `Adam`, after ``p -= lr * weight_decay * p``.

    Parameters
    ----------
    params : iterable of Tensor or of dict
        What to optimise, or groups of it with settings of their own.
    lr : float, default 1e-3
        The learning rate.
    betas : tuple of float, default (0.9, 0.999)
        Decay of the two running means.
    eps : float, default 1e-8
        Added to the root.
    weight_decay : float, default 1e-2
        The share of a parameter, times the learning rate, that is lost in a step.

    Raises
    ------
    ValueError
        If there are no parameters, one stands in two groups, or a setting is out of range or unknown.
    TypeError
        If something is no floating-point leaf.
    """

    _decoupled = True

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ):
        super().__init__(params, lr, betas, eps, weight_decay)
