"""``chainrule resume``."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["resume"]


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    metavar="X",
    help="Train this much longer, with a new learning-rate schedule.",
)
@click.option("--steps", type=click.IntRange(min=1), metavar="N", help="The same, as a number of steps.")
@click.pass_context
def resume(ctx: click.Context, run_folder: Path, minutes: float | None, steps: int | None) -> None:
    """Finish a run that was interrupted, or train it further.

    Without an option the run goes on from its newest checkpoint to the end that was planned, and ends with the
    same weights, to the bit, as if it had never been interrupted (same machine and number of threads). With
    --minutes or --steps a new stage begins where the run stands.

    \b
    Examples:
      chainrule resume runs/say
      chainrule resume runs/say --minutes 5
    """
    from chainrule.cli.sessions import run_trainer
    from chainrule.errors import CheckpointError
    from chainrule.tasks import task_of
    from chainrule.training.environment import describe_environment, environment_differences
    from chainrule.training.lock import locked
    from chainrule.training.loop import Trainer
    from chainrule.training.progress import Progress
    from chainrule.training.run import RunFolder

    if minutes is not None and steps is not None:
        raise click.UsageError("give only one of --minutes and --steps")
    run = RunFolder.open(run_folder)
    if origin := run.config.data.get("average_of"):
        raise CheckpointError(f"{run.path} holds averaged weights and cannot be trained further: resume {origin}")
    with locked(run.path):
        run.sweep()
        checkpoint = run.checkpoints.load()
        task = task_of(run)
        data = task.load_run_data(run)
        if checkpoint is None:
            click.echo("There is no checkpoint yet: starting from the first step.")
        else:
            for note in checkpoint.notes:
                click.echo(f"Warning: {note}.", err=True)
            changed = environment_differences(checkpoint.environment, describe_environment())
            if changed:
                click.echo(f"Warning: results may differ in the last bits: {', '.join(changed)}.", err=True)

        def make(progress: Progress) -> Trainer:
            trainer = task.make_trainer(run, data, progress)
            if checkpoint is not None:
                trainer.restore(checkpoint)
            if minutes is not None or steps is not None:
                trainer.extend(steps=steps, minutes=minutes)
            return trainer

        run_trainer(ctx, run, make)
