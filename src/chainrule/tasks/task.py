"""What can be learned: one `Task` for each folder here, found by its name and loaded when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from chainrule.errors import CheckpointError
from chainrule.metrics import Measurement
from chainrule.training.config import TrainingSettings
from chainrule.training.loop import Trainer
from chainrule.training.progress import Progress
from chainrule.training.run import RunFolder
from chainrule.training.stages import Plan

__all__ = ["TASKS", "Dataset", "Task", "load_task", "task_of"]

#: The module of each task, which offers it as ``TASK``.
TASKS: Mapping[str, str] = {
    "seq2seq": "chainrule.tasks.seq2seq",
    "image": "chainrule.tasks.image",
    "causal": "chainrule.tasks.pretraining.causal",
    "masked": "chainrule.tasks.pretraining.masked",
    "denoise": "chainrule.tasks.pretraining.denoising",
    "contrastive": "chainrule.tasks.pretraining.contrastive",
    "mae": "chainrule.tasks.pretraining.mae",
    "classify": "chainrule.tasks.finetuning.classify",
    "regress": "chainrule.tasks.finetuning.regress",
    "tag": "chainrule.tasks.finetuning.tag",
    "generate": "chainrule.tasks.finetuning.generate",
}


class Dataset(Protocol):
    """What a task learns from."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def splits(self) -> Mapping[str, Any]:
        """Its parts by name, such as ``"train"`` and ``"dev"``; each has a length."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What the user should know of it, such as what was left out."""
        ...

    def fingerprint(self) -> str:
        """Summarise all content.

        Returns
        -------
        str
            Another text for other content.
        """
        ...


@dataclass(frozen=True)
class Task:
    """What training, resuming and the command line need of something that can be learned.

    Attributes
    ----------
    name : str
        Its name in a run's ``config.json``.
    settings : type
        Its `TrainingSettings`, every hyper-parameter with its default.
    read_data : callable
        From the name or path of data, and settings, to a `Dataset`.
    create_run : callable
        From the folder, the name or path of the data, the data, the settings and the `Plan` to repeat (or None) to a
        new `RunFolder`.
    load_run_data : callable
        From a `RunFolder` to the data that it was begun with.
    make_trainer : callable
        From a `RunFolder`, its data and a `Progress` to a `Trainer` at its first step.
    trial : str or callable
        What to type after ``chainrule`` to try a trained run, with ``{run}`` for its folder; or from a `RunFolder` to
        that.
    introduce : callable
        From a new `RunFolder` to what the user should read before it trains, if anything.
    complete : callable
        From settings by name, as the user gave them, to these with what follows from them.
    measure : callable, optional
        From a trained `RunFolder`, its data and the name of a part to its scores there, the one that counts first.
    """

    name: str
    settings: type[TrainingSettings]
    read_data: Callable[[str, Any], Dataset]
    create_run: Callable[[Path, str, Any, Any, Plan | None], RunFolder]
    load_run_data: Callable[[RunFolder], Dataset]
    make_trainer: Callable[[RunFolder, Any, Progress], Trainer]
    trial: str | Callable[[RunFolder], str]
    introduce: Callable[[RunFolder], str] = lambda run: ""
    complete: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict
    measure: Callable[[RunFolder, Any, str], Sequence[Measurement]] | None = None


def load_task(name: str) -> Task:
    """Find a task by its name.

    Parameters
    ----------
    name : str
        One of `TASKS`.

    Returns
    -------
    Task
        The task.

    Raises
    ------
    KeyError
        When there is none of that name.
    """
    return importlib.import_module(TASKS[name]).TASK


def task_of(run: RunFolder) -> Task:
    """Find the task of a run.

    Parameters
    ----------
    run : RunFolder
        The run.

    Returns
    -------
    Task
        Its task.

    Raises
    ------
    CheckpointError
        When this version does not know it.
    """
    if run.config.task not in TASKS:
        raise CheckpointError(
            f"{run.path} is a run of the task {run.config.task!r}, but this version knows only {', '.join(TASKS)}: "
            "install a newer one to use it"
        )
    return load_task(run.config.task)
