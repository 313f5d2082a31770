"""The recurrent model in PyTorch, as its users write it; ``python -m benchmarks.torch_seq2seq`` learns pronunciation.

A bidirectional LSTM encoder (2 x 128 by default), an LSTM decoder (256) with dot attention, Adam, label smoothing 0.1,
and batches of 128 bucketed by length. Names and shapes of the weights are those of `chainrule.models.Seq2Seq`.
"""

import argparse
import itertools
import time
from collections.abc import Iterable, Iterator

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from benchmarks.harness import THREADS
from chainrule.data import (
    BOS,
    EOS,
    PAD,
    Batch,
    CharacterTokenizer,
    PairDataset,
    Pairs,
    Sequences,
    SymbolTokenizer,
    Tokenizer,
    TrainingBatches,
    encode_pairs,
    load_pairs,
    source_batches,
)
from chainrule.metrics import error_rates
from chainrule.models import Seq2SeqConfig

BATCH = 128
LEARNING_RATE, SMOOTHING, DECAY_FRACTION = 2e-3, 0.1, 0.6
LONGEST_ANSWER = 40


class Encoder(nn.Module):
    """Symbols to states (N, S, M) and the last layer's last states, both directions side by side (N, M)."""

    def __init__(self, config: Seq2SeqConfig) -> None:
        super().__init__()
        self.embedding = nn.Embedding(config.source_vocabulary, config.embedding_size)
        between = config.dropout if config.encoder_layers > 1 else 0.0
        sizes = (config.embedding_size, config.encoder_size, config.encoder_layers)
        self.recurrent = nn.LSTM(*sizes, batch_first=True, bidirectional=True, dropout=between)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, source: torch.Tensor, lengths: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        embedded = self.dropout(self.embedding(source))
        packed = pack_padded_sequence(embedded, lengths, batch_first=True, enforce_sorted=False)
        states, (hidden, _) = self.recurrent(packed)
        return self.dropout(pad_packed_sequence(states, batch_first=True)[0]), torch.cat([*hidden[-2:]], dim=-1)


