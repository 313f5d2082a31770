"""``chainrule compare`` for runs of the task `seq2seq`."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["compare"]


@click.command()
@click.argument("first", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("second", metavar="OTHER", type=click.Path(path_type=Path))
@click.option("--split", type=click.Choice(["train", "dev", "test"]), default="test", show_default=True)
@click.option(
    "--beam-width",
    type=click.IntRange(min=1),
    metavar="N",
    help="Answers followed at a time by both; each run's own setting by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def compare(first: Path, second: Path, split: str, beam_width: int | None, as_json: bool) -> None:
    """Compare two trained models on the same part of the same data.

    Each score is given for both, with the difference, its 95 % interval and the p-value of a paired bootstrap test:
    how often a difference as large would come of chance alone.

    \b
    Examples:
      chainrule compare runs/narrow runs/wide
      chainrule compare runs/lstm runs/transformer --split dev --json
    """
    from chainrule.cli.comparison import show_comparison
    from chainrule.tasks.seq2seq.comparing import measure_both

    show_comparison(first, second, split, measure_both(first, second, split, beam_width), as_json)
