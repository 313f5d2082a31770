"""A run measured on a part of its data, and two runs on the same one."""

from __future__ import annotations

from pathlib import Path

from chainrule.data.pairs import PairDataset
from chainrule.errors import DataError
from chainrule.metrics import Measurement
from chainrule.tasks.runs import open_both
from chainrule.tasks.seq2seq.assembly import load_run_data
from chainrule.tasks.seq2seq.measuring import measure
from chainrule.tasks.seq2seq.model import read_settings, read_tokenizers
from chainrule.tasks.seq2seq.predictor import Predictor
from chainrule.training.run import RunFolder

__all__ = ["measure_both", "measure_run"]


def measure_run(run: RunFolder, data: PairDataset, part: str, beam_width: int | None = None) -> list[Measurement]:
    """Score the best model of a run.

    Parameters
    ----------
    run : RunFolder
        The run.
    data : PairDataset
        Its pairs.
    part : str
        The part to score on.
    beam_width : int, optional
        How many answers it follows; the run's own setting by default.

    Returns
    -------
    list of Measurement
        The scores that fit its kind of pairs, as of `measure`.
    """
    return measure(Predictor.open(run, beam_width), data.split(part), read_settings(run).task)


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
    data = load_run_data(runs[0])
    measured = [measure_run(run, data, split, beam_width) for run in runs]
    same_symbols = read_tokenizers(runs[0])[1] == read_tokenizers(runs[1])[1]
    second_scores = {(score.name, score.signature): score for score in measured[1]}
    common = [
        (score, second_scores[score.name, score.signature])
        for score in measured[0]
        if (score.name, score.signature) in second_scores and (same_symbols or score.name != "perplexity")
    ]
    if not common:
        kinds = " and ".join(read_settings(run).task for run in runs)
        raise DataError(
            f"{first} and {second} have no score in common: they are of the kinds {kinds}, or have different symbols"
        )
    return common
