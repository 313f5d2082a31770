"""``chainrule train seq2seq``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from chainrule.cli.options import GroupedCommand, setting_options
from chainrule.cli.sessions import run_trainer
from chainrule.errors import ConfigError
from chainrule.tasks.seq2seq import Seq2SeqSettings, create_run, make_trainer, read_data
from chainrule.training.config import DURATIONS, merge_settings, read_settings_file
from chainrule.training.lock import locked
from chainrule.training.run import RunConfig, RunFolder
from chainrule.training.stages import Plan

__all__ = ["seq2seq"]


@click.command(cls=GroupedCommand, params=setting_options(Seq2SeqSettings))
@click.argument("data")
@click.option("--out", type=click.Path(path_type=Path), required=True, metavar="DIR", help="Folder for the run.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Settings from a TOML file, or a run's config.json, which repeats that run; options win over it.",
)
@click.pass_context
def seq2seq(ctx: click.Context, data: str, out: Path, config: Path | None, **given: Any) -> None:
    """Train a recurrent encoder-decoder with attention on pairs of texts.

    DATA is a data set's name (see `chainrule data list`), a file with two tab-separated columns, input and
    output, or a folder with train.tsv, dev.tsv and test.tsv. A single file is split by a hash of the input, so
    that rows added later move no other row.

    The folder of the run will hold the best model by its score on the development set, the settings, the
    tokenizers, metrics.jsonl, and checkpoints for `chainrule resume`. Ctrl-C ends training with everything
    saved.

    \b
    Examples:
      chainrule train seq2seq cmudict --out runs/say --minutes 5
      chainrule train seq2seq pairs.tsv --out runs/mine --epochs 10 --learning-rate 1e-3
      chainrule train seq2seq cmudict --out runs/wide --config wide.toml --seed 2
      chainrule train seq2seq cmudict --out runs/again --config runs/say/config.json

    wide.toml may hold any of the settings below, with underscores:

    \b
      minutes = 45
      decoder_size = 512
      dropout = 0.25
    """
    RunFolder.refuse_existing(out)
    settings, plan = _settings(config, {name: value for name, value in given.items() if value is not None})
    pairs = read_data(data, settings)
    run = create_run(out, data, pairs, settings, plan)
    with locked(run.path):
        click.echo(f"{pairs.name}: " + ", ".join(f"{len(part):,} {name}" for name, part in pairs.splits.items()))
        run_trainer(ctx, run, lambda progress: make_trainer(run, pairs, progress))


def _settings(config: Path | None, given: dict[str, Any]) -> tuple[Seq2SeqSettings, Plan | None]:
    """Settings of a file and of the command line over it; the stages too if a run is to be repeated."""
    lower: dict[str, Any] = {}
    plan = None
    if config is not None:
        lower = read_settings_file(config)
        if "stages" in lower:
            repeated = RunConfig.from_json(lower, str(config))
            if repeated.task != "seq2seq":
                raise ConfigError(f"{config} is of the task {repeated.task!r}, expected 'seq2seq'")
            lower = repeated.settings
            if not any(given.get(name) is not None for name in DURATIONS) and repeated.plan.last.end is not None:
                plan = repeated.plan
        Seq2SeqSettings.from_mapping(lower, str(config))  # so that a mistake is laid at the file's door
    merged = merge_settings(lower, given, "the command line")
    return Seq2SeqSettings.from_mapping(merged, "the command line"), plan
