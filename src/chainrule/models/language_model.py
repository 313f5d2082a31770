"""The decoder-only Transformer: a language model."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import numpy as np

from chainrule import nn, ops
from chainrule.autodiff import Tensor
from chainrule.models.transformer_parts import LayerConfig, TokenEmbedding, visible_places
from chainrule.nn import init
from chainrule.nn.growing import extend_layers
from chainrule.random import Generator

_GPT2 = {"gpt2": (768, 12, 12), "gpt2-medium": (1024, 16, 24), "gpt2-large": (1280, 20, 36), "gpt2-xl": (1600, 25, 48)}


@dataclass(frozen=True)
class LanguageModelConfig(LayerConfig):
    """The shape of a `LanguageModel`, besides that of its layers.

    Attributes
    ----------
    activation : {"relu", "gelu", "gelu_tanh"}
        As in `LayerConfig`.
    vocabulary : int
        How many symbols there are.
    layers : int
        How many layers there are.
    tied : bool
        Whether the output scores symbols by the table from which they are read.
    """

    vocabulary: int
    layers: int = 4
    tied: bool = True
    activation: str = field(default="gelu_tanh", kw_only=True)

    @classmethod
    def preset(cls, name: str) -> Self:
        """Return the shape of published weights.

        Parameters
        ----------
        name : {"gpt2", "gpt2-medium", "gpt2-large", "gpt2-xl"}
            Their name.

        Returns
        -------
        LanguageModelConfig
            The shape.

        Raises
        ------
        ValueError
            If there are none of this name.
        """
        if name not in _GPT2:
            raise ValueError(f"LanguageModelConfig expected one of {', '.join(_GPT2)}, but got {name!r}")
        width, heads, layers = _GPT2[name]
        return cls(50257, layers, width=width, heads=heads, max_length=1024, attention_dropout=0.1)


class LanguageState(NamedTuple):
    """What a language model keeps of N x W texts of up to S symbols."""

    layers: tuple[nn.KeyValues, ...]  # for each layer, (N, W, heads, S, E / heads)
    places: Any  # (N, W): how many symbols each text has; None if all have S
    visible: Any  # (N, W, S): False at padding; None if there is none


class LanguageModel(nn.Module):
    """A stack of layers in which no place sees a later one, as in GPT-2 (A. Radford et al., 2019).

    Parameters
    ----------
    config : LanguageModelConfig
        Its shape.
    generator : Generator, optional
        Draws the initial weights.
    """

    embedding: TokenEmbedding
    layers: nn.ModuleList
    norm: nn.Module
    output: nn.Linear | None

    def __init__(self, config: LanguageModelConfig, *, generator: Generator | None = None):
        self.config = config
        self.embedding = TokenEmbedding(config.vocabulary, config, generator=generator)
        layers = (config.layer(nn.TransformerEncoderLayer, generator) for _ in range(config.layers))
        self.layers, self.norm, self.output = nn.ModuleList(layers), config.last_norm(), None
        self.dropout = nn.Dropout(config.dropout)
        if not config.tied:
            self.output = nn.Linear(config.width, config.vocabulary, bias=False, generator=generator)
        initialise(self, generator)
        for layer in self.layers:  # as many sums as there are parts keep their size
            for last in (layer.self_attn.out_proj, layer.linear2):
                init.normal_(last.weight, std=0.02 * (2 * config.layers) ** -0.5, generator=generator)

    def forward(self, tokens: Any, lengths: Any = None) -> Tensor:
        """Score the next symbol at each place.

        Parameters
        ----------
        tokens : Array of int, shape (N, T)
            The symbols.
        lengths : Array of int, shape (N,), optional
            How many symbols each text has; as no place sees a later one, they change nothing.

        Returns
        -------
        Tensor, shape (N, T, vocabulary)
            Unnormalised log-probabilities; beyond a text's length they mean nothing.
        """
        return self.scores(self.features(tokens, lengths))

    def features(self, tokens: Any, lengths: Any = None) -> Tensor:
        """Describe each place by what stands up to it.

        Parameters
        ----------
        tokens : Array of int, shape (N, T)
            The symbols.
        lengths : Array of int, shape (N,), optional
            How many symbols each text has; they change nothing.

        Returns
        -------
        Tensor, shape (N, T, E)
            What `scores` scores symbols by.
        """
        x = self.dropout(self.embedding(tokens))
        for layer in self.layers:
            x = layer(x, is_causal=True)
        return self.norm(x)

    def scores(self, features: Any) -> Tensor:
        """Score each symbol.

        Parameters
        ----------
        features : Tensor, shape (..., E)
            As `features` returns them.

        Returns
        -------
        Tensor, shape (..., vocabulary)
            Unnormalised log-probabilities.
        """
        if self.output is None:
            return ops.linear(features, self.embedding.symbols.weight)
        return self.output(features)

    def read(self, tokens: Any, lengths: Any = None) -> tuple[Tensor, LanguageState]:
        """Read the beginnings of texts, to go on with `step`.

        Parameters
        ----------
        tokens : Array of int, shape (N, T)
            The symbols, at least one a text.
        lengths : Array of int, shape (N,), optional
            How many symbols each text has; all T by default.

        Returns
        -------
        log_probabilities : Tensor, shape (N, 1, vocabulary)
            Of the next symbol.
        state : LanguageState
            For one hypothesis a text.
        """
        count, longest = tokens.shape
        x, state = self._extend(ops.expand_dims(tokens, 1), self._nothing_read(count))
        if lengths is None or (np.asarray(lengths) == longest).all():
            return ops.log_softmax(self.scores(x[:, :, -1])), state
        last = np.asarray(lengths)
        final = x[np.arange(count), :, last - 1]  # (N, 1, E)
        visible = ops.expand_dims(visible_places(lengths, longest), 1)
        return ops.log_softmax(self.scores(final)), LanguageState(state.layers, last[:, None], visible)

    def start_search(self, tokens: Any, lengths: Any = None) -> tuple[None, LanguageState]:
        """Prepare a search, whose step is `step`.

        Parameters
        ----------
        tokens : Array of int, shape (N, T)
            What stands before the symbol that the search begins with; T may be 0.
        lengths : Array of int, shape (N,), optional
            How many symbols each text has, at least one; all T by default.

        Returns
        -------
        memory : None
            There is none.
        state : LanguageState
            For one hypothesis a text.
        """
        if not tokens.shape[1]:
            return None, self._nothing_read(tokens.shape[0])
        return None, self.read(tokens, lengths)[1]

    def step(self, tokens: Any, memory: None, state: LanguageState) -> tuple[Tensor, LanguageState]:
        """One step of a search, for W hypotheses of each of N texts.

        Parameters
        ----------
        tokens : Array of int, shape (N, W)
            The last symbol of each.
        memory : None
            There is none.
        state : LanguageState
            Of the symbols before.

        Returns
        -------
        log_probabilities : Tensor, shape (N, W, vocabulary)
            Of the next symbol.
        state : LanguageState
            With these symbols.
        """
        x, state = self._extend(ops.expand_dims(tokens, -1), state)
        return ops.log_softmax(self.scores(ops.squeeze(x, -2))), state

    def _nothing_read(self, count: int) -> LanguageState:
        config, like = self.config, self.embedding.symbols.weight
        shape = (count, 1, config.heads, 0, config.width // config.heads)
        nothing = ops.broadcast_to(ops.reshape(like[:0], (1, 1, 1, 0, shape[-1])), shape)
        return LanguageState((nn.KeyValues(nothing, nothing),) * config.layers, None, None)

    def _extend(self, tokens: Any, state: LanguageState) -> tuple[Tensor, LanguageState]:
        """Read (N, W, T) more symbols: their features (N, W, T, E) and the state after them."""
        before, count = state.layers[0].keys.shape[-2], tokens.shape[-1]
        places, turns, visible, looks = np.arange(before, before + count), None, state.visible, None
        if visible is not None:  # texts of unequal lengths go on where they ended, and do not see their padding
            places = state.places[..., None] + np.arange(count)  # (N, W, T)
            turns = places[:, :, None]  # (N, W, 1, T)
            visible = np.concatenate([visible, np.ones((*visible.shape[:2], count), bool)], axis=-1)
            looks = visible[:, :, None, None]  # (N, W, 1, 1, S + T)
        x, layers = extend_layers(self.layers, self.embedding(tokens, places), state.layers, turns, looks)
        after = None if state.places is None else state.places + count
        return self.norm(x), LanguageState(layers, after, visible)


def initialise(model: nn.Module, generator: Generator | None, std: float = 0.02) -> None:
    """Draw all matrices from a normal distribution, with biases zero, as GPT-2 and BERT do.

    Parameters
    ----------
    model : Module
        Made of layers of this package.
    generator : Generator, optional
        The source; the ambient one by default.
    std : float, default 0.02
        The deviation.
    """
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            init.zeros_(parameter)
        elif len(parameter.shape) > 1:
            init.normal_(parameter, std=std, generator=generator)
