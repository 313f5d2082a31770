"""Many trainings that differ in how they begin, how much is labelled, and the seed; their scores are kept in a folder.

A study that was interrupted goes on where it stopped: what is finished is not trained again.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.errors import CheckpointError, ConfigError
from chainrule.tasks.judging.curves import LearningCurves
from chainrule.tasks.task import Dataset, Task
from chainrule.training.config import TrainingSettings
from chainrule.training.files import json_bytes, read_json, write_whole
from chainrule.training.loop import Outcome
from chainrule.training.progress import Progress

__all__ = ["FINE_TUNED", "FROM_SCRATCH", "Result", "Study", "Trial", "with_and_without"]

FINE_TUNED, FROM_SCRATCH = "pre-trained", "from scratch"

_RESULTS, _RUN = "study.json", "run"


@dataclass(frozen=True)
class Trial:
    """One training of a study.

    Attributes
    ----------
    arm : str
        How it begins.
    examples : int
        How many labelled examples it learns from.
    seed : int
        Where its random numbers start; equal seeds draw equal examples.
    """

    arm: str
    examples: int
    seed: int


@dataclass(frozen=True)
class Result:
    """What a training reached.

    Attributes
    ----------
    arm, examples, seed : str, int, int
        The trial.
    score : str
        What was measured.
    value : float
        How much it was.
    per_cent, lower_is_better : bool
        How to read it, as in `Measurement`.
    """

    arm: str
    examples: int
    seed: int
    score: str
    value: float
    per_cent: bool
    lower_is_better: bool

    @property
    def trial(self) -> Trial:
        """Which training it was."""
        return Trial(self.arm, self.examples, self.seed)


def with_and_without(settings: TrainingSettings, scratch_rate: float | None = None) -> dict[str, TrainingSettings]:
    """Return the two ways to begin whose difference is what pre-training gives.

    Parameters
    ----------
    settings : TrainingSettings
        Of a task that begins with a ``base`` and knows ``from_scratch``.
    scratch_rate : float, optional
        The highest learning rate from scratch; that of the settings by default.

    Returns
    -------
    dict of str to TrainingSettings
        The same settings with the weights of the base and with random ones.
    """
    changed: dict[str, Any] = {"from_scratch": True, "learning_rate": scratch_rate or settings.learning_rate}
    return {FINE_TUNED: settings, FROM_SCRATCH: dataclasses.replace(settings, **changed)}


class Study:
    """Trainings of one task on one data set.

    Parameters
    ----------
    folder : Path
        Where results are kept, and the run that is being trained.
    task : Task
        What is learned; it has `Task.measure`.
    name : str
        The name or path of the data.
    data : Dataset
        The data; scores are of its part for testing.
    arms : mapping of str to TrainingSettings
        The ways to begin, by name. Their settings ``examples`` and ``seed`` are those of each trial.

    Raises
    ------
    ConfigError
        When the folder holds another study.
    """

    def __init__(
        self, folder: Path, task: Task, name: str, data: Dataset, arms: Mapping[str, TrainingSettings]
    ) -> None:
        self._folder, self._task, self._name, self._data, self._arms = folder, task, name, data, dict(arms)
        self._results = self._read()

    def trials(self, amounts: Iterable[int], seeds: int) -> Iterator[Trial]:
        """List the trainings that are still to be done, so that each seed soon has all ways to begin.

        Parameters
        ----------
        amounts : iterable of int
            Numbers of examples.
        seeds : int
            How many times each.

        Yields
        ------
        Trial
            The next one.
        """
        done = {result.trial for result in self._results}
        for examples in dict.fromkeys(amounts):
            for seed in range(seeds):
                for arm in self._arms:
                    if (trial := Trial(arm, examples, seed)) not in done:
                        yield trial

    def take(self, trial: Trial, progress: Progress) -> tuple[Outcome, Result | None]:
        """Train, score on the part for testing, keep the score and remove the run.

        Parameters
        ----------
        trial : Trial
            Which training.
        progress : Progress
            What the user sees of it.

        Returns
        -------
        outcome : Outcome
            How the training ended.
        result : Result or None
            What it reached; None where a signal ended it before its time.
        """
        path = self._folder / _RUN
        shutil.rmtree(path, ignore_errors=True)
        changes: dict[str, Any] = {"examples": trial.examples, "seed": trial.seed}
        settings = dataclasses.replace(self._arms[trial.arm], **changes)
        try:
            run = self._task.create_run(path, self._name, self._data, settings, None)
            outcome = self._task.make_trainer(run, self._data, progress).train()
            if outcome.signal is not None:
                return outcome, None
            assert self._task.measure is not None
            found = self._task.measure(run, self._data, "test")[0]
        finally:
            shutil.rmtree(path, ignore_errors=True)
        result = Result(
            **dataclasses.asdict(trial),
            score=found.name,
            value=found.value,
            per_cent=found.per_cent,
            lower_is_better=found.lower_is_better,
        )
        self._results.append(result)
        self._write()
        return outcome, result

    def curves(self) -> LearningCurves:
        """Put what was reached in order.

        Returns
        -------
        LearningCurves
            Of all trainings that are done.

        Raises
        ------
        ConfigError
            When none is.
        """
        if not self._results:
            raise ConfigError(f"{self._folder} holds no finished training")
        return as_curves(self._results, list(self._arms))

    def _described(self) -> dict[str, Any]:
        # What a trial decides by itself says nothing about the study.
        arms = {
            name: {key: value for key, value in settings.to_mapping().items() if key not in ("examples", "seed")}
            for name, settings in self._arms.items()
        }
        return {"task": self._task.name, "data": self._data.name, "fingerprint": self._data.fingerprint(), "arms": arms}

    def _read(self) -> list[Result]:
        path = self._folder / _RESULTS
        if not path.exists():
            return []
        content = read_json(path)
        results = content.pop("results", None)
        if content != self._described():
            raise ConfigError(
                f"{self._folder} holds a study of other data or settings: choose another folder, or delete it"
            )
        try:
            return [Result(**result) for result in results or ()]
        except TypeError as error:
            raise CheckpointError(f"{path} is damaged: {error}") from None

    def _write(self) -> None:
        results = [dataclasses.asdict(result) for result in self._results]
        write_whole(self._folder / _RESULTS, json_bytes(self._described() | {"results": results}))


def as_curves(results: Sequence[Result], arms: Sequence[str]) -> LearningCurves:
    """Sort results by how they began, how many examples there were, and the seed.

    Parameters
    ----------
    results : sequence of Result
        At least one, all of the same score.
    arms : sequence of str
        The ways to begin, in the order in which to show them.

    Returns
    -------
    LearningCurves
        The scores.
    """
    found: dict[str, dict[int, dict[int, float]]] = {arm: {} for arm in arms}
    for result in results:
        found[result.arm].setdefault(result.examples, {})[result.seed] = result.value
    first = results[0]
    return LearningCurves(first.score, first.per_cent, first.lower_is_better, found)
