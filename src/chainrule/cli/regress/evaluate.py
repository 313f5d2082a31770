"""``chainrule evaluate`` for runs of the task `regress`."""

from __future__ import annotations

import json
from pathlib import Path

import click

__all__ = ["evaluate"]


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--split", type=click.Choice(["train", "dev", "test"]), default="test", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def evaluate(run_folder: Path, split: str, as_json: bool) -> None:
    """Score estimates of numbers on a part of the data: the mean absolute error, beside what always answering with the
    mean of the numbers learned from would give, R2, and the correlations of Pearson and of Spearman, each with a 95 %
    interval by bootstrap over texts.

    \b
    Examples:
      chainrule evaluate runs/ratings
      chainrule evaluate runs/ratings --split dev --json
    """
    import numpy as np

    from chainrule.tasks.finetuning.regress import REGRESS
    from chainrule.tasks.finetuning.text_regressor import NumberPredictor
    from chainrule.training.run import RunFolder

    run = RunFolder.open(run_folder)
    texts = REGRESS.load_run_data(run).split(split)
    predictor = NumberPredictor.open(run)
    found = predictor.score(texts)
    baseline = float(np.abs(np.array(texts.numbers) - predictor.scale.mean).mean())
    if as_json:
        scores = {score.name: {"value": score.value, "interval": score.interval()} for score in found}
        click.echo(json.dumps({"split": split, "texts": len(texts), "mean alone": baseline} | scores))
        return
    click.echo(f"{split}: {len(texts):,} texts")
    for score in found:
        low, high = score.interval()
        click.echo(f"{score.name}: {score.value:.4g}  (95 % interval {low:.4g} to {high:.4g})")
        if score is found[0]:
            click.echo(f"the mean alone: {baseline:.4g}")
