"""Transformers in PyTorch, written as its users would who care about speed, with our weights."""

import math
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from chainrule.models import LanguageModel, Transformer, TransformerEncoderModel


class Attention(nn.Module):
    """Attention with several heads, by way of ``scaled_dot_product_attention``."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)

    def split(self, x: torch.Tensor) -> torch.Tensor:
        """(N, T, E) to (N, heads, T, d)."""
        return x.view(*x.shape[:2], self.heads, -1).transpose(1, 2)

    def project(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Queries, keys and values of self-attention."""
        return [self.split(part) for part in F.linear(x, self.in_proj_weight, self.in_proj_bias).chunk(3, dim=-1)]

    def query(self, x: torch.Tensor) -> torch.Tensor:
        """Queries alone."""
        width = x.shape[-1]
        return self.split(F.linear(x, self.in_proj_weight[:width], self.in_proj_bias[:width]))

    def memory(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Keys and values alone."""
        width = x.shape[-1]
        both = F.linear(x, self.in_proj_weight[width:], self.in_proj_bias[width:])
        return [self.split(part) for part in both.chunk(2, dim=-1)]

    def attend(self, q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, **options: Any) -> torch.Tensor:
        """The averages, joined: (N, T, E)."""
        y = F.scaled_dot_product_attention(q, k, v, **options)
        return self.out_proj(y.transpose(1, 2).reshape(q.shape[0], q.shape[2], -1))


class Layer(nn.Module):
    """A layer of an encoder or, with attention across, of a decoder."""

    def __init__(
        self,
        width: int,
        heads: int,
        norm_first: bool,
        activation: str,
        eps: float,
        dropout: float = 0.0,
        across: bool = False,
    ):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.self_attn = Attention(width, heads)
        if across:
            self.multihead_attn = Attention(width, heads)
        self.linear1, self.linear2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        for number in range(1, 4 if across else 3):
            setattr(self, f"norm{number}", nn.LayerNorm(width, eps))
        self.norm_first, self.activation = norm_first, activation

    def feed_forward(self, x: torch.Tensor) -> torch.Tensor:
        """The two linear maps."""
        x = self.linear1(x)
        if self.activation == "relu":
            return self.linear2(F.relu(x))
        return self.linear2(F.gelu(x, approximate="tanh" if self.activation == "gelu_tanh" else "none"))

    def part(self, norm: nn.Module, x: torch.Tensor, function: Any) -> torch.Tensor:
        """One part with its sum and norm."""
        if self.norm_first:
            return x + self.dropout(function(norm(x)))
        return norm(x + self.dropout(function(x)))

    def forward(self, x: torch.Tensor, memory: torch.Tensor | None = None, mask: Any = None, causal: bool = False):
        """All parts."""
        own = None if memory is not None else mask
        x = self.part(
            self.norm1,
            x,
            lambda h: self.self_attn.attend(*self.self_attn.project(h), attn_mask=own, is_causal=causal),
        )
        if memory is None:
            return self.part(self.norm2, x, self.feed_forward)
        across = self.multihead_attn
        x = self.part(self.norm2, x, lambda h: across.attend(across.query(h), *across.memory(memory), attn_mask=mask))
        return self.part(self.norm3, x, self.feed_forward)

    def step(self, x: torch.Tensor, cache: list, memory: Any = None, mask: Any = None) -> torch.Tensor:
        """One more place of each sequence, (N, 1, E) or, beside memories, (N * W, 1, E); the cache grows."""

        def look_back(h: torch.Tensor) -> torch.Tensor:
            q, k, v = self.self_attn.project(h)
            if cache:
                k, v = torch.cat([cache[0], k], dim=2), torch.cat([cache[1], v], dim=2)
            cache[:] = [k, v]
            return self.self_attn.attend(q, k, v)

        x = self.part(self.norm1, x, look_back)
        if memory is None:
            return self.part(self.norm2, x, self.feed_forward)
        across, count = self.multihead_attn, memory[0].shape[0]

        def look_up(h: torch.Tensor) -> torch.Tensor:
            grouped = h.view(count, -1, h.shape[-1])  # the hypotheses of a source are the places of one query
            return across.attend(across.query(grouped), *memory, attn_mask=mask).view(h.shape)

        return self.part(self.norm3, self.part(self.norm2, x, look_up), self.feed_forward)


class Stack(nn.Module):
    """Embedding, layers, last norm."""

    def __init__(self, ours: Any, config: Any, layers: int, across: bool = False):
        super().__init__()
        self.embedding = nn.Module()
        table = ours.embedding.symbols.weight
        self.embedding.symbols = nn.Embedding(*table.shape)
        if config.positions == "learned":
            self.embedding.positions = nn.Embedding(config.max_length, config.width)
        options = (config.width, config.heads, config.norm_first, config.activation, config.norm_epsilon)
        self.dropout = nn.Dropout(config.dropout)
        self.layers = nn.ModuleList(Layer(*options, config.dropout, across) for _ in range(layers))
        self.norm = nn.LayerNorm(config.width, config.norm_epsilon) if config.norm_first else nn.Identity()
        self.scale = ours.embedding.scale
        if config.positions == "sinusoidal":
            self.register_buffer("waves", _waves(256, config.width), persistent=False)

    def embed(self, tokens: torch.Tensor, start: int = 0) -> torch.Tensor:
        """Symbols and places."""
        x = self.embedding.symbols(tokens)
        table = self.waves if hasattr(self, "waves") else self.embedding.positions.weight
        return self.dropout((x if self.scale == 1.0 else x * self.scale) + table[start : start + tokens.shape[1]])

    def scores(self, x: torch.Tensor) -> torch.Tensor:
        """Of symbols, by the tied table."""
        return F.linear(self.norm(x), self.embedding.symbols.weight)


class TorchLanguageModel(Stack):
    """Our `LanguageModel`."""

    def __init__(self, ours: LanguageModel):
        super().__init__(ours, ours.config, ours.config.layers)
        copy_weights(ours, self)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Scores of the next symbol at each place."""
        x = self.embed(tokens)
        for layer in self.layers:
            x = layer(x, causal=True)
        return self.scores(x)

    def step(self, tokens: torch.Tensor, caches: list, place: int) -> torch.Tensor:
        """Scores (N, V) after one more symbol (N, 1)."""
        x = self.embed(tokens, place)
        for layer, cache in zip(self.layers, caches):
            x = layer.step(x, cache)
        return self.scores(x)[:, -1]


class TorchEncoder(Stack):
    """Our `TransformerEncoderModel`."""

    def __init__(self, ours: TransformerEncoderModel):
        super().__init__(ours, ours.config, ours.config.layers)
        self.types = nn.Embedding(ours.config.types, ours.config.width)
        self.embedding_norm = nn.LayerNorm(ours.config.width, ours.config.norm_epsilon)
        self.pooler = nn.Linear(ours.config.width, ours.config.width)
        copy_weights(ours, self)

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Describe each place; mask (N, 1, 1, T) is False at padding."""
        x = self.embedding_norm(self.embed(tokens) + self.types.weight[0])
        for layer in self.layers:
            x = layer(x, mask=mask)
        return x


class TorchTransformer(nn.Module):
    """Our `Transformer`, with sinusoidal positions and a tied decoder, or one table for all."""

    def __init__(self, ours: Transformer):
        super().__init__()
        config = ours.config
        self.encoder = Stack(ours.encoder, config, config.encoder_layers)
        self.decoder = Stack(ours.decoder, config, config.decoder_layers, across=True)
        if config.tied == "all":
            self.encoder.embedding.symbols = self.decoder.embedding.symbols
        copy_weights(ours, self)

    def encode(self, source: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """States of the sources; mask (N, 1, 1, S) is False at padding."""
        x = self.encoder.embed(source)
        for layer in self.encoder.layers:
            x = layer(x, mask=mask)
        return self.encoder.norm(x)

    def forward(self, source: torch.Tensor, mask: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Scores of the next symbol at each place."""
        memory = self.encode(source, mask)
        x = self.decoder.embed(target)
        for layer in self.decoder.layers:
            x = layer(x, memory, mask, causal=True)
        return self.decoder.scores(x)

    def step(self, tokens: torch.Tensor, memories: list, mask: torch.Tensor, caches: list, place: int) -> torch.Tensor:
        """Scores (N * W, V) after one more symbol (N * W, 1)."""
        x = self.decoder.embed(tokens, place)
        for layer, cache, memory in zip(self.decoder.layers, caches, memories):
            x = layer.step(x, cache, memory, mask)
        return self.decoder.scores(x)[:, -1]


@torch.no_grad()
def beam_search(
    model: TorchTransformer, source: torch.Tensor, mask: torch.Tensor, width: int, begin: int, end: int, steps: int
) -> torch.Tensor:
    """The best hypotheses of a batch, (N, steps + 1): caches are kept and put in the beams' new order each step.

    Without an early stop: all hypotheses are followed for all steps, as ours are in the comparison.
    """
    memory = model.encode(source, mask)
    memories = [layer.multihead_attn.memory(memory) for layer in model.decoder.layers]
    count, caches = len(source), [[] for _ in memories]
    written = torch.full((count * width, 1), begin)
    totals = torch.full((count, width), -torch.inf)
    totals[:, 0] = 0.0
    for place in range(steps):
        log_probs = model.step(written[:, -1:], memories, mask, caches, place).log_softmax(-1)
        log_probs[:, end] = -torch.inf
        grown = (totals[:, :, None] + log_probs.view(count, width, -1)).view(count, -1)
        totals, best = grown.topk(width, dim=1)
        rows = (best // log_probs.shape[-1] + torch.arange(count)[:, None] * width).view(-1)
        written = torch.cat([written[rows], (best % log_probs.shape[-1]).view(-1, 1)], dim=1)
        for cache in caches:
            cache[:] = [part.index_select(0, rows) for part in cache]
    return written.view(count, width, -1)[:, 0]


def copy_weights(ours: Any, theirs: nn.Module) -> None:
    """Give PyTorch's model our weights; the names are the same."""
    theirs.load_state_dict({name: torch.tensor(np.asarray(weight)) for name, weight in ours.state_dict().items()})


def _waves(length: int, width: int) -> torch.Tensor:
    frequencies = torch.exp(-math.log(1e4) * 2 * torch.arange(width // 2) / width)
    angles = torch.arange(length)[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
