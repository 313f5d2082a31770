"""The families of models whose published weights are known: one file each."""

from chainrule.errors import WeightsError
from chainrule.interop.families.bert import BertFamily, MaskedBertFamily
from chainrule.interop.families.distilbert import DistilBertFamily, MaskedDistilBertFamily
from chainrule.interop.families.efficientnet import EfficientNetFamily
from chainrule.interop.families.family import Family
from chainrule.interop.families.g2p import G2PFamily
from chainrule.interop.families.gpt2 import GPT2Family
from chainrule.interop.families.resnet import ResNetFamily
from chainrule.interop.families.roberta import MaskedRobertaFamily, RobertaFamily
from chainrule.interop.weights import Weights
from chainrule.nn import Module

__all__ = ["FAMILIES", "family_of_model", "family_of_weights"]

# The first that recognises weights gets them, and the first of a model's class saves it.
FAMILIES: tuple[Family, ...] = (
    EfficientNetFamily(),
    ResNetFamily(),
    MaskedBertFamily(),
    BertFamily(),
    MaskedRobertaFamily(),
    RobertaFamily(),
    MaskedDistilBertFamily(),
    DistilBertFamily(),
    GPT2Family(),
    G2PFamily(),
)


def family_of_weights(weights: Weights) -> Family:
    """Find the family that recognises weights.

    Parameters
    ----------
    weights : Weights
        What was read.

    Returns
    -------
    Family
        The first that does.

    Raises
    ------
    WeightsError
        If none does.
    """
    for family in FAMILIES:
        if family.recognises(weights):
            return family
    said = weights.config.get("model_type") or weights.config.get("architecture")
    what = f"an architecture {said!r}" if said else f"arrays such as {next(iter(weights.arrays), None)!r}"
    raise WeightsError(f"{weights.source} has {what}, for which there is no model here; there is {_titles()}")


def family_of_model(model: Module) -> Family:
    """Find the family of a model.

    Parameters
    ----------
    model : Module
        The model.

    Returns
    -------
    Family
        That of its class.

    Raises
    ------
    WeightsError
        If it is of none.
    """
    for family in FAMILIES:
        if type(model) is family.model:
            return family
    raise WeightsError(f"a {type(model).__name__} has no published form here; there is {_titles()}")


def _titles() -> str:
    return ", ".join(family.title for family in FAMILIES)
