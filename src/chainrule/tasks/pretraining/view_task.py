"""Tasks that learn from views of images without labels: all that they do alike."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.data.images.dataset import ImageDataset, Images
from chainrule.data.images.views import ViewBatches, ViewedImages
from chainrule.interop.blank import Blank
from chainrule.nn import Module
from chainrule.random import Generator
from chainrule.tasks.image.description import Description
from chainrule.tasks.image.predictor import read_description
from chainrule.tasks.pretraining import images
from chainrule.tasks.pretraining.images import ViewSettings, viewed
from chainrule.tasks.runs import load_best, make_optimizer, settings_of
from chainrule.tasks.task import Task
from chainrule.training.loop import Trainer
from chainrule.training.objective import Objective
from chainrule.training.progress import Progress
from chainrule.training.run import RunFolder

__all__ = ["ViewTask"]


@dataclass(frozen=True)
class ViewTask:
    """What is a task's own where a network learns from views of images.

    Attributes
    ----------
    name : str
        The task's name.
    settings : type
        Its `ViewSettings`.
    make_model : callable
        From settings, the `Description` of the images and a `Generator` to the model.
    draw : callable
        From the model, `ViewedImages` and settings to the function that makes batches out of rows, for `ViewBatches`.
    objective : callable
        From the images to choose a model by, settings and the `Description` to the `Objective`.
    """

    name: str
    settings: type[ViewSettings]
    make_model: Callable[[Any, Description, Generator], Module]
    draw: Callable[[Any, ViewedImages, Any], Callable[[np.ndarray, np.ndarray, Generator], Any]]
    objective: Callable[[Images, Any, Description], Objective]

    def as_task(self) -> Task:
        """Make it a task of the command line.

        Returns
        -------
        Task
            The task.
        """
        return Task(
            self.name,
            self.settings,
            images.read_data,
            functools.partial(images.create_run, self.name),
            self.load_run_data,
            self.make_trainer,
            trial="finetune {run} DATA --task image --out DIR",
        )

    def read_settings(self, run: RunFolder) -> Any:
        """Read the settings of a run.

        Parameters
        ----------
        run : RunFolder
            The run.

        Returns
        -------
        ViewSettings
            Its settings, of the task's own class.

        Raises
        ------
        CheckpointError
            When the run is of another task, or its settings do not fit this version.
        """
        return settings_of(run, self.settings, self.name)

    def load_run_data(self, run: RunFolder) -> ImageDataset:
        """Load the images of a run again.

        Parameters
        ----------
        run : RunFolder
            The run.

        Returns
        -------
        ImageDataset
            The same images as when it began.

        Raises
        ------
        DataError
            When they are gone or have changed.
        """
        return images.load_run_data(run, self.read_settings(run))

    def load_model(self, run: RunFolder) -> Any:
        """Load the best model of a run.

        Parameters
        ----------
        run : RunFolder
            The run.

        Returns
        -------
        Module
            The model, in evaluation mode.

        Raises
        ------
        CheckpointError
            When a file is missing, damaged, or does not fit the others.
        """
        return load_best(run, self.make_model(self.read_settings(run), read_description(run), Blank()))

    def make_trainer(self, run: RunFolder, data: ImageDataset, progress: Progress) -> Trainer:
        """Make the trainer of a run, at its first step.

        Parameters
        ----------
        run : RunFolder
            The run.
        data : ImageDataset
            Its data.
        progress : Progress
            What the user sees.

        Returns
        -------
        Trainer
            Ready to train, or to be taken back to a checkpoint.
        """
        settings, description = self.read_settings(run), read_description(run)
        generator = Generator(settings.seed)
        model = self.make_model(settings, description, generator)
        train, dev = data.split("train"), data.split("dev").spread(settings.evaluation_size)
        draw = self.draw(model, viewed(train, settings, description), settings)
        return Trainer(
            model,
            make_optimizer(model, settings),
            ViewBatches(len(train), draw, batch_size=settings.batch_size, seed=settings.seed),
            self.objective(dev, settings, description),
            settings,
            run,
            generator=generator,
            progress=progress,
        )
