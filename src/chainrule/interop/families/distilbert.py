"""DistilBERT: half of BERT's layers, no kinds of segment, other names."""

from __future__ import annotations

import dataclasses

from chainrule.interop.families.bert import BertFamily, MaskedBertFamily
from chainrule.interop.names import NameMap
from chainrule.interop.weights import Weights
from chainrule.models.transformer_encoder import TransformerEncoderConfig

__all__ = ["DistilBertFamily", "MaskedDistilBertFamily"]

_ENCODER = (
    ("embeddings.word_embeddings.{}", "embedding.symbols.{}"),
    ("embeddings.position_embeddings.{}", "embedding.positions.{}"),
    ("embeddings.LayerNorm.{}", "embedding_norm.{}"),
    ("transformer.layer.{}.attention.q_lin.{}", "layers.{}.self_attn.in_proj_{}#0"),
    ("transformer.layer.{}.attention.k_lin.{}", "layers.{}.self_attn.in_proj_{}#1"),
    ("transformer.layer.{}.attention.v_lin.{}", "layers.{}.self_attn.in_proj_{}#2"),
    ("transformer.layer.{}.attention.out_lin.{}", "layers.{}.self_attn.out_proj.{}"),
    ("transformer.layer.{}.sa_layer_norm.{}", "layers.{}.norm1.{}"),
    ("transformer.layer.{}.ffn.lin1.{}", "layers.{}.linear1.{}"),
    ("transformer.layer.{}.ffn.lin2.{}", "layers.{}.linear2.{}"),
    ("transformer.layer.{}.output_layer_norm.{}", "layers.{}.norm2.{}"),
)
_OF_BERT = {
    "dim": "hidden_size",
    "n_layers": "num_hidden_layers",
    "n_heads": "num_attention_heads",
    "hidden_dim": "intermediate_size",
    "activation": "hidden_act",
    "dropout": "hidden_dropout_prob",
    "attention_dropout": "attention_probs_dropout_prob",
}


class DistilBertFamily(BertFamily):
    """DistilBERT's encoder; it is saved as a BERT, which computes the same."""

    title = "DistilBERT"
    names = NameMap(*_ENCODER)
    kind = "distilbert"
    prefix = "distilbert."

    def encoder_config(self, weights: Weights) -> TransformerEncoderConfig:
        """Read the encoder's shape."""
        config = {_OF_BERT.get(name, name): value for name, value in weights.config.items()}
        return super().encoder_config(dataclasses.replace(weights, config={**config, "type_vocab_size": 0}))


class MaskedDistilBertFamily(DistilBertFamily, MaskedBertFamily):
    """DistilBERT with what guesses masked symbols."""

    title = "DistilBERT for masked symbols"
    names = NameMap(
        *((f"distilbert.{there}", f"encoder.{here}") for there, here in _ENCODER),
        ("vocab_transform.{}", "transform.{}"),
        ("vocab_layer_norm.{}", "norm.{}"),
        ("vocab_projector.bias", "bias"),
    )
    prefix = ""
