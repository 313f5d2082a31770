"""What the user should know of inputs to a run of the task `seq2seq`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from chainrule.tasks.seq2seq import Predictor

__all__ = ["warn_of_unknown"]


def warn_of_unknown(predictor: Predictor, texts: Sequence[str], unit: str, first: int = 1) -> None:
    """Say on standard error which inputs have symbols that the model never saw, but can do without.

    Parameters
    ----------
    predictor : Predictor
        The model.
    texts : sequence of str
        The inputs.
    unit : str
        What one is called, such as ``"line"``.
    first : int
        From where they are counted.
    """
    if not predictor.source_tokenizer.is_open:
        return  # an unknown symbol is an error
    for number, _, unknown in predictor.unknown(texts, first):
        symbols = " or ".join(predictor.source_tokenizer.join([symbol]) for symbol in unknown)
        click.echo(f"{unit} {number}: the model never saw {symbols}, and reads <unk>", err=True)
