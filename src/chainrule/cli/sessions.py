"""What `train` and `resume` have in common: run a trainer, say how it ended."""

from __future__ import annotations

from collections.abc import Callable

import click

from chainrule.tasks import task_of
from chainrule.training.loop import Trainer
from chainrule.training.progress import Progress, progress_for_terminal
from chainrule.training.run import RunFolder

__all__ = ["run_trainer"]


def run_trainer(ctx: click.Context, run: RunFolder, make: Callable[[Progress], Trainer]) -> None:
    """Train and say how it ended.

    Parameters
    ----------
    ctx : click.Context
        Click's context, for the exit status.
    run : RunFolder
        The run.
    make : callable
        From a progress display to a trainer.
    """
    trainer = make(progress_for_terminal())
    if trainer.complete:
        click.echo(f"The run is complete after step {trainer.step:,}; to train further give --minutes or --steps.")
        return
    outcome = trainer.train()
    if outcome.signal is not None:
        click.echo(
            f"Stopped by {outcome.signal.name} after step {outcome.step:,}; everything is saved. "
            f"Continue with: chainrule resume {run.path}"
        )
        ctx.exit(128 + outcome.signal)
    click.echo(f"Done after step {outcome.step:,}; the best model is that of step {outcome.best.step:,}.")
    trial = task_of(run).trial
    click.echo(f"Try it: chainrule {(trial if isinstance(trial, str) else trial(run)).format(run=run.path)}")
