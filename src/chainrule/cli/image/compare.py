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
    from chainrule.metrics import accuracy_measurement
    from chainrule.tasks.image import Predictor, load_run_data
    from chainrule.tasks.runs import open_both

    runs = open_both(first, second)
    images = load_run_data(runs[0]).split(split)
    one, other = (
        accuracy_measurement(Predictor.open(run).classifier.probabilities(images.pixels), images.labels) for run in runs
    )
    show_comparison(first, second, split, [(one, other)], as_json)
