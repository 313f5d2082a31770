"""Sequence to sequence: from pairs of texts to a scored model."""

from chainrule.tasks.seq2seq.assembly import create_run, load_run_data, make_trainer, read_data
from chainrule.tasks.seq2seq.beginning import introduce
from chainrule.tasks.seq2seq.comparing import measure_run
from chainrule.tasks.seq2seq.model import read_settings
from chainrule.tasks.seq2seq.predictor import Answer, Predictor
from chainrule.tasks.seq2seq.scoring import score_pairs
from chainrule.tasks.seq2seq.settings import TRIALS, Seq2SeqSettings, with_preset
from chainrule.tasks.task import Task

__all__ = [
    "TASK",
    "Answer",
    "Predictor",
    "Seq2SeqSettings",
    "create_run",
    "load_run_data",
    "make_trainer",
    "read_data",
    "read_settings",
    "score_pairs",
]

TASK = Task(
    "seq2seq",
    Seq2SeqSettings,
    read_data,
    create_run,
    load_run_data,
    make_trainer,
    trial=lambda run: TRIALS[read_settings(run).task],
    introduce=introduce,
    complete=with_preset,
    measure=measure_run,
)
