"""``chainrule evaluate`` for runs of the task `mae`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

__all__ = ["evaluate"]


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--split", type=click.Choice(["train", "dev", "test"]), default="test", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def evaluate(run_folder: Path, split: str, as_json: bool) -> None:
    """Score a masked autoencoder on a part of its data: how much of what hidden patches show it foresees.

    The same patches are hidden every time.

    \b
    Examples:
      chainrule evaluate runs/painter
      chainrule evaluate runs/painter --split dev --json
    """
    from chainrule.tasks.image.predictor import read_description
    from chainrule.tasks.pretraining.mae import MAE, measure
    from chainrule.training.run import RunFolder

    run = RunFolder.open(run_folder)
    model, images = MAE.load_model(run), MAE.load_run_data(run).split(split)
    found = measure(model, images, MAE.read_settings(run), read_description(run))
    if as_json:
        click.echo(json.dumps({"split": split} | dataclasses.asdict(found)))
        return
    click.echo(f"{split}: {found.images:,} images")
    click.echo(f"of what hidden patches show, {100 * found.explained:.1f} % is foreseen; loss: {found.loss:.4f}")
