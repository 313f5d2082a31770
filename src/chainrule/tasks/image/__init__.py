"""Image classification: from pictures of classes to a scored model."""

from chainrule.tasks.image.assembly import create_run, load_run_data, make_trainer, read_data
from chainrule.tasks.image.beginning import introduce, with_base
from chainrule.tasks.image.measuring import measure_run
from chainrule.tasks.image.mistakes import Mistake, draw_mistakes, worst_mistakes
from chainrule.tasks.image.predictor import Answer, Predictor
from chainrule.tasks.image.settings import ImageSettings
from chainrule.tasks.task import Task

__all__ = [
    "TASK",
    "Answer",
    "ImageSettings",
    "Mistake",
    "Predictor",
    "create_run",
    "draw_mistakes",
    "load_run_data",
    "make_trainer",
    "measure_run",
    "read_data",
    "worst_mistakes",
]

TASK = Task(
    "image",
    ImageSettings,
    read_data,
    create_run,
    load_run_data,
    make_trainer,
    trial="predict {run} PICTURE",
    introduce=introduce,
    complete=with_base,
    measure=measure_run,
)
