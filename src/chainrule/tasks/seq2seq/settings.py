"""The settings of sequence-to-sequence training."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.data.tokenizers import NORMAL_FORMS, TOKENIZERS, Normalization
from chainrule.models.attention import ATTENTIONS
from chainrule.models.encoder import RECURRENT
from chainrule.models.seq2seq import Seq2SeqConfig
from chainrule.training.config import TrainingSettings
from chainrule.training.settings import setting

__all__ = ["Seq2SeqSettings"]

_MODEL, _DATA, _DECODING = "Model", "Data", "Answers"
_TOKENIZERS = ("auto", *TOKENIZERS)


@dataclass(frozen=True)
class Seq2SeqSettings(TrainingSettings):
    """Everything that can be set for ``chainrule train seq2seq``.

    Every field has a default; see ``chainrule train seq2seq --help``.
    """

    embedding_size: int = setting(Seq2SeqConfig.embedding_size, "Width of the embeddings.", group=_MODEL, minimum=1)
    encoder_size: int = setting(
        Seq2SeqConfig.encoder_size, "Width of an encoder layer, in each direction.", group=_MODEL, minimum=1
    )
    decoder_size: int = setting(Seq2SeqConfig.decoder_size, "Width of a decoder layer.", group=_MODEL, minimum=1)
    encoder_layers: int = setting(Seq2SeqConfig.encoder_layers, "Encoder layers.", group=_MODEL, minimum=1)
    decoder_layers: int = setting(Seq2SeqConfig.decoder_layers, "Decoder layers.", group=_MODEL, minimum=1)
    cell: str = setting(Seq2SeqConfig.cell, "Kind of recurrent layer.", group=_MODEL, choices=tuple(RECURRENT))
    attention: str = setting(
        Seq2SeqConfig.attention, "How the decoder looks back.", group=_MODEL, choices=tuple(ATTENTIONS)
    )
    dropout: float = setting(0.0, "Share of activations dropped.", group=_MODEL, minimum=0, below=1)
    label_smoothing: float = setting(
        0.1, "Share of the target's probability spread over all symbols.", group=_MODEL, minimum=0, below=1
    )

    scheduled_sampling: float = setting(
        0.0,
        "Share of the symbols given to the decoder that are its own guesses.",
        group=_MODEL,
        minimum=0,
        below=1,
    )
    r_drop: float = setting(
        0.0, "How strongly two passes with different dropout must agree (R-Drop).", group=_MODEL, minimum=0
    )

    source_column: int = setting(1, "Column of the inputs in a file.", group=_DATA, minimum=1)
    target_column: int = setting(2, "Column of the outputs in a file.", group=_DATA, minimum=1)
    encoding: str = setting("utf-8", "Encoding of a file.", group=_DATA)
    source_symbols: str = setting("auto", "What the symbols of an input are.", group=_DATA, choices=_TOKENIZERS)
    target_symbols: str = setting("auto", "What the symbols of an output are.", group=_DATA, choices=_TOKENIZERS)
    vocabulary_size: int | None = setting(
        None, "Most symbols of a side; by default 4000 subwords, or all symbols.", group=_DATA, minimum=5
    )
    joint_vocabulary: bool = setting(False, "The same symbols for both sides.", group=_DATA)
    byte_fallback: bool = setting(False, "Write characters that subwords do not know as bytes.", group=_DATA)
    normal_form: str = setting(Normalization.form, "Unicode form of all texts.", group=_DATA, choices=NORMAL_FORMS)
    lowercase: bool = setting(Normalization.lowercase, "Small letters only.", group=_DATA)
    bpe_dropout: float = setting(
        0.0, "How often a joining of subwords is passed over in training.", group=_DATA, minimum=0, below=1
    )
    batch_size: int = setting(128, "Most pairs in a batch.", group=_DATA, minimum=1)
    batch_tokens: int = setting(8192, "Most symbols on one side of a batch, padding included.", group=_DATA, minimum=1)
    bucket_width: int = setting(1, "Lengths that differ by less than this may share a batch.", group=_DATA, minimum=1)
    evaluation_size: int = setting(
        10_000, "Most inputs of the development set to measure on while training.", group=_DATA, minimum=1
    )

    beam_width: int = setting(5, "Answers followed at a time; 1 is greedy.", group=_DECODING, minimum=1)
    length_penalty: float = setting(0.0, "Exponent by which longer answers are preferred.", group=_DECODING, minimum=0)
