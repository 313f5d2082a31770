"""The model of a run and what belongs to it: settings, tokenizers, the longest answer."""

from __future__ import annotations

from chainrule.data.codec import Codec, same_symbols
from chainrule.data.tokenizers import Tokenizer, load_tokenizer
from chainrule.errors import CheckpointError, ConfigError
from chainrule.models import Seq2Seq, Seq2SeqConfig, Transformer, TransformerConfig
from chainrule.random import Generator
from chainrule.tasks.runs import settings_of
from chainrule.tasks.seq2seq.search import LengthLimit
from chainrule.tasks.seq2seq.settings import Seq2SeqSettings
from chainrule.training.run import RunFolder

__all__ = [
    "SOURCE_TOKENIZER",
    "TARGET_TOKENIZER",
    "EncoderDecoder",
    "length_limit",
    "make_codec",
    "make_model",
    "most_symbols",
    "read_settings",
    "read_tokenizers",
]

SOURCE_TOKENIZER, TARGET_TOKENIZER = "source_tokenizer.json", "target_tokenizer.json"


#: An encoder-decoder: called with both sides, searched with ``start_search`` and ``decoder.step``.
EncoderDecoder = Seq2Seq | Transformer


def make_model(
    settings: Seq2SeqSettings, source_tokenizer: Tokenizer, target_tokenizer: Tokenizer, generator: Generator
) -> EncoderDecoder:
    """Make an untrained model.

    Parameters
    ----------
    settings : Seq2SeqSettings
        Its shape.
    source_tokenizer, target_tokenizer : Tokenizer
        The symbols of each side.
    generator : Generator
        Draws the initial weights.

    Returns
    -------
    Seq2Seq or Transformer
        The model.

    Raises
    ------
    ConfigError
        When settings do not go together.
    """
    make = _make_recurrent if settings.model == "recurrent" else _make_transformer
    try:
        return make(settings, source_tokenizer, target_tokenizer, generator)
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _make_recurrent(settings: Seq2SeqSettings, source: Tokenizer, target: Tokenizer, generator: Generator) -> Seq2Seq:
    shape = Seq2SeqConfig(
        len(source),
        len(target),
        embedding_size=settings.embedding_size,
        encoder_size=settings.encoder_size,
        decoder_size=settings.decoder_size,
        encoder_layers=settings.encoder_layers or Seq2SeqConfig.encoder_layers,
        decoder_layers=settings.decoder_layers or Seq2SeqConfig.decoder_layers,
        cell=settings.cell,
        attention=settings.attention,
        dropout=settings.dropout,
        input_feeding=settings.input_feeding,
        copies=same_symbols(source, target) if settings.copy else None,
    )
    return Seq2Seq(shape, generator=generator)


def _make_transformer(
    settings: Seq2SeqSettings, source: Tokenizer, target: Tokenizer, generator: Generator
) -> Transformer:
    if settings.copy or settings.input_feeding:
        raise ConfigError("copy and input_feeding are for the recurrent model: leave them out, or set model recurrent")
    shape = TransformerConfig(
        len(source),
        len(target),
        settings.encoder_layers or TransformerConfig.encoder_layers,
        settings.decoder_layers or TransformerConfig.decoder_layers,
        settings.tied,
        positions=settings.positions,
        width=settings.width,
        heads=settings.heads,
        feed_forward=settings.feed_forward,
        norm_first=settings.norm_first,
        dropout=settings.dropout,
    )
    return Transformer(shape, generator=generator)


def read_settings(run: RunFolder) -> Seq2SeqSettings:
    """Read the settings of a run.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    Seq2SeqSettings
        Its settings.

    Raises
    ------
    CheckpointError
        When the run is of another task, or its settings do not fit this version.
    """
    return settings_of(run, Seq2SeqSettings, "seq2seq")


def read_tokenizers(run: RunFolder) -> tuple[Tokenizer, Tokenizer]:
    """Read the tokenizers of a run.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    tuple of Tokenizer
        That of the inputs and that of the answers.

    Raises
    ------
    CheckpointError
        When a file is missing or damaged.
    """
    return load_tokenizer(run.path / SOURCE_TOKENIZER), load_tokenizer(run.path / TARGET_TOKENIZER)


def make_codec(settings: Seq2SeqSettings, source: Tokenizer, target: Tokenizer) -> Codec:
    """Put the tokenizers of both sides together, as a model of these settings needs it.

    Parameters
    ----------
    settings : Seq2SeqSettings
        The settings.
    source, target : Tokenizer
        Those of the inputs and of the answers.

    Returns
    -------
    Codec
        Pairs to numbers and back.
    """
    return Codec(source, target, settings.copy, settings.source_end)


def most_symbols(settings: Seq2SeqSettings) -> int | None:
    """Tell how many symbols a model can take on a side.

    Parameters
    ----------
    settings : Seq2SeqSettings
        Its shape.

    Returns
    -------
    int or None
        None for any number: only learned positions are bounded.
    """
    bounded = settings.model == "transformer" and settings.positions == "learned"
    return TransformerConfig.max_length - settings.source_end if bounded else None


def length_limit(run: RunFolder) -> LengthLimit:
    """Read how long the answers of a run may become.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    LengthLimit
        The limit.

    Raises
    ------
    CheckpointError
        When its ``config.json`` does not say so.
    """
    data = run.config.data
    try:
        return LengthLimit(int(data["longest_source"]), int(data["longest_target"]), most_symbols(read_settings(run)))
    except (KeyError, TypeError, ValueError):
        raise CheckpointError(f"{run.path}/config.json is damaged: it lacks the longest input and answer") from None
