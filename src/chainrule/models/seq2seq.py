"""The recurrent encoder-decoder."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from chainrule import nn
from chainrule.autodiff import Tensor
from chainrule.decoding import Hypothesis, beam_search, greedy_search
from chainrule.models.copying import readable
from chainrule.models.decoder import Decoder
from chainrule.models.encoder import Encoded, Encoder
from chainrule.random import Generator


@dataclass(frozen=True)
class Seq2SeqConfig:
    """The shape of a `Seq2Seq`.

    Attributes
    ----------
    source_vocabulary, target_vocabulary : int
        How many symbols each side has.
    embedding_size : int
        The width of embeddings.
    encoder_size : int
        The width of an encoder layer, in each direction.
    decoder_size : int
        The width of a decoder layer.
    encoder_layers, decoder_layers : int
        How many layers each side has.
    cell : {"lstm", "gru"}
        The kind of layer.
    attention : {"dot", "general", "additive"}
        How places of the source are scored.
    dropout : float
        Of embeddings, between layers and before the output.
    input_feeding : bool
        The decoder's layers read what the last symbol was named from, beside that symbol.
    copies : tuple of int or None
        For a model that copies symbols from its sources: for each source symbol the target symbol that it is, -1 for
        none. Sources may have symbols beyond their vocabulary then, and answers S more symbols, one for each place of
        the source (see `chainrule.data.Codec`).
    """

    source_vocabulary: int
    target_vocabulary: int
    embedding_size: int = 128
    encoder_size: int = 128
    decoder_size: int = 256
    encoder_layers: int = 1
    decoder_layers: int = 1
    cell: str = "lstm"
    attention: str = "dot"
    dropout: float = 0.0
    input_feeding: bool = False
    copies: tuple[int, ...] | None = field(default=None, repr=False)


class Seq2Seq(nn.Module):
    """A recurrent encoder-decoder with attention.

    Parameters
    ----------
    config : Seq2SeqConfig
        Its shape.
    generator : Generator, optional
        Draws the initial weights.
    """

    def __init__(self, config: Seq2SeqConfig, *, generator: Generator | None = None):
        super().__init__()
        self.config = config
        self.encoder = Encoder(
            config.source_vocabulary,
            config.embedding_size,
            config.encoder_size,
            config.encoder_layers,
            config.cell,
            dropout=config.dropout,
            generator=generator,
        )
        self.decoder = Decoder(
            config.target_vocabulary,
            config.embedding_size,
            config.decoder_size,
            self.encoder.output_size,
            config.decoder_layers,
            config.cell,
            config.attention,
            dropout=config.dropout,
            input_feeding=config.input_feeding,
            copies=config.copies,
            generator=generator,
        )

    def forward(self, source: Any, source_lengths: Any, target: Any, target_lengths: Any = None) -> Tensor:
        """Score the next symbol at each place of the targets (teacher forcing).

        Parameters
        ----------
        source : Array of int, shape (N, S)
            Source symbols.
        source_lengths : Array of int, shape (N,)
            How many symbols each source has.
        target : Array of int, shape (N, T)
            Target symbols, from the one that marks the beginning.
        target_lengths : Array of int, shape (N,), optional
            How many symbols each target has.

        Returns
        -------
        Tensor, shape (N, T, target vocabulary), or (N, T, target vocabulary + S) of a model that copies
            Unnormalised log-probabilities; beyond a target's length they mean nothing.
        """
        memory, hidden = self.decoder.start(*self._read(source, source_lengths))
        return self.decoder(target, memory, self.decoder.first_state(hidden), target_lengths)

    def features(self, source: Any, source_lengths: Any) -> Tensor:
        """Describe each place of sources, as the decoder sees them.

        Parameters
        ----------
        source : Array of int, shape (N, S)
            Source symbols.
        source_lengths : Array of int, shape (N,)
            How many symbols each source has.

        Returns
        -------
        Tensor, shape (N, S, M)
            The states of the encoder; beyond a source's length they mean nothing.
        """
        return self.encoder(source, source_lengths).states

    def start_search(self, source: Any, source_lengths: Any) -> tuple[Any, Any]:
        """Prepare a search, whose step is `decoder.step`.

        Parameters
        ----------
        source : Array of int, shape (N, S)
            Source symbols.
        source_lengths : Array of int, shape (N,)
            How many symbols each source has.

        Returns
        -------
        memory : Memory
            One row a source.
        state : DecoderState
            Of one hypothesis each, (N, 1, ...).
        """
        return self.decoder.start_search(*self._read(source, source_lengths))

    def _read(self, source: Any, source_lengths: Any) -> tuple[Encoded, Any]:
        """What the decoder starts with."""
        known = source if self.config.copies is None else readable(source, self.config.source_vocabulary)
        return self.encoder(known, source_lengths), source


def seq2seq_encode_decode(
    input_sequence: Any,
    encoder: Encoder,
    decoder: Decoder,
    target_sequence: Any = None,
    *,
    input_lengths: Any = None,
    begin: int = 1,
    end: int = 2,
    max_length: int = 50,
    width: int = 1,
) -> Tensor | list[Hypothesis]:
    """Encode sources, then score given targets or find answers.

    Parameters
    ----------
    input_sequence : Array of int, shape (N, S)
        Source symbols.
    encoder : Encoder
        Reads them.
    decoder : Decoder
        Writes the answers.
    target_sequence : Array of int, shape (N, T), optional
        Target symbols, from the one that marks the beginning (teacher forcing). Without it the decoder runs freely.
    input_lengths : Array of int, shape (N,), optional
        How many symbols each source has; all S by default.
    begin, end : int
        The symbols that mark beginning and end, for a free run.
    max_length : int, default 50
        The most symbols an answer may have.
    width : int, default 1
        How many hypotheses to follow: 1 is greedy search, more is beam search.

    Returns
    -------
    Tensor, shape (N, T, vocabulary), or list of Hypothesis
        Unnormalised log-probabilities for given targets, else the best answer for each source.
    """
    count = input_sequence.shape[0]
    lengths = np.full(count, input_sequence.shape[1]) if input_lengths is None else input_lengths
    encoded = encoder(input_sequence, lengths)
    if target_sequence is not None:
        memory, hidden = decoder.start(encoded)
        return decoder(target_sequence, memory, decoder.first_state(hidden))
    memory, state = decoder.start_search(encoded)
    limits = {"count": count, "begin": begin, "end": end, "max_length": max_length}
    if width == 1:
        return greedy_search(decoder.step, memory, state, **limits)
    return [found[0] for found in beam_search(decoder.step, memory, state, width=width, **limits)]
