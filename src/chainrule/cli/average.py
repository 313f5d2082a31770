"""``chainrule average``."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["average"]


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder for the run that comes of it."
)
@click.option(
    "--last",
    type=click.IntRange(min=2),
    metavar="K",
    help="Average the weights of the last K measurements; of all that were kept by default.",
)
def average(run_folder: Path, out: Path, last: int | None) -> None:
    """Average the weights that a run had at its last measurements.

    The run must have been trained with --keep N, which keeps the weights of the last N measurements. The mean is often
    better than the last weights alone; whether it is better than the best model of the run, `chainrule compare` tells.
    The new run answers and is scored as any other, but cannot be trained further.

    \b
    Examples:
      chainrule train seq2seq trans-de-en --task translate --out runs/de-en --minutes 45 --keep 8
      chainrule average runs/de-en --last 5 --out runs/de-en-mean
      chainrule compare runs/de-en runs/de-en-mean --split dev
    """
    from chainrule.errors import CheckpointError
    from chainrule.training.run import RunFolder
    from chainrule.training.snapshots import mean_weights

    run = RunFolder.open(run_folder)
    if run.config.settings.get("method") == "lora":
        raise CheckpointError(
            f"{run.path} learned small changes of matrices (--method lora), whose parts have no mean that is the mean "
            "of the matrices: train with --method full"
        )
    steps = run.snapshots.steps
    if len(steps) < (last or 2):
        raise CheckpointError(
            f"{run.path} kept the weights of {len(steps)} measurements, and {last or 2} are needed: train with "
            f"--keep {last or 2} or more"
        )
    steps = steps[-(last or len(steps)) :]
    weights = mean_weights([run.snapshots.load(step) for step in steps])
    run.copy(out, weights, average_of=str(run.path), average_steps=steps)
    click.echo(f"{out} holds the mean of the weights after steps {', '.join(f'{step:,}' for step in steps)}.")
    click.echo(f"Compare it: chainrule compare {run.path} {out} --split dev")
