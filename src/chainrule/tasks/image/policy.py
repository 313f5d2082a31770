"""Which layers of a network learn, when, and how fast."""

from __future__ import annotations

from chainrule.nn import Module
from chainrule.optim import AdamW
from chainrule.random import Generator
from chainrule.tasks.image.network import Shape, layers_of, make_network
from chainrule.tasks.image.settings import ImageSettings
from chainrule.tasks.runs import make_optimizer, paced_optimizer
from chainrule.training.schedule import Pace

__all__ = ["make_learner", "optimizer_with_paces"]


def make_learner(settings: ImageSettings, shape: Shape, generator: Generator) -> Module:
    """Make an untrained network in which what is not to learn is frozen.

    A frozen body does not update the running statistics of its batch normalisation either: it describes images as the
    base did.

    Parameters
    ----------
    settings : ImageSettings
        Which network, and what of it learns.
    shape : Shape
        What goes in and what comes out.
    generator : Generator
        Draws the initial weights.

    Returns
    -------
    Module
        The network.

    Raises
    ------
    ConfigError
        When images are too small.
    """
    network = make_network(settings.model, shape, generator)
    if settings.method == "frozen":
        for layer in layers_of(network)[:-1]:
            for module in layer:
                module.freeze()
    return network


def optimizer_with_paces(network: Module, settings: ImageSettings) -> tuple[AdamW, list[Pace]]:
    """Make an optimiser for a network whose layers may learn differently.

    Parameters
    ----------
    network : Module
        The network; frozen parameters are left out.
    settings : ImageSettings
        The method and its rates.

    Returns
    -------
    optimizer : AdamW
        The optimiser.
    paces : list of Pace
        One for each of its groups.
    """
    if settings.method != "gradual" and settings.layer_decay == 1:
        optimizer = make_optimizer(network, settings)
        return optimizer, [Pace()] * len(optimizer.param_groups)
    layers = reversed(layers_of(network))
    return paced_optimizer(((p for module in layer for p in module.parameters()) for layer in layers), settings)
