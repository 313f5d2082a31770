"""Two runs on the same data, measured on the same inputs."""

from __future__ import annotations

from pathlib import Path

from chainrule.errors import DataError
from chainrule.metrics import Measurement
from chainrule.tasks.runs import open_both
from chainrule.tasks.seq2seq.assembly import load_run_data
from chainrule.tasks.seq2seq.measuring import measure
from chainrule.tasks.seq2seq.model import read_settings
from chainrule.tasks.seq2seq.predictor import Predictor

__all__ = ["measure_both"]


def measure_both(
    first: Path, second: Path, split: str, beam_width: int | None = None
) -> list[tuple[Measurement, Measurement]]:
    """Score two runs on a part of their data.

    Parameters
    ----------
    first, second : Path
        Their folders.
    split : str
        The part.
    beam_width : int, optional
        How many answers both follow; each run's own setting by default.

    Returns
    -------
    list of tuple of Measurement
        The scores that both have; perplexities only where both have the same symbols.

    Raises
    ------
    DataError
        When they learned from different data, or kinds of answers that have no score in common.
    """
    runs = open_both(first, second)
    tasks = [read_settings(run).task for run in runs]
    pairs = load_run_data(runs[0]).split(split)
    predictors = [Predictor.open(run, beam_width) for run in runs]
    measured = [measure(predictor, pairs, task) for predictor, task in zip(predictors, tasks)]
    same_symbols = predictors[0].target_tokenizer == predictors[1].target_tokenizer
    second_scores = {(score.name, score.signature): score for score in measured[1]}
    common = [
        (score, second_scores[score.name, score.signature])
        for score in measured[0]
        if (score.name, score.signature) in second_scores and (same_symbols or score.name != "perplexity")
    ]
    if not common:
        raise DataError(
            f"{first} and {second} have no score in common: they are of the kinds {' and '.join(tasks)}, or have "
            f"different symbols"
        )
    return common