class Decoder(nn.Module):
    """Symbols so far, looking back at the source, to the next symbol's scores."""

    def __init__(self, config: Seq2SeqConfig) -> None:
        super().__init__()
        memory, size, layers = 2 * config.encoder_size, config.decoder_size, config.decoder_layers
        self.shape = (layers, size)
        self.embedding = nn.Embedding(config.target_vocabulary, config.embedding_size)
        between = config.dropout if layers > 1 else 0.0
        self.recurrent = nn.LSTM(config.embedding_size, size, layers, batch_first=True, dropout=between)
        self.bridge = nn.Linear(memory, layers * size)
        self.combine = nn.Linear(memory + size, size)
        self.output = nn.Linear(size, config.target_vocabulary)
        self.dropout = nn.Dropout(config.dropout)

    def start(self, summary: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        hidden = torch.tanh(self.bridge(summary)).unflatten(1, self.shape).transpose(0, 1).contiguous()
        return hidden, torch.zeros_like(hidden)

    def forward(self, target, memory, mask, state):
        outputs, state = self.recurrent(self.dropout(self.embedding(target)), state)
        scores = torch.bmm(outputs, memory.transpose(1, 2)).masked_fill(~mask.unsqueeze(1), float("-inf"))  # (N, T, S)
        context = torch.bmm(torch.softmax(scores, dim=-1), memory)
        seen = torch.tanh(self.combine(torch.cat([context, outputs], dim=-1)))
        return self.output(self.dropout(seen)), state


class TorchSeq2Seq(nn.Module):
    """Both together, for training with the right answer as input: our `Seq2Seq` with LSTM and dot attention."""

    def __init__(self, config: Seq2SeqConfig) -> None:
        super().__init__()
        known = (config.cell, config.attention, config.decoder_size) == ("lstm", "dot", 2 * config.encoder_size)
        assert known, f"{config} has no counterpart here"
        self.encoder, self.decoder = Encoder(config), Decoder(config)

    def forward(self, source: torch.Tensor, lengths: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        memory, summary = self.encoder(source, lengths)
        return self.decoder(target, memory, source != PAD, self.decoder.start(summary))[0]

    @torch.no_grad()
    def greedy(self, source: torch.Tensor, lengths: torch.Tensor) -> list[list[int]]:
        """The likeliest next symbol, one after the other."""
        memory, summary = self.encoder(source, lengths)
        state, mask = self.decoder.start(summary), source != PAD
        token = torch.full((len(source), 1), BOS)
        answers: list[list[int]] = []
        ended = torch.zeros(len(source), dtype=torch.bool)
        while len(answers) < LONGEST_ANSWER and not ended.all():
            logits, state = self.decoder(token, memory, mask, state)
            token = logits.argmax(dim=-1)
            ended |= token[:, 0] == EOS
            answers.append(token[:, 0].tolist())
        return [list(itertools.takewhile(lambda symbol: symbol != EOS, answer)) for answer in zip(*answers)]


def read_cmudict() -> tuple[PairDataset, Tokenizer, Tokenizer]:
    """Return CMUdict with the tokenizers of words and of pronunciations."""
    data = load_pairs("cmudict")
    train = data.split("train")
    source = CharacterTokenizer.fit(train.sources)
    return data, source, SymbolTokenizer.fit(target for _, target in train.rows())


def training_batches(train: Pairs, source: Tokenizer, target: Tokenizer) -> TrainingBatches:
    """Return the batches that both libraries train on."""
    return TrainingBatches(encode_pairs(train, source, target), max_tokens=64 * BATCH, max_rows=BATCH)


def as_tensors(batch: Batch) -> tuple[torch.Tensor, ...]:
    """Return a batch as PyTorch takes it: source, its lengths, target to read and target to answer."""
    return tuple(map(torch.from_numpy, (batch.source, batch.source_lengths, batch.target_in, batch.target_out)))


def loss_of(model: TorchSeq2Seq, tensors: tuple[torch.Tensor, ...]) -> torch.Tensor:
    """Return the mean cross-entropy of what is not padding."""
    source, lengths, target_in, target_out = tensors
    logits = model(source, lengths, target_in)
    return cross_entropy(logits.flatten(0, 1), target_out.flatten(), ignore_index=PAD, label_smoothing=SMOOTHING)


def train_step(model: TorchSeq2Seq, optimizer: torch.optim.Optimizer, tensors: tuple[torch.Tensor, ...]) -> float:
    """Make one step and return its loss."""
    optimizer.zero_grad()
    loss = loss_of(model, tensors)
    loss.backward()
    optimizer.step()
    return loss.item()


def train(model: TorchSeq2Seq, batches: Iterable[Batch], minutes: float) -> int:
    """Train for a time, the learning rate falling to zero over its last part; the number of steps."""
    optimizer = torch.optim.Adam(model.parameters(), lr=LEARNING_RATE)
    began, left, steps = time.perf_counter(), 1.0, 0
    for batch in batches:
        left = 1 - (time.perf_counter() - began) / (60 * minutes)
        if left <= 0:
            break
        optimizer.param_groups[0]["lr"] = LEARNING_RATE * min(1.0, left / DECAY_FRACTION)
        loss = train_step(model, optimizer, as_tensors(batch))
        if steps % 250 == 0:
            print(f"step {steps}  loss {loss:.3f}  {100 * left:.0f} % of the time left", flush=True)
        steps += 1
    return steps


def answers(model: TorchSeq2Seq, words: tuple[str, ...], source: Tokenizer, target: Tokenizer) -> Iterator[list[str]]:
    """Pronounce words, in their order."""
    found: dict[int, list[int]] = {}
    for batch in source_batches(Sequences.encode(words, source), max_tokens=8192, max_rows=256):
        found |= dict(zip(batch.indices, model.greedy(*map(torch.from_numpy, (batch.source, batch.source_lengths)))))
    return (target.decode_symbols(found[i]) for i in range(len(words)))


def main() -> None:
    """Train as long as `make demo` does and score the test set."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torch_seq2seq", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long to train (default: %(default)s)")
    minutes = parser.parse_args().minutes
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    data, source, target = read_cmudict()
    model = TorchSeq2Seq(Seq2SeqConfig(len(source), len(target)))
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters")
    steps = train(model, training_batches(data.split("train"), source, target), minutes)
    test = data.split("test")
    references = [[target.split(text) for text in texts] for texts in test.references]
    rates = error_rates(list(answers(model.eval(), test.sources, source, target)), references)
    print(f"{steps} steps: word error rate {100 * rates.sequence_error_rate:.2f} %,", end=" ")
    print(f"phoneme error rate {100 * rates.symbol_error_rate:.2f} %")


if __name__ == "__main__":
    main()
