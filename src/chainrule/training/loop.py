"""The training loop: steps, measurements, the best weights, and a resume to the bit.

A user's own loop needs nothing of this; see the README for one.
"""

from __future__ import annotations

import contextlib
import functools
import math
import operator
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.autodiff import Tensor, compile, detect_anomaly
from chainrule.errors import ChainruleError, ConfigError
from chainrule.optim import clip_grad_norm_
from chainrule.random import Generator
from chainrule.training.averaging import WeightAverage
from chainrule.training.best import BestScore
from chainrule.training.checkpoint import Checkpoint
from chainrule.training.config import TrainingSettings
from chainrule.training.meter import Meter
from chainrule.training.metrics_log import MetricsLog
from chainrule.training.objective import Batches, Objective
from chainrule.training.planner import Costs, StepTimer, steps_for
from chainrule.training.progress import Progress
from chainrule.training.run import RunFolder
from chainrule.training.schedule import Pace, learning_rate
from chainrule.training.signals import StopRequest

__all__ = ["Outcome", "Trainer", "TrainingError"]


class TrainingError(ChainruleError):
    """Training cannot go on."""


@dataclass(frozen=True)
class Outcome:
    """How training ended.

    Attributes
    ----------
    step : int
        Number of steps done.
    best : BestScore
        The best score.
    signal : signal.Signals or None
        The signal that ended it before its time, if one did.
    """

    step: int
    best: BestScore
    signal: signal.Signals | None


