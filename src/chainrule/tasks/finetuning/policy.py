"""Which parameters of a pre-trained model learn, when, and how fast."""

from __future__ import annotations

import re

from chainrule.errors import ConfigError
from chainrule.models.heads import WithHead
from chainrule.nn import Module, Parameter
from chainrule.nn.lora import LoRA
from chainrule.optim import AdamW
from chainrule.random import Generator
from chainrule.tasks.finetuning.settings import FineTuningSettings
from chainrule.tasks.runs import paced_optimizer
from chainrule.training.schedule import Pace

__all__ = ["adapted", "depth_of", "optimizer_with_paces", "with_lora"]


def adapted(model: WithHead, settings: FineTuningSettings, generator: Generator) -> Module:
    """Freeze what is not to learn.

    Parameters
    ----------
    model : WithHead
        A pre-trained body with a new head.
    settings : FineTuningSettings
        The method.
    generator : Generator
        Draws the initial numbers of what is added.

    Returns
    -------
    Module
        The model, or with ``lora`` what is around it.

    Raises
    ------
    ConfigError
        When no matrix is to change.
    """
    if settings.method == "frozen":
        model.body.requires_grad_(False)
    around = with_lora(model, settings, generator)
    if settings.method == "lora":
        model.head.requires_grad_(True)
    return around


def with_lora(model: Module, settings: FineTuningSettings, generator: Generator) -> Module:
    """Let small changes of matrices learn, if that is the method.

    Parameters
    ----------
    model : Module
        The model.
    settings : FineTuningSettings
        The method.
    generator : Generator
        Draws the initial numbers of what is added.

    Returns
    -------
    Module
        The model, or with ``lora`` what is around it.

    Raises
    ------
    ConfigError
        When no matrix is to change.
    """
    if settings.method != "lora":
        return model
    try:
        return LoRA(model, settings.lora_rank, settings.lora_alpha, settings.lora_targets, generator=generator)
    except (ValueError, re.error) as error:
        raise ConfigError(f"lora_targets: {error}") from None


def depth_of(name: str, layers: int) -> int:
    """Tell how deep a parameter lies: 0 for embeddings, up to `layers` + 1 for what is above all layers.

    Parameters
    ----------
    name : str
        The parameter's path in a model with a head.
    layers : int
        How many layers the body has.

    Returns
    -------
    int
        Its depth.
    """
    layer = re.search(r"\blayers[./](\d+)[./]", name)
    if layer:
        return int(layer[1]) + 1
    return 0 if re.search(r"\b(embedding|types|embedding_norm)\b", name) else layers + 1


def optimizer_with_paces(model: Module, settings: FineTuningSettings, layers: int) -> tuple[AdamW, list[Pace]]:
    """Make an optimiser for a model whose depths may learn differently; see `paced_optimizer`.

    Parameters
    ----------
    model : Module
        The model; frozen parameters are left out.
    settings : FineTuningSettings
        The method and its rates.
    layers : int
        How many layers the body has.

    Returns
    -------
    optimizer : AdamW
        The optimiser.
    paces : list of Pace
        One for each of its groups.
    """
    depths: list[list[Parameter]] = [[] for _ in range(layers + 2)]
    for name, parameter in model.named_parameters():
        depths[depth_of(name, layers)].append(parameter)
    return paced_optimizer(reversed(depths), settings)
