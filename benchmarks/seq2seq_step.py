"""One training step of the pronunciation model on real batches: forward, backward and Adam."""

import itertools
from collections.abc import Callable

import numpy as np
import torch

from benchmarks.harness import Workload
from benchmarks.torch_seq2seq import (
    LEARNING_RATE,
    SMOOTHING,
    TorchSeq2Seq,
    as_tensors,
    loss_of,
    read_cmudict,
    train_step,
    training_batches,
)
from benchmarks.torch_transformer import copy_weights
from chainrule import Generator, Tensor, optim
from chainrule.data import PAD, Batch
from chainrule.models import Seq2Seq, Seq2SeqConfig
from chainrule.nn.functional import cross_entropy

BATCHES = 8  # of different widths, in the order in which training meets them


def workloads() -> list[Workload]:
    """Return the step, with the same weights and batches on both sides."""
    data, source, target = read_cmudict()
    batches = list(itertools.islice(training_batches(data.split("train"), source, target), BATCHES))
    config = Seq2SeqConfig(len(source), len(target))
    ours, theirs = Seq2Seq(config, generator=Generator(0)), TorchSeq2Seq(config)
    copy_weights(ours, theirs)
    _check_equal(ours, theirs, batches[0])
    step = "seq2seq on CMUdict, training step"
    return [Workload(step, _our_steps(ours, batches), _their_steps(theirs, batches), units=BATCHES)]


def _check_equal(ours: Seq2Seq, theirs: TorchSeq2Seq, batch: Batch) -> None:
    """Fail unless both sides do the same work."""
    np.testing.assert_allclose(_our_loss(ours, batch).item(), loss_of(theirs, as_tensors(batch)).item(), rtol=1e-4)


def _our_steps(model: Seq2Seq, batches: list[Batch]) -> Callable[[], object]:
    optimizer = optim.Adam(model.parameters(), lr=LEARNING_RATE)

    def steps() -> None:
        for batch in batches:
            optimizer.zero_grad()
            loss = _our_loss(model, batch)
            loss.backward()
            optimizer.step()
            loss.item()

    return steps


def _our_loss(model: Seq2Seq, batch: Batch) -> Tensor:
    logits = model(batch.source, batch.source_lengths, batch.target_in, batch.target_lengths)
    return cross_entropy(
        logits.reshape(-1, logits.shape[-1]),
        batch.target_out.reshape(-1),
        ignore_index=PAD,
        label_smoothing=SMOOTHING,
    )


def _their_steps(model: TorchSeq2Seq, batches: list[Batch]) -> Callable[[], object]:
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    tensors = [as_tensors(batch) for batch in batches]

    def steps() -> None:
        for batch in tensors:
            train_step(model, optimizer, batch)

    return steps
