"""``chainrule evaluate`` for runs of the task `denoise`."""

from __future__ import annotations

import json
import math
from pathlib import Path

import click

__all__ = ["evaluate"]


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--split", type=click.Choice(["train", "dev", "test"]), default="test", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object.")
def evaluate(run_folder: Path, split: str, as_json: bool) -> None:
    """Score a denoising model on a part of its data, whose texts are spoiled in the same way every time.

    \b
    Examples:
      chainrule evaluate runs/letters
      chainrule evaluate runs/letters --split dev --json
    """
    from chainrule.tasks.pretraining.denoising import (
        Noise,
        load_model,
        load_run_data,
        read_settings,
        reconstruction_loss,
    )
    from chainrule.training.run import RunFolder

    run = RunFolder.open(run_folder)
    model, tokenizer = load_model(run)
    texts = load_run_data(run).split(split)
    loss = reconstruction_loss(model, texts, tokenizer, Noise(read_settings(run), tokenizer))
    if as_json:
        click.echo(json.dumps({"split": split, "loss": loss, "perplexity": math.exp(loss), "texts": len(texts)}))
        return
    click.echo(f"{split}: {len(texts):,} texts")
    click.echo(f"loss: {loss:.4f} nats a symbol; perplexity {math.exp(loss):.3f}")
