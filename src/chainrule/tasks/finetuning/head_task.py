"""Tasks that put a new head on a pre-trained model of texts: all that they do alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.data.epochs import EpochStream
from chainrule.data.registry import lasting_name
from chainrule.errors import CheckpointError
from chainrule.interop.blank import Blank
from chainrule.models.heads import WithHead
from chainrule.nn import Module
from chainrule.random import Generator
from chainrule.tasks.finetuning.beginning import begin_run, introduction, kept_body, take_over
from chainrule.tasks.finetuning.bodies import body_from
from chainrule.tasks.finetuning.body import Body
from chainrule.tasks.finetuning.policy import adapted, optimizer_with_paces
from chainrule.tasks.finetuning.settings import HeadSettings
from chainrule.tasks.runs import first_stage, load_best, refuse_changed_data, settings_of
from chainrule.tasks.task import Task
from chainrule.training.loop import Trainer
from chainrule.training.objective import Objective
from chainrule.training.progress import Progress
from chainrule.training.run import RunConfig, RunFolder
from chainrule.training.stages import Plan

__all__ = ["HeadTask"]


@dataclass(frozen=True)
class HeadTask:
    """What is a task's own where a body with a new head learns from examples with answers.

    A run of it keeps the body that it begins with, so that nothing of where it began is needed afterwards.

    Attributes
    ----------
    name : str
        The task's name.
    settings : type
        Its `HeadSettings`.
    read_data : callable
        From the name or path of data, and settings, to a data set whose parts have ``sample(count, generator)``.
    describe : callable
        From the data, and the examples of it to learn from, to what a run has to know of the answers, such as what
        labels are called, as JSON takes it.
    make_head : callable
        From a `Body`, the settings, what `describe` returned, and a `Generator` to the head.
    batches : callable
        From a part of the data, a `Body` and settings to the batches to train on.
    objective : callable
        From the part to choose a model by, a `Body`, settings and what `describe` returned to the `Objective`.
    """

    name: str
    settings: type[HeadSettings]
    read_data: Callable[[str, Any], Any]
    describe: Callable[[Any, Any], dict[str, Any]]
    make_head: Callable[[Body, Any, Mapping[str, Any], Generator], Module]
    batches: Callable[[Any, Body, Any], EpochStream]
    objective: Callable[[Any, Body, Any, Mapping[str, Any]], Objective]

    def as_task(self, trial: str, **more: Any) -> Task:
        """Make it a task of the command line.

        Parameters
        ----------
        trial : str
            What to type to try a trained run; see `Task`.
        **more : object
            What else a `Task` may have.

        Returns
        -------
        Task
            The task.
        """
        return Task(
            self.name,
            self.settings,
            self.read_data,
            self.create_run,
            self.load_run_data,
            self.make_trainer,
            trial,
            self.introduce,
            **more,
        )

    def read_settings(self, run: RunFolder) -> Any:
        """Read the settings of a run.

        Parameters
        ----------
        run : RunFolder
            The run.

        Returns
        -------
        HeadSettings
            Its settings, of the task's own class.

        Raises
        ------
        CheckpointError
            When the run is of another task, or its settings do not fit this version.
        """
        return settings_of(run, self.settings, self.name)

    def load_run_data(self, run: RunFolder) -> Any:
        """Load the data of a run again.

        Parameters
        ----------
        run : RunFolder
            The run.

        Returns
        -------
        object
            The same data as when it began.

        Raises
        ------
        DataError
            When it is gone or has changed.
        """
        data = self.read_data(run.config.data["name"], self.read_settings(run))
        refuse_changed_data(run, data.fingerprint())
        return data

    def make_model(self, run: RunFolder, generator: Generator) -> tuple[Module, Body]:
        """Make the model of a run, with weights drawn anew.

        Parameters
        ----------
        run : RunFolder
            The run.
        generator : Generator
            Draws the weights.

        Returns
        -------
        model : Module
            The body with its head, and what the method of fine-tuning puts around it.
        body : Body
            What of it was there before, and how texts are given to it.

        Raises
        ------
        CheckpointError
            When a file is missing or damaged.
        """
        settings = self.read_settings(run)
        body = kept_body(run, generator)
        try:
            head = self.make_head(body, settings, run.config.data, generator)
        except (KeyError, TypeError) as error:
            raise CheckpointError(f"{run.path}/config.json does not describe what the model answers: {error}") from None
        return adapted(WithHead(body.model, head), settings, generator), body

    def load_best(self, run: RunFolder) -> tuple[Module, Body]:
        """Load the best model of a run.

        Parameters
        ----------
        run : RunFolder
            The run.

        Returns
        -------
        model : Module
            The model, in evaluation mode.
        body : Body
            How texts are given to it.

        Raises
        ------
        CheckpointError
            When a file is missing, damaged, or does not fit the others.
        """
        model, body = self.make_model(run, Blank())
        return load_best(run, model), body

    def learned_from(self, data: Any, settings: HeadSettings) -> Any:
        """Take the examples to learn from, all or as few as the settings say.

        Parameters
        ----------
        data : data set
            The data.
        settings : HeadSettings
            The settings.

        Returns
        -------
        object
            The examples.

        Raises
        ------
        DataError
            When there are none.
        """
        examples = data.split("train")
        return examples if settings.examples is None else examples.sample(settings.examples, Generator(settings.seed))

    def create_run(
        self, path: Path, name_or_path: str, data: Any, settings: HeadSettings, plan: Plan | None
    ) -> RunFolder:
        """Make the folder of a new run, with all that does not change while it trains.

        Parameters
        ----------
        path : Path
            The folder.
        name_or_path : str
            How the user named the data.
        data : data set
            The data.
        settings : HeadSettings
            The settings.
        plan : Plan, optional
            The stages of the run to repeat; without it the settings say how long to train.

        Returns
        -------
        RunFolder
            The folder.
        """
        body, weights = body_from(settings.base)
        answers = self.describe(data, self.learned_from(data, settings))
        data.split("dev")
        described = {"name": lasting_name(name_or_path), "fingerprint": data.fingerprint()} | answers
        config = RunConfig(self.name, described, settings.to_mapping(), plan or Plan((first_stage(settings),)))
        return begin_run(path, config, body, None if settings.from_scratch else weights)

    def make_trainer(self, run: RunFolder, data: Any, progress: Progress) -> Trainer:
        """Make the trainer of a run, at its first step.

        Parameters
        ----------
        run : RunFolder
            The run.
        data : data set
            Its data.
        progress : Progress
            What the user sees.

        Returns
        -------
        Trainer
            Ready to train, or to be taken back to a checkpoint.
        """
        settings = self.read_settings(run)
        generator = Generator(settings.seed)
        model, body = self.make_model(run, generator)
        if not settings.from_scratch:
            take_over(run, body)
        optimizer, paces = optimizer_with_paces(model, settings, body.layers)
        return Trainer(
            model,
            optimizer,
            self.batches(self.learned_from(data, settings), body, settings),
            self.objective(data.split("dev"), body, settings, run.config.data),
            settings,
            run,
            generator=generator,
            progress=progress,
            paces=paces,
        )

    def introduce(self, run: RunFolder) -> str:
        """Say what a new run begins with.

        Parameters
        ----------
        run : RunFolder
            The run.

        Returns
        -------
        str
            What was loaded, is new, was left aside, is frozen, learns.
        """
        model, body = self.make_model(run, Blank())
        return introduction(model, body, from_scratch=self.read_settings(run).from_scratch)
