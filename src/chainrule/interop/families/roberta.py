"""RoBERTa: BERT whose first two positions stand for padding."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np

from chainrule.interop.families.bert import BERT_ENCODER, BertFamily, MaskedBertFamily
from chainrule.interop.families.family import Arrival
from chainrule.interop.names import NameMap
from chainrule.interop.weights import Weights
from chainrule.models.transformer_encoder import TransformerEncoderConfig

__all__ = ["MaskedRobertaFamily", "RobertaFamily"]

_OFFSET = 2  # the first symbol of a text stands at place 2


class RobertaFamily(BertFamily):
    """RoBERTa's encoder; it is saved as a BERT, which computes the same."""

    title = "RoBERTa"
    kind = "roberta"
    prefix = "roberta."

    def encoder_config(self, weights: Weights) -> TransformerEncoderConfig:
        """Read the encoder's shape."""
        config = super().encoder_config(weights)
        return dataclasses.replace(config, max_length=config.max_length - _OFFSET)

    def arrivals(self, arrays: Mapping[str, np.ndarray]) -> Iterator[Arrival]:
        """Give arrays our names, and leave out the positions of padding."""
        return map(_without_padding, super().arrivals(arrays))


class MaskedRobertaFamily(RobertaFamily, MaskedBertFamily):
    """RoBERTa with what guesses masked symbols."""

    title = "RoBERTa for masked symbols"
    names = NameMap(
        *((f"roberta.{there}", f"encoder.{here}") for there, here in BERT_ENCODER),
        ("lm_head.dense.{}", "transform.{}"),
        ("lm_head.layer_norm.{}", "norm.{}"),
        ("lm_head.bias", "bias"),
    )
    prefix = ""


def _without_padding(arrival: Arrival) -> Arrival:
    if not arrival.name.endswith("embedding.positions.weight"):
        return arrival
    return arrival._replace(array=arrival.array[_OFFSET:], change="without the first two rows")
