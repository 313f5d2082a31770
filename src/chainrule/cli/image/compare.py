"""``chainrule compare`` for runs of the task `image`."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["compare"]


@click.command()
@click.argument("first", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("second", metavar="OTHER", type=click.Path(path_type=Path))
@click.option("--split", type=click.Choice(["train", "dev", "test"]), default="test", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def compare(first: Path, second: Path, split: str, as_json: bool) -> None:
    """Compare the accuracy of two trained models on the same part of the same images.

    Shows the difference with its 95 % interval and the p-value of a paired bootstrap test: how often a difference as
    large would come of chance alone.

    \b
    Examples:
      chainrule compare runs/lenet runs/resnet
      chainrule compare runs/lenet runs/resnet --split dev --json
    """
    from chainrule.cli.comparison import show_comparison
    from chainrule.tasks.image import load_run_data, measure_run
    from chainrule.tasks.runs import open_both

    runs = open_both(first, second)
    data = load_run_data(runs[0])
    one, other = (measure_run(run, data, split) for run in runs)
    show_comparison(first, second, split, zip(one, other, strict=True), as_json)
