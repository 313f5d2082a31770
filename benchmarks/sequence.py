"""The Transformer encoder-decoder: a training step, and beam search."""

from typing import Any

import numpy as np
import torch

from benchmarks.harness import Workload
from benchmarks.torch_transformer import TorchTransformer, beam_search
from chainrule import Generator, decoding, no_grad, optim
from chainrule.models import Transformer, TransformerConfig
from chainrule.nn.functional import cross_entropy

_VOCABULARY, _LETTERS, _WIDTH = 8000, 80, 5
_BATCH, _SOURCES = 80, (25, 20)  # sentences of up to 25 symbols, 20 to begin with: 2,000 tokens of the target
_SEARCHED, _STEPS = 64, 24


def workloads() -> list[Workload]:
    """Training and search, with the same weights on both sides."""
    return [_training(), _search(_VOCABULARY), _search(_LETTERS)]


def _model(vocabulary: int) -> Transformer:
    config = TransformerConfig(vocabulary, vocabulary, 3, 3, width=256, heads=4, dropout=0.0)
    return Transformer(config, generator=Generator(0))


def _sentences(
    count: int, least: int, most: int, seed: int, vocabulary: int = _VOCABULARY
) -> tuple[np.ndarray, np.ndarray]:
    """Symbols (N, T), 0 at padding, and lengths (N,)."""
    rng = np.random.default_rng(seed)
    lengths = rng.integers(least, most + 1, count)
    lengths[0] = most
    inside = np.arange(most) < lengths[:, None]
    return np.where(inside, rng.integers(4, vocabulary, inside.shape), 0), lengths


def _training() -> Workload:
    model = _model(_VOCABULARY)
    theirs = TorchTransformer(model)
    source, source_lengths = _sentences(_BATCH, 20, 25, 0)
    target, _ = _sentences(_BATCH, 21, 26, 1)
    return Workload(
        "Transformer 3+3, 256 wide, vocabulary 8000, batch of 2,000 tokens, training step",
        _our_step(model, source, source_lengths, target),
        _their_step(theirs, source, source_lengths, target),
    )


def _our_step(model: Transformer, source: np.ndarray, lengths: np.ndarray, target: np.ndarray) -> Any:
    optimizer = optim.AdamW(model.parameters(), lr=1e-4)
    before, after = np.ascontiguousarray(target[:, :-1]), target[:, 1:].reshape(-1)

    def step() -> float:
        optimizer.zero_grad()
        logits = model(source, lengths, before)
        loss = cross_entropy(logits.reshape(-1, _VOCABULARY), after, ignore_index=0, label_smoothing=0.1)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def _their_step(model: TorchTransformer, source: np.ndarray, lengths: np.ndarray, target: np.ndarray) -> Any:
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    sources, mask = torch.from_numpy(source), _mask(source, lengths)
    before, after = torch.from_numpy(target[:, :-1].copy()), torch.from_numpy(target[:, 1:].reshape(-1).copy())

    def step() -> float:
        optimizer.zero_grad()
        logits = model(sources, mask, before).view(-1, _VOCABULARY)
        loss = torch.nn.functional.cross_entropy(logits, after, ignore_index=0, label_smoothing=0.1)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def _search(vocabulary: int) -> Workload:
    """Both follow all hypotheses through as many steps, for untrained models do not end by themselves.

    Our last step is the one after which an answer may only end; PyTorch's loop writes another symbol instead.
    """
    model = _model(vocabulary).eval()
    theirs = TorchTransformer(model).eval()
    source, lengths = _sentences(_SEARCHED, 8, 25, 2, vocabulary)
    their_source, mask = torch.from_numpy(source), _mask(source, lengths)
    limits = {"count": _SEARCHED, "begin": 1, "end": 2, "width": _WIDTH}
    never_ending = [decoding.ForbiddenSymbols([2])]

    def ours(steps: int = _STEPS) -> list[list[int]]:
        with no_grad():
            memory, state = model.start_search(source, lengths)
        step, options = model.decoder.step, {**limits, "max_length": steps - 1, "filters": never_ending}
        return [answers[0].tokens for answers in decoding.beam_search(step, memory, state, **options)]

    def reference(steps: int = _STEPS) -> list[list[int]]:
        return beam_search(theirs, their_source, mask, _WIDTH, 1, 2, steps)[:, 1:].tolist()

    same = sum(one == other for one, other in zip(ours(_STEPS + 1), reference()))
    assert same >= _SEARCHED - 2, f"{same} of {_SEARCHED} answers agree"  # near ties
    name = f"beam search, Transformer 3+3, vocabulary {vocabulary}, width 5, batch 64, {_STEPS} steps"
    return Workload(name, ours, reference)


def _mask(tokens: np.ndarray, lengths: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.arange(tokens.shape[1]) < lengths[:, None])[:, None, None]
