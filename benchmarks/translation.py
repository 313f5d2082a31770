"""German to English in chainrule and in PyTorch: the same model, trained for the same time, scored by the same search.

``python -m benchmarks.translation --model transformer --minutes 45 --out runs/translation``

Both sides begin with the same weights and learn from the same batches in the same order, with the same rates,
smoothing, clipping and averaging; only dropout draws other numbers. Their steps are timed in turn on the same batches,
and each takes as many as fit into the minutes, so that what else the machine does harms neither. PyTorch's weights have
our names: both end as run folders, and are scored and compared as any other (`chainrule compare` repeats it).
"""

import argparse
import functools
import itertools
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from torch.optim.swa_utils import AveragedModel

from benchmarks.harness import THREADS, Record, Workload, measure
from benchmarks.torch_seq2seq import TorchSeq2Seq
from benchmarks.torch_transformer import TorchTransformer, copy_weights
from chainrule import Generator
from chainrule.autodiff import no_grad
from chainrule.data import PAD, Batch, EncodedPairs, PairDataset, encode_pairs
from chainrule.data.batching import evaluation_batches
from chainrule.kernels.cpu.pool import threads
from chainrule.metrics import compare_measurements
from chainrule.models import Seq2Seq
from chainrule.optim import clip_grad_norm_
from chainrule.tasks.runs import make_optimizer
from chainrule.tasks.seq2seq import Seq2SeqSettings, create_run, read_data, read_settings, with_preset
from chainrule.tasks.seq2seq.assembly import run_batches
from chainrule.tasks.seq2seq.comparing import measure_both
from chainrule.tasks.seq2seq.loss import SequenceLoss, arrays_of, mean_loss
from chainrule.tasks.seq2seq.model import EncoderDecoder, make_model, read_tokenizers
from chainrule.training.averaging import WeightAverage
from chainrule.training.run import RunFolder
from chainrule.training.schedule import learning_rate
from chainrule.training.stages import Stage

#: What differs from the preset of the task.
RECIPES: dict[str, dict[str, Any]] = {
    "transformer": {},
    "recurrent": {"model": "recurrent", "embedding_size": 256, "encoder_size": 256, "decoder_size": 512},
}
_TIMED_BATCHES, _TIMED_SECONDS = 6, 40.0
_AVERAGE_EVERY = 4  # steps, as `WeightAverage` does


class Ours:
    """chainrule's side."""

    def __init__(self, model: EncoderDecoder, settings: Seq2SeqSettings) -> None:
        self.model, self.clip_norm = model, settings.clip_norm
        self.optimizer, self.loss = make_optimizer(model, settings), SequenceLoss(settings.label_smoothing)
        self.average, self.generator = WeightAverage(model, settings.averaging), Generator(settings.seed)

    def step(self, batch: Batch, rate: float) -> float:
        """Learn from a batch; its loss."""
        with self.generator:
            self.generator.next_step()
            self.optimizer.zero_grad()
            loss = self.loss(self.model, arrays_of(batch))
            loss.backward()
        if self.clip_norm is not None:
            clip_grad_norm_(self.model.parameters(), self.clip_norm)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.average.update()
        return loss.item()

    @no_grad()
    def measure(self, examples: EncodedPairs) -> tuple[float, dict[str, np.ndarray]]:
        """The loss of the averaged weights, and these."""
        with self.average.applied():
            loss = mean_loss(self.model.eval(), evaluation_batches(examples, max_tokens=8192, max_rows=256))
            weights = {name: np.array(weight) for name, weight in self.model.state_dict().items()}
        self.model.train()
        return loss, weights


class Torch:
    """PyTorch's side: fused optimiser and attention, averages of all weights in one call."""

    def __init__(self, ours: EncoderDecoder, settings: Seq2SeqSettings) -> None:
        self.model = TorchSeq2Seq(ours.config) if isinstance(ours, Seq2Seq) else TorchTransformer(ours)
        copy_weights(ours, self.model)
        self.average = AveragedModel(self.model, multi_avg_fn=_Forgetting(settings.averaging), use_buffers=False)
        self.average.update_parameters(self.model)  # the first call copies
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(),
            betas=(settings.beta1, settings.beta2),
            weight_decay=settings.weight_decay,
            fused=True,
        )
        self.smoothing, self.clip_norm, self.steps = settings.label_smoothing, settings.clip_norm, 0

    def step(self, batch: Batch, rate: float) -> float:
        """Learn from a batch; its loss."""
        self.optimizer.zero_grad()
        loss = _torch_loss(self.model, batch, self.smoothing)
        loss.backward()
        if self.clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip_norm, foreach=True)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.steps += 1
        if self.steps % _AVERAGE_EVERY == 0:
            self.average.update_parameters(self.model)
        return loss.item()

    @torch.no_grad()
    def measure(self, examples: EncodedPairs) -> tuple[float, dict[str, np.ndarray]]:
        """The loss of the averaged weights, and these."""
        model, total, count = self.average.module.eval(), 0.0, 0
        for batch in evaluation_batches(examples, max_tokens=8192, max_rows=256):
            total += _torch_loss(model, batch).item() * batch.target_tokens
            count += batch.target_tokens
        return total / count, {name: weight.numpy().copy() for name, weight in model.state_dict().items()}


Side = Ours | Torch


