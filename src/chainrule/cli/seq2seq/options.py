"""Options that commands for runs of the task `seq2seq` share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

__all__ = ["beam_width_option", "sampling_options", "with_option"]

F = TypeVar("F", bound=Callable[..., Any])

beam_width_option = click.option(
    "--beam-width",
    "--beam",
    type=click.IntRange(min=1),
    metavar="N",
    help="Answers followed at a time, 1 is greedy; the run's own setting by default.",
)

with_option = click.option(
    "--with",
    "others",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="RUN",
    help="Another run on the same data that answers together with it; may be given again.",
)


def sampling_options(temperature: float, top_p: float | None) -> Callable[[F], F]:
    """Make the options that say what answers are drawn from.

    Parameters
    ----------
    temperature : float
        The temperature by default.
    top_p : float or None
        What the likeliest symbols must have together by default.

    Returns
    -------
    callable
        A decorator that adds ``temperature``, ``top_k`` and ``top_p``.
    """
    options = (
        click.option(
            "--temperature",
            type=click.FloatRange(min=0, min_open=True),
            default=temperature,
            show_default=True,
            metavar="X",
            help="Of what is drawn from: below 1 safer, above 1 more varied.",
        ),
        click.option("--top-k", type=click.IntRange(min=1), metavar="K", help="Draw from the likeliest K symbols."),
        click.option(
            "--top-p",
            type=click.FloatRange(0, 1, min_open=True),
            default=top_p,
            show_default=top_p is not None,
            metavar="P",
            help="Draw from the likeliest symbols that together have this probability.",
        ),
    )

    def add(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return add
