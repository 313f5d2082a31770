"""The GRU of the package ``g2p_en``, which pronounces English words."""

from __future__ import annotations

from typing import Any

from chainrule import nn
from chainrule.interop.families.family import Family
from chainrule.interop.names import NameMap
from chainrule.interop.weights import Weights
from chainrule.models.plain_seq2seq import PlainSeq2Seq, PlainSeq2SeqConfig

__all__ = ["G2PFamily"]


class G2PFamily(Family):
    """A plain encoder-decoder of two GRUs."""

    title = "g2p_en's GRU"
    model = PlainSeq2Seq
    names = NameMap(
        ("enc_emb", "source_embedding.weight"),
        ("enc_w_ih", "encoder.weight_ih_l0"),
        ("enc_w_hh", "encoder.weight_hh_l0"),
        ("enc_b_ih", "encoder.bias_ih_l0"),
        ("enc_b_hh", "encoder.bias_hh_l0"),
        ("dec_emb", "target_embedding.weight"),
        ("dec_w_ih", "decoder.weight_ih_l0"),
        ("dec_w_hh", "decoder.weight_hh_l0"),
        ("dec_b_ih", "decoder.bias_ih_l0"),
        ("dec_b_hh", "decoder.bias_hh_l0"),
        ("fc_w", "output.weight"),
        ("fc_b", "output.bias"),
    )

    def recognises(self, weights: Weights) -> bool:
        """Tell it by its names."""
        return {"enc_emb", "enc_w_hh", "dec_emb", "fc_w"} <= set(weights.arrays)

    def build(self, weights: Weights, classes: int | None) -> nn.Module:
        """Make a `PlainSeq2Seq` of the arrays' sizes."""
        (source, width), target = weights.arrays["enc_emb"].shape, len(weights.arrays["dec_emb"])
        return PlainSeq2Seq(PlainSeq2SeqConfig(source, target, width, weights.arrays["enc_w_hh"].shape[1]))

    def describe(self, model: Any) -> dict[str, Any]:
        """Name the architecture."""
        return {"architecture": "g2p_en"}
