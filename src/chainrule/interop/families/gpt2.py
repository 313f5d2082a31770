"""GPT-2 under transformers' names, whose weights of linear layers are the other way round."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from chainrule import nn
from chainrule.errors import WeightsError
from chainrule.interop.families.family import Arrival, Family
from chainrule.interop.families.settings import Settings, published_activation
from chainrule.interop.names import NameMap
from chainrule.interop.weights import Weights
from chainrule.models.language_model import LanguageModel, LanguageModelConfig

__all__ = ["GPT2Family"]

_TURNED = tuple(f"{part}.weight" for part in ("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"))


class GPT2Family(Family):
    """GPT-2."""

    title = "GPT-2"
    model = LanguageModel
    names = NameMap(
        ("wte.{}", "embedding.symbols.{}"),
        ("wpe.{}", "embedding.positions.{}"),
        ("h.{}.ln_1.{}", "layers.{}.norm1.{}"),
        ("h.{}.attn.c_attn.{}", "layers.{}.self_attn.in_proj_{}"),
        ("h.{}.attn.c_proj.{}", "layers.{}.self_attn.out_proj.{}"),
        ("h.{}.ln_2.{}", "layers.{}.norm2.{}"),
        ("h.{}.mlp.c_fc.{}", "layers.{}.linear1.{}"),
        ("h.{}.mlp.c_proj.{}", "layers.{}.linear2.{}"),
        ("ln_f.{}", "norm.{}"),
    )

    def recognises(self, weights: Weights) -> bool:
        """Tell it by its configuration, or by its names."""
        said = weights.config.get("model_type")
        return said == "gpt2" or (said is None and any(n.endswith("h.0.attn.c_attn.weight") for n in weights.arrays))

    def build(self, weights: Weights, classes: int | None) -> nn.Module:
        """Make a `LanguageModel` of the configuration."""
        said = Settings(weights)
        said.one_of("tie_word_embeddings", (True,), True)
        said.one_of("scale_attn_weights", (True,), True)
        said.one_of("scale_attn_by_inverse_layer_idx", (False,), False)
        width = said.whole("n_embd")
        return LanguageModel(
            LanguageModelConfig(
                said.whole("vocab_size"),
                said.whole("n_layer"),
                width=width,
                heads=said.whole("n_head"),
                feed_forward=4 * width if weights.config.get("n_inner") is None else said.whole("n_inner"),
                max_length=said.whole("n_positions"),
                activation=said.activation("activation_function", "gelu_new"),
                norm_epsilon=said.number("layer_norm_epsilon", 1e-5),
                dropout=said.number("resid_pdrop", 0.1),
                attention_dropout=said.number("attn_pdrop", 0.1),
            )
        )

    def describe(self, model: Any) -> dict[str, Any]:
        """Describe the model as transformers' ``GPT2LMHeadModel``."""
        config = model.config
        if not (config.norm_first and config.tied and config.positions == "learned"):
            raise WeightsError(
                "GPT-2 has learned positions, norms before each part, and one table for input and output: a model with "
                f"norm_first={config.norm_first}, tied={config.tied} and positions={config.positions!r} cannot be "
                "saved as one"
            )
        return {
            "architectures": ["GPT2LMHeadModel"],
            "model_type": "gpt2",
            "vocab_size": config.vocabulary,
            "n_embd": config.width,
            "n_layer": config.layers,
            "n_head": config.heads,
            "n_inner": config.feed_forward,
            "n_positions": config.max_length,
            "activation_function": published_activation(config.activation),
            "layer_norm_epsilon": config.norm_epsilon,
            "resid_pdrop": config.dropout,
            "embd_pdrop": config.dropout,
            "attn_pdrop": config.attention_dropout,
        }

    def arrivals(self, arrays: Mapping[str, np.ndarray]) -> Iterator[Arrival]:
        """Give arrays our names, and turn the weights of linear layers."""
        for name, array in arrays.items():
            ours = self.names.here(name.removeprefix("transformer."))
            if ours is not None and name.endswith(_TURNED):
                yield Arrival(ours, array.T, (name,), "turned")
            elif ours is not None:
                yield Arrival(ours, array, (name,))

    def departures(self, arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Give arrays transformers' names, and turn the weights of linear layers back."""
        published = super().departures(arrays)
        return {
            f"transformer.{name}": array.T if name.endswith(_TURNED) else array for name, array in published.items()
        }
