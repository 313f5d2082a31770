"""Weights from elsewhere: reading published files safely, building their models, writing files that others read."""

from chainrule.interop.model import LoadedModel, load_model, pretrained_model, save_model
from chainrule.interop.photos import PhotoClassifier
from chainrule.interop.pronouncer import Pronouncer
from chainrule.interop.published_tokenizer import PublishedTokenizer
from chainrule.interop.reading import load
from chainrule.interop.registry import NAMED_WEIGHTS
from chainrule.interop.report import TransferReport
from chainrule.interop.sentences import SentenceEncoder
from chainrule.interop.weights import Weights

__all__ = [
    "NAMED_WEIGHTS",
    "LoadedModel",
    "PhotoClassifier",
    "Pronouncer",
    "PublishedTokenizer",
    "SentenceEncoder",
    "TransferReport",
    "Weights",
    "load",
    "load_model",
    "pretrained_model",
    "save_model",
]
