"""BERT: encoders, sentence encoders and masked language models, under transformers' names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from chainrule import nn
from chainrule.errors import WeightsError
from chainrule.interop.families.family import Arrival, Family
from chainrule.interop.families.settings import Settings, published_activation
from chainrule.interop.families.stacked import stacked, unstacked
from chainrule.interop.names import NameMap
from chainrule.interop.weights import Weights
from chainrule.models.transformer_encoder import MaskedLanguageModel, TransformerEncoderConfig, TransformerEncoderModel

__all__ = ["BERT_ENCODER", "BertFamily", "MaskedBertFamily"]

BERT_ENCODER = (
    ("embeddings.word_embeddings.{}", "embedding.symbols.{}"),
    ("embeddings.position_embeddings.{}", "embedding.positions.{}"),
    ("embeddings.token_type_embeddings.{}", "types.{}"),
    ("embeddings.LayerNorm.{}", "embedding_norm.{}"),
    ("encoder.layer.{}.attention.self.query.{}", "layers.{}.self_attn.in_proj_{}#0"),
    ("encoder.layer.{}.attention.self.key.{}", "layers.{}.self_attn.in_proj_{}#1"),
    ("encoder.layer.{}.attention.self.value.{}", "layers.{}.self_attn.in_proj_{}#2"),
    ("encoder.layer.{}.attention.output.dense.{}", "layers.{}.self_attn.out_proj.{}"),
    ("encoder.layer.{}.attention.output.LayerNorm.{}", "layers.{}.norm1.{}"),
    ("encoder.layer.{}.intermediate.dense.{}", "layers.{}.linear1.{}"),
    ("encoder.layer.{}.output.dense.{}", "layers.{}.linear2.{}"),
    ("encoder.layer.{}.output.LayerNorm.{}", "layers.{}.norm2.{}"),
    ("pooler.dense.{}", "pooler.{}"),
)


class BertFamily(Family):
    """BERT's encoder.

    Attributes
    ----------
    kind : str
        The configuration's ``model_type``.
    prefix : str
        What stands before the names of an encoder in the file of a model with a head.
    body : str
        The encoder's path in the model.
    """

    title = "BERT"
    model: type[nn.Module] = TransformerEncoderModel
    names = NameMap(*BERT_ENCODER)
    kind = "bert"
    prefix = "bert."
    body = ""

    def recognises(self, weights: Weights) -> bool:
        """Tell it by its configuration, or by its names."""
        said = weights.config.get("model_type")
        names = {arrival.name for arrival in self.arrivals(weights.arrays)}
        return said == self.kind or (said is None and f"{self.body}layers.0.self_attn.in_proj_weight" in names)

    def build(self, weights: Weights, classes: int | None) -> nn.Module:
        """Make a `TransformerEncoderModel` of the configuration."""
        return TransformerEncoderModel(self.encoder_config(weights))

    def encoder_config(self, weights: Weights) -> TransformerEncoderConfig:
        """Read the encoder's shape from a configuration of transformers."""
        said = Settings(weights)
        said.one_of("position_embedding_type", ("absolute",), "absolute")
        return TransformerEncoderConfig(
            said.whole("vocab_size"),
            said.whole("num_hidden_layers"),
            said.whole("type_vocab_size", 2),
            pooler=any("pooler." in name for name in weights.arrays),
            width=said.whole("hidden_size"),
            heads=said.whole("num_attention_heads"),
            feed_forward=said.whole("intermediate_size"),
            max_length=said.whole("max_position_embeddings"),
            activation=said.activation("hidden_act", "gelu"),
            norm_epsilon=said.number("layer_norm_eps", 1e-12),
            dropout=said.number("hidden_dropout_prob", 0.1),
            attention_dropout=said.number("attention_probs_dropout_prob", 0.1),
        )

    def describe(self, model: Any) -> dict[str, Any]:
        """Describe the encoder as transformers' ``BertModel``."""
        return {"architectures": ["BertModel"], **_published_config(model.config)}

    def arrivals(self, arrays: Mapping[str, np.ndarray]) -> Iterator[Arrival]:
        """Give arrays our names, queries, keys and values in one."""
        return stacked(self._renamed(arrays))

    def _renamed(self, arrays: Mapping[str, np.ndarray]) -> Iterator[Arrival]:
        for name, array in arrays.items():
            # Files of 2018 call a norm's weight gamma and its bias beta.
            today = re.sub(
                r"LayerNorm\.gamma$", "LayerNorm.weight", re.sub(r"LayerNorm\.beta$", "LayerNorm.bias", name)
            )
            ours = self.names.here(today.removeprefix(self.prefix))
            if ours is not None:
                yield Arrival(ours, array, (name,))

    def departures(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Give arrays transformers' names; an encoder that tells no kinds of segment apart gets one, of zeros."""
        width = arrays[f"{self.body}embedding.symbols.weight"].shape[1]
        no_types = {f"{self.body}types.weight": np.zeros((1, width), np.float32)}
        return super().departures(unstacked({**no_types, **arrays}, "self_attn.in_proj"))


class MaskedBertFamily(BertFamily):
    """BERT with what guesses masked symbols."""

    title = "BERT for masked symbols"
    model = MaskedLanguageModel
    names = NameMap(
        *((f"bert.{there}", f"encoder.{here}") for there, here in BERT_ENCODER),
        ("cls.predictions.transform.dense.{}", "transform.{}"),
        ("cls.predictions.transform.LayerNorm.{}", "norm.{}"),
        ("cls.predictions.bias", "bias"),
    )
    prefix = ""
    body = "encoder."

    def recognises(self, weights: Weights) -> bool:
        """Tell it by its configuration, and by the part that guesses."""
        names = (self.names.here(name) for name in weights.arrays)
        return super().recognises(weights) and "transform.weight" in names

    def build(self, weights: Weights, classes: int | None) -> nn.Module:
        """Make a `MaskedLanguageModel` of the configuration."""
        return MaskedLanguageModel(TransformerEncoderModel(self.encoder_config(weights)))

    def describe(self, model: Any) -> dict[str, Any]:
        """Describe the model as transformers' ``BertForMaskedLM``."""
        return {"architectures": ["BertForMaskedLM"], **_published_config(model.encoder.config)}


def _published_config(config: TransformerEncoderConfig) -> dict[str, Any]:
    if config.norm_first or config.positions != "learned":
        raise WeightsError(
            f"BERT has learned positions, and norms after each sum: an encoder with norm_first={config.norm_first} and "
            f"positions={config.positions!r} cannot be saved as one"
        )
    return {
        "model_type": "bert",
        "vocab_size": config.vocabulary,
        "hidden_size": config.width,
        "num_hidden_layers": config.layers,
        "num_attention_heads": config.heads,
        "intermediate_size": config.feed_forward or 4 * config.width,
        "max_position_embeddings": config.max_length,
        "type_vocab_size": max(config.types, 1),
        "hidden_act": published_activation(config.activation),
        "layer_norm_eps": config.norm_epsilon,
        "hidden_dropout_prob": config.dropout,
        "attention_probs_dropout_prob": config.attention_dropout,
        "pad_token_id": 0,
    }