class Trainer:
    """Trains a model in a run folder.

    Parameters
    ----------
    model : Module
        The model.
    optimizer : Optimizer
        Its optimiser; the learning rate is set before every step.
    batches : Batches
        The training data.
    objective : Objective
        Loss and score.
    settings : TrainingSettings
        How to train.
    run : RunFolder
        Where everything is kept; its plan says how many steps there are.
    generator : Generator
        Draws dropout masks.
    progress : Progress
        What the user sees.
    paces : sequence of Pace
        For each group of the optimiser's parameters how its rate differs from that of the run; none differs by default.
    clock : callable
        Returns seconds.

    Raises
    ------
    ConfigError
        When batches are to be accumulated that cannot be split.
    """

    def __init__(
        self,
        model: Any,
        optimizer: Any,
        batches: Batches,
        objective: Objective,
        settings: TrainingSettings,
        run: RunFolder,
        *,
        generator: Generator,
        progress: Progress,
        paces: Sequence[Pace] = (),
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._model, self._optimizer, self._batches = model, optimizer, batches
        self._objective, self._settings, self._run = objective, settings, run
        self._generator, self._progress, self._clock = generator, progress, clock
        self._paces = paces or [Pace()] * len(optimizer.param_groups)
        if settings.accumulate > 1 and objective.split is None:
            raise ConfigError(f"accumulate must be 1 here, got {settings.accumulate}: these batches cannot be split")
        self._average = WeightAverage(model, settings.averaging) if settings.averaging else None
        self._take_step = (
            self._learn_uncompiled if settings.guard else compile(self._learn, state=(model, optimizer, generator))
        )
        self._best, self._meter = BestScore(), Meter()
        self._step, self._stopped_early, self._log_length = 0, False, 0
        self._stage_seconds = 0.0  # up to the last checkpoint that was loaded
        self._stage_began = self._saved_at = clock()
        self._timer: StepTimer | None = None
        self._count_epochs()

    @property
    def step(self) -> int:
        """Number of steps done."""
        return self._step

    @property
    def complete(self) -> bool:
        """Whether the plan is fulfilled or training was stopped early for want of progress."""
        end = self._run.config.plan.last.end
        return self._stopped_early or (end is not None and self._step >= end)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to where a checkpoint was saved.

        Parameters
        ----------
        checkpoint : Checkpoint
            One that this trainer, or an equal one, saved.
        """
        state = checkpoint.state
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self._step, self._batches.position = checkpoint.step, state["position"]
        self._stopped_early, self._log_length = state["stopped_early"], state["log_length"]
        self._stage_seconds = state["stage_seconds"]
        if state["stage_start"] != self._run.config.plan.stage_at(self._step).start:
            self._enter_stage()  # the run was extended after this was saved

    def extend(self, *, steps: int | None, minutes: float | None) -> None:
        """Add a stage to the plan, with a schedule of its own; it begins at the next step.

        Parameters
        ----------
        steps : int or None
            Its number of steps, or None where they are to be timed.
        minutes : float or None
            How long it is to last.
        """
        plan = self._run.config.plan.extended(self._step, length=steps, minutes=minutes)
        self._run.save_plan(plan)
        self._enter_stage()

    def train(self) -> Outcome:
        """Train until the plan is fulfilled or a signal comes.

        Returns
        -------
        Outcome
            How it ended; everything is saved.

        Raises
        ------
        TrainingError
            When the loss is no longer finite.
        CheckpointError
            When something cannot be saved.
        """
        self._stage_began = self._saved_at = self._clock()
        with contextlib.ExitStack() as stack:
            stop = stack.enter_context(StopRequest())
            stack.enter_context(self._generator)
            stack.enter_context(contextlib.closing(self._progress))
            self._log = stack.enter_context(contextlib.closing(MetricsLog(self._run.metrics_path, self._log_length)))
            self._begin_stage_display()
            while not (self.complete or stop.signal):
                self._advance()
            if not self._run.has_model:
                with self._best_guess():
                    self._save_model()
            self._save_checkpoint()
            self._report_overrun()
        return Outcome(self._step, self._best, None if self.complete else stop.signal)

    def _report_overrun(self) -> None:
        minutes, taken = self._run.config.plan.last.minutes, self._elapsed() / 60
        if self.complete and minutes is not None and taken > 1.1 * minutes:
            self._progress.message(
                f"this took {taken:.1f} minutes instead of {minutes:g}: the machine was slower than in the timed steps"
            )

    def _count_epochs(self) -> None:
        """Fix the length of a stage that was given in epochs."""
        plan = self._run.config.plan
        if plan.last.length is None and plan.last.epochs is not None:
            self._run.save_plan(plan.fixed(plan.last.epochs * self._batches.batches_per_epoch, held=0))

    # One step

    def _advance(self) -> None:
        began, position = self._clock(), self._batches.position
        batch = next(self._batches)
        stage = self._run.config.plan.stage_at(self._step)
        rate = learning_rate(self._settings, stage, self._step)
        for group, pace in zip(self._optimizer.param_groups, self._paces):
            group["lr"] = pace.rate(rate, self._step)
        with self._guarded(position):
            loss = float(self._take_step(self._parts_of(batch)).item())
        if not math.isfinite(loss):
            raise TrainingError(
                f"the loss became {loss} at step {self._step + 1}: try a lower learning_rate or clip_norm"
            )
        self._step += 1
        if self._average is not None:
            self._average.update()
        seconds = self._clock() - began
        self._meter.add(loss, self._objective.size(batch), seconds)
        self._progress.step(self._step, loss)
        self._follow_up(seconds)

    @contextlib.contextmanager
    def _guarded(self, position: Any) -> Iterator[None]:
        """Where a guard is asked for: the first number that is not finite ends the training with its place of birth."""
        if not self._settings.guard:
            yield
            return
        try:
            with detect_anomaly(step=self._step + 1, batch=position), np.errstate(all="ignore"):
                yield
        except FloatingPointError as error:
            raise TrainingError(str(error)) from error

    def _parts_of(self, batch: Any) -> list[tuple[Any, Any, float]]:
        """The arrays of each part of a batch, which rows it has, and its share of the loss."""
        objective, count = self._objective, self._settings.accumulate
        if count == 1 or objective.split is None:
            return [(objective.arrays(batch), None, 1.0)]
        return [(objective.arrays(part.batch), part.rows, part.share) for part in objective.split(batch, count)]

    def _learn_uncompiled(self, parts: list[tuple[Any, Any, float]]) -> Tensor:
        """A guard looks at numbers, and inside a compiled program there are none to be seen."""
        self._generator.next_step()
        return self._learn(parts)

    def _learn(self, parts: list[tuple[Any, Any, float]]) -> Tensor:
        self._optimizer.zero_grad()
        losses = [self._add_gradient(*part) for part in parts]
        if self._settings.clip_norm is not None:
            clip_grad_norm_(self._model.parameters(), self._settings.clip_norm)
        self._optimizer.step()
        return functools.reduce(operator.add, losses)

    def _add_gradient(self, arrays: Any, rows: Any, share: float) -> Tensor:
        """Go forward and backward through a part of a batch; its part of the loss."""
        if rows is None:
            loss = self._objective.loss(self._model, arrays)
        else:
            self._generator.part(rows)
            loss = self._objective.loss(self._model, arrays) * share
        loss.backward()
        return loss.detach()

    def _follow_up(self, seconds: float) -> None:
        """What is due after a step; all of it is decided by the number of steps, but for the saving."""
        if self._step % self._settings.log_every == 0:
            self._write_line()
        if self._timer is not None:
            self._timer.add(seconds)
            if self._timer.ready:
                self._fix_length()
        stages = self._run.config.plan.stages
        if self._step % self._settings.evaluate_every == 0 or self._step in [s.full_end for s in stages]:
            self._measure()
        if self._step in [stage.end for stage in stages[:-1]]:
            self._enter_stage()
        if self._clock() - self._saved_at >= 60 * self._settings.checkpoint_minutes:
            self._save_checkpoint()

    # Measurements

    def _write_line(self) -> None:
        stage = self._run.config.plan.stage_at(self._step - 1)
        line = {
            "step": self._step,
            "loss": self._meter.mean_loss,
            "learning_rate": learning_rate(self._settings, stage, self._step - 1),
            f"{self._objective.unit}_per_second": round(self._meter.speed, 1),
        }
        self._log.append(line)
        self._progress.speed(self._meter.speed, self._objective.unit, self._meter.mean_loss)
        self._meter.reset()

    def _measure(self) -> None:
        with self._best_guess():
            score = self._score()
            better = self._best.update(tuple(score.values()), self._step)
            if better:
                self._save_model()
        if self._settings.keep:
            self._run.snapshots.save(self._step, self._model.state_dict(), self._settings.keep)
        self._log.append({"step": self._step, **score, "best": better})
        self._progress.message(f"step {self._step}: {self._describe(score)}{' (the best so far)' if better else ''}")
        patience, last = self._settings.patience, self._run.config.plan.last
        if patience is not None and self._best.waiting >= patience and self._step > last.start:
            self._stopped_early = True
            self._progress.message(f"step {self._step}: stopping early, {patience} measurements without progress")

    def _describe(self, score: Mapping[str, float]) -> str:
        return ", ".join(f"{name.replace('_', ' ')} {value:.4f}" for name, value in score.items())

    def _score(self) -> Mapping[str, float]:
        self._model.eval()
        try:
            return self._objective.score(self._model)
        finally:
            self._model.train()

    def _best_guess(self) -> contextlib.AbstractContextManager[None]:
        """Within it the model has the weights to predict with."""
        return contextlib.nullcontext() if self._average is None else self._average.applied()

    # Stages

    def _begin_stage_display(self) -> None:
        last = self._run.config.plan.last
        self._progress.begin(self._step, last.end)
        if last.end is None and last.minutes is not None:
            self._timer = StepTimer(60 * last.minutes - self._stage_seconds)
            self._progress.message(f"timing the first steps to see how many fit into {last.minutes:g} minutes")

    def _enter_stage(self) -> None:
        self._stage_seconds, self._stage_began = 0.0, self._clock()
        self._best.waiting, self._stopped_early = 0, False

    def _elapsed(self) -> float:
        return self._stage_seconds + self._clock() - self._stage_began

    def _fix_length(self) -> None:
        timer, plan, settings = self._timer, self._run.config.plan, self._settings
        assert timer is not None and plan.last.minutes is not None
        costs = Costs(timer.step_seconds, self._time_a_score(timer.budget), self._timed(self._save_checkpoint))
        more = steps_for(
            60 * plan.last.minutes - self._elapsed(),
            costs,
            evaluate_every=settings.evaluate_every,
            save_every=60 * settings.checkpoint_minutes,
        )
        held = self._step - plan.last.start
        plan = plan.fixed(held + more, held)
        self._run.save_plan(plan)
        self._timer = None
        self._progress.begin(self._step, plan.last.end)
        self._progress.message(
            f"a step takes {1000 * costs.step:.1f} ms and a measurement {costs.evaluation:.1f} s: training for "
            f"{held + more:,} steps, to step {plan.last.end:,}"
        )

    def _time_a_score(self, budget: float) -> float:
        """The first one compiles what it needs, so a second one is taken where the budget allows."""
        with self._best_guess():
            first = self._timed(self._score)
            return first if first > 0.02 * budget else min(first, self._timed(self._score))

    def _timed(self, action: Callable[[], Any]) -> float:
        began = self._clock()
        action()
        return self._clock() - began

    # Saving

    def _save_model(self) -> None:
        self._run.save_model(self._model.state_dict())

    def _parts(self) -> dict[str, Any]:
        parts = {
            "model": self._model,
            "optimizer": self._optimizer,
            "generator": self._generator,
            "best": self._best,
            "meter": self._meter,
        }
        return parts if self._average is None else parts | {"average": self._average}

    def _save_checkpoint(self) -> None:
        state = {name: part.state_dict() for name, part in self._parts().items()}
        state |= {
            "position": self._batches.position,
            "stopped_early": self._stopped_early,
            "stage_start": self._run.config.plan.stage_at(self._step).start,
            "stage_seconds": self._elapsed(),
            "log_length": self._log.sync(),
        }
        self._run.checkpoints.save(self._step, state)
        self._saved_at = self._clock()