class _Forgetting:
    """The average of `WeightAverage`: its memory grows with the number of steps."""

    def __init__(self, decay: float) -> None:
        self.decay = decay

    def __call__(self, means: list[torch.Tensor], weights: list[torch.Tensor], updates: torch.Tensor | int) -> None:
        steps = _AVERAGE_EVERY * int(updates) - 1
        decay = min(self.decay, (1 + steps) / (10 + steps)) ** _AVERAGE_EVERY
        torch._foreach_lerp_(means, weights, 1 - decay)


def _torch_loss(model: torch.nn.Module, batch: Batch, smoothing: float = 0.0) -> torch.Tensor:
    source, lengths, target = map(torch.from_numpy, (batch.source, batch.source_lengths, batch.target_in))
    beside = lengths if isinstance(model, TorchSeq2Seq) else (source != PAD)[:, None, None]
    logits = model(source, beside, target).flatten(0, 1)
    answers = torch.from_numpy(batch.target_out).flatten()
    return cross_entropy(logits, answers, ignore_index=PAD, label_smoothing=smoothing)


def make_sides(run: RunFolder) -> tuple[Ours, Torch]:
    """Both sides of a run, with the same weights."""
    settings, tokenizers = read_settings(run), read_tokenizers(run)
    model = make_model(settings, *tokenizers, Generator(settings.seed))
    theirs = Torch(model, settings)
    return Ours(model, settings), theirs


def timed_steps(run: RunFolder, data: PairDataset, count: int) -> Record:
    """Time a step of both sides on the same batches, in turn."""
    batches = list(itertools.islice(run_batches(run, data), _TIMED_BATCHES))
    ours, theirs = (functools.partial(_steps, side, batches) for side in make_sides(run))
    work = Workload("translation, training step", ours, theirs, units=_TIMED_BATCHES)
    return measure(work, repeats=5, seconds=_TIMED_SECONDS, threads=count)


def _steps(side: Side, batches: list[Batch]) -> None:
    for batch in batches:
        side.step(batch, 1e-5)


def train(side: Side, run: RunFolder, data: PairDataset, steps: int) -> Record:
    """Train one side; its averaged weights become the run's model whenever they are the best so far."""
    settings = read_settings(run)
    development = encode_pairs(data.split("dev"), *read_tokenizers(run))
    best, stage, began = (float("inf"), 0), Stage(0, steps), time.perf_counter()
    for number, batch in enumerate(itertools.islice(run_batches(run, data), steps), start=1):
        loss = side.step(batch, learning_rate(settings, stage, number - 1))
        if number % settings.evaluate_every == 0 or number == steps:
            measured, weights = side.measure(development)
            if measured < best[0]:
                best = measured, number
                run.save_model(weights)
            print(f"{run.path}: step {number:,} of {steps:,}, loss {loss:.3f}, dev loss {measured:.4f}", flush=True)
    return {"steps": steps, "best_step": best[1], "dev_loss": best[0], "seconds": time.perf_counter() - began}


def scores_of(ours: Path, theirs: Path) -> Record:
    """Score both runs on the test part, with the paired bootstrap test of `chainrule compare`."""
    return {
        one.name: {
            "chainrule": one.value,
            "chainrule_interval": one.interval(),
            "pytorch": other.value,
            "pytorch_interval": other.interval(),
            "p_value": compare_measurements(other, one).p_value,
            "signature": one.signature,
        }
        for one, other in measure_both(ours, theirs, "test")
    }


def main() -> None:
    """Time, train, score, and write down what was found."""
    options = _options()
    settings = Seq2SeqSettings.from_mapping(
        with_preset({"task": "translate", "seed": options.seed} | RECIPES[options.model]), "benchmarks.translation"
    )
    data = read_data(options.data, settings)
    paths = options.out / "chainrule", options.out / "pytorch"
    runs = [create_run(path, options.data, data, settings, None) for path in paths]
    times = timed_steps(runs[0], data, options.threads)
    fastest = times["ours_min_ms"], times["torch_min_ms"]
    print(f"a step takes {fastest[0]:.0f} ms with chainrule, {fastest[1]:.0f} ms with PyTorch", flush=True)
    counts = [max(1, round(60e3 * options.minutes / milliseconds)) for milliseconds in fastest]
    sides = make_sides(runs[0])
    record: Record = {
        "model": options.model,
        "data": data.name,
        "minutes": options.minutes,
        "parameters": sum(int(np.prod(weight.shape)) for weight in sides[0].model.parameters()),
        "settings": settings.to_mapping(),
        "step": times,
    }
    with threads(options.threads):
        for name, side, run, steps in zip(("chainrule", "pytorch"), sides, runs, counts):
            record[name] = train(side, run, data, steps)
        record["test"] = scores_of(*paths)
    (options.out / "translation.json").write_text(json.dumps(record, indent=1) + "\n")
    for name, scores in record["test"].items():
        print(
            f"{name}: chainrule {scores['chainrule']:.2f}, PyTorch {scores['pytorch']:.2f}, p = {scores['p_value']:.3f}"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.translation", description=__doc__.split("\n")[0])
    parser.add_argument("--model", choices=RECIPES, default="transformer")
    parser.add_argument("--minutes", type=float, default=45.0, help="of training, for each (default: %(default)s)")
    parser.add_argument("--threads", type=int, default=THREADS)
    parser.add_argument("--data", default="trans-de-en", help="a data set's name or a file (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True, help="folder for both runs and translation.json")
    return parser.parse_args()


if __name__ == "__main__":
    main()
