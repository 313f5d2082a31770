"""The settings of sequence-to-sequence training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chainrule.data.tokenizers import NORMAL_FORMS, TOKENIZERS, Normalization
from chainrule.models.attention import ATTENTIONS
from chainrule.models.encoder import RECURRENT
from chainrule.models.seq2seq import Seq2SeqConfig
from chainrule.models.transformer import TransformerConfig
from chainrule.models.transformer_parts import POSITIONS
from chainrule.training.config import TrainingSettings
from chainrule.training.settings import setting

__all__ = ["PRESETS", "TRIALS", "Seq2SeqSettings", "with_preset"]

_MODEL, _DATA, _BASE, _DECODING = "Model", "Data", "Fine-tuning", "Answers"
_TOKENIZERS = ("auto", *TOKENIZERS)


#: For each kind of pairs the settings that differ from the defaults.
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "transduce": {},
    "pronounce": {"source_symbols": "characters", "target_symbols": "symbols"},
    "translate": {
        "source_symbols": "bpe",
        "target_symbols": "bpe",
        "joint_vocabulary": True,
        "vocabulary_size": 6000,
        "model": "transformer",
        "tied": "all",
        "dropout": 0.2,
        "learning_rate": 1e-3,
        "warmup_steps": 400,
        "batch_tokens": 3000,
        "bucket_width": 4,
        "length_penalty": 1.0,
        "evaluation_size": 500,
        "evaluate_every": 500,
    },
    "dialogue": {
        "source_symbols": "bpe",
        "target_symbols": "bpe",
        "joint_vocabulary": True,
        "vocabulary_size": 4000,
        "lowercase": True,
        "dropout": 0.2,
        "batch_tokens": 4000,
        "bucket_width": 4,
        "evaluation_size": 500,
    },
}

#: For each kind of pairs what to type after ``chainrule`` to try a trained run.
TRIALS: Mapping[str, str] = {
    "transduce": "predict {run} WORD",
    "pronounce": "predict {run} WORD",
    "translate": "translate {run} < TEXT",
    "dialogue": "chat {run}",
}


@dataclass(frozen=True)
class Seq2SeqSettings(TrainingSettings):
    """Everything that can be set for ``chainrule train seq2seq``.

    Every field has a default; see ``chainrule train seq2seq --help``.
    """

    task: str = setting(
        "transduce",
        "What kind of pairs these are; it sets defaults of the model, the symbols and the scores.",
        group=_MODEL,
        choices=tuple(PRESETS),
    )
    model: str = setting(
        "recurrent",
        "LSTM or GRU with attention, or attention alone.",
        group=_MODEL,
        choices=("recurrent", "transformer"),
    )
    width: int = setting(256, "Of a transformer: width of embeddings and layers.", group=_MODEL, minimum=1)
    heads: int = setting(4, "Of a transformer: heads of attention in a layer.", group=_MODEL, minimum=1)
    feed_forward: int | None = setting(
        None, "Of a transformer: width of the hidden layers; four times the width by default.", group=_MODEL, minimum=1
    )
    positions: str = setting(
        TransformerConfig.positions, "Of a transformer: how it tells places.", group=_MODEL, choices=POSITIONS
    )
    norm_first: bool = setting(
        True, "Of a transformer: normalise before each part of a layer, not after.", group=_MODEL
    )
    tied: str = setting(
        TransformerConfig.tied,
        "Of a transformer: tables that are one.",
        group=_MODEL,
        choices=("none", "decoder", "all"),
    )
    embedding_size: int = setting(Seq2SeqConfig.embedding_size, "Width of the embeddings.", group=_MODEL, minimum=1)
    encoder_size: int = setting(
        Seq2SeqConfig.encoder_size, "Width of an encoder layer, in each direction.", group=_MODEL, minimum=1
    )
    decoder_size: int = setting(Seq2SeqConfig.decoder_size, "Width of a decoder layer.", group=_MODEL, minimum=1)
    encoder_layers: int | None = setting(
        None, "Encoder layers; 1 by default, 3 of a transformer.", group=_MODEL, minimum=1
    )
    decoder_layers: int | None = setting(
        None, "Decoder layers; 1 by default, 3 of a transformer.", group=_MODEL, minimum=1
    )
    cell: str = setting(Seq2SeqConfig.cell, "Kind of recurrent layer.", group=_MODEL, choices=tuple(RECURRENT))
    attention: str = setting(
        Seq2SeqConfig.attention, "How the decoder looks back.", group=_MODEL, choices=tuple(ATTENTIONS)
    )
    input_feeding: bool = setting(
        Seq2SeqConfig.input_feeding, "The decoder's layers read what attention found before.", group=_MODEL
    )
    copy: bool = setting(
        False, "Let answers copy symbols from their inputs, also ones that are not in the vocabulary.", group=_MODEL
    )
    source_end: bool = setting(
        False, "Mark where an input ends; by the mark, attention can count what comes several times.", group=_MODEL
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
    turns: int | None = setting(
        None,
        "Read a file of conversations, an utterance a line and an empty line between two; an input has so many turns.",
        group=_DATA,
        minimum=1,
    )
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

    base: str = setting("", "A run whose weights, shape and input symbols to begin with.", group=_BASE)
    from_scratch: bool = setting(
        False, "Begin with the shape of the base, but with random weights, for comparison.", group=_BASE
    )
    examples: int | None = setting(None, "Learn from so few inputs.", group=_BASE, minimum=1)

    beam_width: int = setting(5, "Answers followed at a time; 1 is greedy.", group=_DECODING, minimum=1)
    length_penalty: float = setting(0.0, "Exponent by which longer answers are preferred.", group=_DECODING, minimum=0)


def with_preset(given: Mapping[str, Any]) -> dict[str, Any]:
    """Lay settings over those that their kind of pairs brings.

    Parameters
    ----------
    given : mapping of str to object
        Settings by name, the kind as ``task``.

    Returns
    -------
    dict of str to object
        The same, with more where the kind differs from the defaults.
    """
    return dict(PRESETS.get(given.get("task", Seq2SeqSettings.task), {})) | dict(given)
