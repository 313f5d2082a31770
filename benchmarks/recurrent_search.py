"""Beam search of the pronunciation model: LSTM encoder-decoder with attention, against a loop that keeps states."""

import numpy as np
import torch

from benchmarks.harness import Workload
from benchmarks.torch_seq2seq import TorchSeq2Seq
from chainrule import Generator, decoding, no_grad
from chainrule.models import Seq2Seq, Seq2SeqConfig

_LETTERS, _PHONEMES = 34, 43
_BATCH, _WIDTH, _STEPS, _LONGEST = 64, 5, 20, 12
_BEGIN, _END = 1, 2


def workloads() -> list[Workload]:
    """Both follow all hypotheses to the last step: untrained models do not end by themselves."""
    model = Seq2Seq(Seq2SeqConfig(_LETTERS, _PHONEMES), generator=Generator(0)).eval()
    theirs = TorchSeq2Seq(model.config).eval()
    theirs.load_state_dict({name: torch.tensor(np.asarray(weight)) for name, weight in model.state_dict().items()})
    rng = np.random.default_rng(0)
    lengths = rng.integers(4, _LONGEST + 1, _BATCH)
    lengths[0] = _LONGEST
    source = np.where(np.arange(_LONGEST) < lengths[:, None], rng.integers(4, _LETTERS, (_BATCH, _LONGEST)), 0)
    limits = {"count": _BATCH, "begin": _BEGIN, "end": _END, "max_length": _STEPS, "width": _WIDTH}

    never_ending = [decoding.ForbiddenSymbols([_END])]

    @no_grad()
    def ours() -> list[list[int]]:
        memory, state = model.start_search(source, lengths)
        found = decoding.beam_search(model.decoder.step, memory, state, filters=never_ending, **limits)
        return [answers[0].tokens for answers in found]

    tensors = torch.from_numpy(source), torch.from_numpy(lengths)

    def reference() -> list[list[int]]:
        return _beam_search(theirs, *tensors).tolist()

    same = sum(one == other for one, other in zip(ours(), reference()))
    assert same >= _BATCH - 2, f"{same} of {_BATCH} answers agree"  # near ties
    name = f"beam search, LSTM with attention, 2x128 and 256, width {_WIDTH}, batch {_BATCH}, {_STEPS} symbols"
    return [Workload(name, ours, reference)]


@torch.no_grad()
def _beam_search(model: TorchSeq2Seq, source: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """The best hypotheses (N, steps); states are kept, put in the beams' new order, and looked back with together."""
    decoder, count = model.decoder, len(source)
    memory, summary = model.encoder(source, lengths)
    hidden, cell = (part[0].repeat_interleave(_WIDTH, dim=0) for part in decoder.start(summary))  # (N W, H)
    masked = (source == 0).unsqueeze(1)  # (N, 1, S)
    keys, layer = memory.transpose(1, 2), decoder.recurrent
    weights = layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0, layer.bias_hh_l0
    written = torch.full((count * _WIDTH, 1), _BEGIN)
    totals = torch.full((count, _WIDTH), -torch.inf)
    totals[:, 0] = 0.0
    for _ in range(_STEPS):
        hidden, cell = torch.lstm_cell(decoder.embedding(written[:, -1]), (hidden, cell), *weights)
        queries = hidden.view(count, _WIDTH, -1)  # the hypotheses of a source look at one memory
        looked = torch.bmm(queries, keys).masked_fill(masked, -torch.inf).softmax(dim=-1)
        joined = torch.cat([torch.bmm(looked, memory), queries], dim=-1)
        log_probs = decoder.output(torch.tanh(decoder.combine(joined))).log_softmax(-1)  # (N, W, V)
        log_probs[..., _END] = -torch.inf
        totals, best = (totals[:, :, None] + log_probs).view(count, -1).topk(_WIDTH, dim=1)
        rows = (best // log_probs.shape[-1] + torch.arange(count)[:, None] * _WIDTH).view(-1)
        written = torch.cat([written[rows], (best % log_probs.shape[-1]).view(-1, 1)], dim=1)
        hidden, cell = hidden.index_select(0, rows), cell.index_select(0, rows)
    return written.view(count, _WIDTH, -1)[:, 0, 1:]
