"""Pre-training and what follows: training steps of language models, embedding of sentences, generation."""

import functools
import importlib.util
import io
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from benchmarks.harness import THREADS, Workload
from benchmarks.torch_transformer import TorchEncoder, TorchLanguageModel
from chainrule import Generator, no_grad, optim
from chainrule.models import (
    LanguageModel,
    LanguageModelConfig,
    TransformerEncoderConfig,
    TransformerEncoderModel,
)
from chainrule.nn.functional import cross_entropy

_GPTS = {
    "GPT 4x128, context 64, batch 12, training step": (65, 4, 128, 4, 64, 12),
    "GPT 6x384, context 256, batch 4, training step": (65, 6, 384, 6, 256, 4),
    "GPT 4x256, vocabulary 8192, context 128, batch 16, training step": (8192, 4, 256, 4, 128, 16),
}
_NEW_SYMBOLS = 64
# Symbols of 32 sentences, chosen to be as long as those of prose are, and sorted, as batches of sentences are.
_LENGTHS = np.array([7, 9, *range(11, 24), 22, 24, 25, 26, 26, 27, 28, 29, 30, 31, 33, 34, 36, 38, 41, 45, 52])
_LENGTHS.sort()


def workloads() -> list[Workload]:
    """Training steps, sentence embedding and generation, with the same weights on both sides."""
    return [*(_training(name, *shape) for name, shape in _GPTS.items()), *_embedding(), _generation()]


def _language_model(vocabulary: int, layers: int, width: int, heads: int, context: int) -> LanguageModel:
    config = LanguageModelConfig(vocabulary, layers, width=width, heads=heads, max_length=context, dropout=0.0)
    return LanguageModel(config, generator=Generator(0))


def _training(name: str, vocabulary: int, layers: int, width: int, heads: int, context: int, batch: int) -> Workload:
    model = _language_model(vocabulary, layers, width, heads, context)
    theirs = TorchLanguageModel(model)
    text = np.random.default_rng(0).integers(0, vocabulary, (batch, context + 1))
    return Workload(name, _our_step(model, text), _their_step(theirs, text))


def _our_step(model: LanguageModel, text: np.ndarray) -> Callable[[], object]:
    optimizer = optim.AdamW(model.parameters(), lr=1e-4)
    tokens, targets = np.ascontiguousarray(text[:, :-1]), text[:, 1:].reshape(-1)

    def step() -> float:
        optimizer.zero_grad()
        logits = model(tokens)
        loss = cross_entropy(logits.reshape(-1, logits.shape[-1]), targets)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def _their_step(model: Any, text: np.ndarray) -> Callable[[], object]:
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    tokens, targets = torch.from_numpy(text[:, :-1].copy()), torch.from_numpy(text[:, 1:].reshape(-1).copy())

    def step() -> float:
        optimizer.zero_grad()
        logits = model(tokens)
        loss = torch.nn.functional.cross_entropy(logits.view(-1, logits.shape[-1]), targets)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


class _MeanOfPlaces(torch.nn.Module):
    """What a sentence is described by: the mean of its places, each of which weighs (N, T, 1) as much as the others."""

    def __init__(self, encoder: TorchEncoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        return (self.encoder(tokens, mask) * weights).sum(dim=1)


def _embedding() -> list[Workload]:
    """Average the last layer of a MiniLM-shaped encoder over each sentence; beside PyTorch, and its graph in ONNX."""
    config = TransformerEncoderConfig.preset("minilm-l6")
    model = TransformerEncoderModel(config, generator=Generator(0)).eval()
    theirs = _MeanOfPlaces(TorchEncoder(model)).eval()
    inside = np.arange(_LENGTHS.max()) < _LENGTHS[:, None]
    tokens = np.where(inside, np.random.default_rng(0).integers(1000, 30000, inside.shape), 0)
    weights = (inside / _LENGTHS[:, None]).astype(np.float32)[..., None]
    arrays = {"tokens": tokens, "mask": inside[:, None, None], "weights": weights}
    tensors = tuple(map(torch.from_numpy, arrays.values()))

    @no_grad()
    def ours() -> object:
        return (model(tokens, _LENGTHS) * weights).sum(axis=1)

    @torch.no_grad()
    def reference() -> object:
        return theirs(*tensors)

    np.testing.assert_allclose(ours().numpy(), reference().numpy(), atol=1e-4)
    name = f"MiniLM, 32 sentences of {_LENGTHS.sum()} symbols"
    found = [Workload(name, ours, reference)]
    if importlib.util.find_spec("onnxruntime") is None or importlib.util.find_spec("onnx") is None:
        print("MiniLM beside onnxruntime is left out: pip install onnxruntime onnx")
        return found

    @functools.cache
    def session() -> Any:
        made = _onnx_session(theirs, tensors, list(arrays))
        np.testing.assert_allclose(ours().numpy(), made.run(None, arrays)[0], atol=1e-4)
        return made

    return [*found, Workload(f"{name}; theirs: onnxruntime", ours, lambda: session().run(None, arrays))]


def _onnx_session(model: torch.nn.Module, example: tuple[torch.Tensor, ...], names: list[str]) -> Any:
    """The graph of a model, with all that onnxruntime does to it; its threads sleep between calls, as ours do."""
    import onnxruntime

    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter without further packages is an older one, and says so
        torch.onnx.export(model, example, file, input_names=names, dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return onnxruntime.InferenceSession(file.getvalue(), options, providers=["CPUExecutionProvider"])


def _generation() -> Workload:
    """The likeliest symbols, one at a time; a call makes `_NEW_SYMBOLS`."""
    model = _language_model(8192, 4, 256, 4, 128).eval()
    theirs = TorchLanguageModel(model).eval()
    prompt = np.random.default_rng(0).integers(0, 8192, (1, 16))
    their_prompt = torch.from_numpy(prompt)

    @no_grad()
    def ours() -> list[int]:
        scores, state = model.read(prompt)
        text = []
        for _ in range(_NEW_SYMBOLS):
            text.append(int(scores.numpy()[0, 0].argmax()))
            scores, state = model.step(np.array([text[-1:]]), None, state)
        return text

    @torch.no_grad()
    def reference() -> list[int]:
        caches: list[list] = [[] for _ in theirs.layers]
        text = []
        x = theirs.embed(their_prompt)
        for layer, cache in zip(theirs.layers, caches):
            cache[:] = layer.self_attn.project(layer.norm1(x))[1:]
            x = layer(x, causal=True)
        scores = theirs.scores(x)[:, -1]
        for place in range(16, 16 + _NEW_SYMBOLS):
            text.append(int(scores[0].argmax()))
            scores = theirs.step(torch.tensor([text[-1:]]), caches, place)
        return text

    assert ours() == reference()
    return Workload("generation, GPT 4x256, vocabulary 8192, one symbol", ours, reference, units=_NEW_SYMBOLS)
