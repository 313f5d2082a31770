"""The plain encoder-decoder: the last state of one network is the first of the other, and nothing else passes."""

from dataclasses import dataclass
from typing import Any

from chainrule import nn, ops
from chainrule.autodiff import Tensor
from chainrule.random import Generator


@dataclass(frozen=True)
class PlainSeq2SeqConfig:
    """The shape of a `PlainSeq2Seq`.

    Attributes
    ----------
    source_vocabulary, target_vocabulary : int
        How many symbols each side has.
    embedding_size : int
        The width of embeddings.
    hidden_size : int
        The width H of both networks.
    """

    source_vocabulary: int
    target_vocabulary: int
    embedding_size: int = 256
    hidden_size: int = 256


class PlainSeq2Seq(nn.Module):
    """A recurrent encoder-decoder without attention (K. Cho et al., 2014; I. Sutskever et al., 2014).

    Parameters
    ----------
    config : PlainSeq2SeqConfig
        Its shape.
    generator : Generator, optional
        Draws the initial weights.
    """

    source_embedding: nn.Embedding
    encoder: nn.GRU
    target_embedding: nn.Embedding
    decoder: nn.GRU
    output: nn.Linear

    def __init__(self, config: PlainSeq2SeqConfig, *, generator: Generator | None = None):
        self.config = config
        width, hidden = config.embedding_size, config.hidden_size
        self.source_embedding = nn.Embedding(config.source_vocabulary, width, generator=generator)
        self.encoder = nn.GRU(width, hidden, generator=generator)
        self.target_embedding = nn.Embedding(config.target_vocabulary, width, generator=generator)
        self.decoder = nn.GRU(width, hidden, generator=generator)
        self.output = nn.Linear(hidden, config.target_vocabulary, generator=generator)

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
        Tensor, shape (N, T, target vocabulary)
            Unnormalised log-probabilities; beyond a target's length they mean nothing.
        """
        _, state = self.encoder(self.source_embedding(source), lengths=source_lengths)
        outputs, _ = self.decoder(self.target_embedding(target), state, lengths=target_lengths)
        return self.output(outputs)

    def start_search(self, source: Any, source_lengths: Any) -> tuple[tuple[()], Tensor]:
        """Prepare a search, whose step is `step`.

        Parameters
        ----------
        source : Array of int, shape (N, S)
            Source symbols.
        source_lengths : Array of int, shape (N,)
            How many symbols each source has.

        Returns
        -------
        memory : tuple
            Empty: nothing of the source is looked at again.
        state : Tensor, shape (N, 1, H)
            What the encoder has made of each source.
        """
        _, state = self.encoder(self.source_embedding(source), lengths=source_lengths)
        return (), ops.swapaxes(state, 0, 1)

    def step(self, tokens: Any, memory: tuple[()], state: Tensor) -> tuple[Tensor, Tensor]:
        """One step of a search, for W hypotheses of each of N sources.

        Parameters
        ----------
        tokens : Array of int, shape (N, W)
            The last symbol of each.
        memory : tuple
            Empty.
        state : Tensor, shape (N, W, H)
            What is known of each.

        Returns
        -------
        log_probabilities : Tensor, shape (N, W, vocabulary)
            Of the next symbol.
        state : Tensor, shape (N, W, H)
            After these symbols.
        """
        count, width = tokens.shape
        rows = (count * width, self.config.hidden_size)
        embedded = self.target_embedding(ops.reshape(tokens, (count * width, 1)))
        outputs, after = self.decoder(embedded, ops.reshape(state, (1, *rows)))
        scores = ops.log_softmax(self.output(ops.reshape(outputs, rows)))
        return ops.reshape(scores, (count, width, -1)), ops.reshape(after, (count, width, -1))
