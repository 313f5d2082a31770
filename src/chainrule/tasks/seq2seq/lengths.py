"""Pairs that are too long to learn from, named by their line."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from chainrule.data.pairs import Pairs
from chainrule.data.sequences import EncodedPairs
from chainrule.data.tables import read_pairs
from chainrule.errors import DataError
from chainrule.tasks.seq2seq.model import most_symbols
from chainrule.tasks.seq2seq.settings import Seq2SeqSettings

__all__ = ["refuse_long_pairs"]

_SHOWN = 40  # characters of a long text


def refuse_long_pairs(name_or_path: str, train: Pairs, examples: EncodedPairs, settings: Seq2SeqSettings) -> None:
    """Make sure that every pair fits into a batch and into the model.

    Parameters
    ----------
    name_or_path : str
        How the user named the data.
    train : Pairs
        The texts.
    examples : EncodedPairs
        The same, encoded.
    settings : Seq2SeqSettings
        The most symbols of a batch, and the model.

    Raises
    ------
    DataError
        When one is too long; the message names the line.
    """
    longest = np.maximum(examples.sources.lengths[examples.source_of_row], examples.targets.lengths + 1)  # (R,)
    most = most_symbols(settings)
    limit, advice = settings.batch_tokens, "raise batch_tokens"
    if most is not None and most < limit:
        limit, advice = most, "choose other positions than learned ones"
    row = int(longest.argmax())
    if longest[row] > limit:
        source, target = list(train.rows())[row]
        raise DataError(
            f"{_place(name_or_path, (source, target), settings)}: {_shortened(source)} and {_shortened(target)} have "
            f"up to {longest[row]:,} symbols, more than {limit:,}; {advice}, or leave the line out"
        )


def _place(name_or_path: str, pair: tuple[str, str], settings: Seq2SeqSettings) -> str:
    path = Path(name_or_path)
    file = path / "train.tsv" if path.is_dir() else path
    if not file.is_file():
        return name_or_path
    # Every line is a row: a file with an empty line is refused.
    rows = read_pairs(file, (settings.source_column - 1, settings.target_column - 1), settings.encoding)
    return f"{file}, line {rows.index(pair) + 1}"


def _shortened(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...")
