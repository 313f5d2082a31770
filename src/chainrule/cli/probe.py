"""``chainrule evaluate RUN --probe DATA``: what a model makes of labelled data whose labels it has not learned."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chainrule.cli.curve_table import curve_options, show_curves
from chainrule.cli.task_commands import RunCommand, hand_over
from chainrule.inspect.text_table import columns

if TYPE_CHECKING:
    from chainrule.metrics import Measurement

__all__ = ["ProbingCommand", "probe"]


class ProbingCommand(RunCommand):
    """``chainrule evaluate RUN``, which with ``--probe DATA`` judges what the run makes of other data.

    Parameters
    ----------
    verb, help : str
        As for `RunCommand`.
    """

    def __init__(self, verb: str, help: str) -> None:
        super().__init__(verb, help)
        self.params.insert(0, click.Option(["--probe"], metavar="DATA"))

    def invoke(self, ctx: click.Context) -> None:
        """Run the command of the task, or the probe.

        Parameters
        ----------
        ctx : click.Context
            Click's context.
        """
        data = ctx.params["probe"]
        if data is None:
            super().invoke(ctx)
        else:
            hand_over(probe, ctx, str(ctx.info_name), [*ctx.params["arguments"], "--probe", data])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, which are others for each task, and those of probes.

        Parameters
        ----------
        ctx : click.Context
            Click's context.
        formatter : click.HelpFormatter
            Collects the text.
        """
        super().format_options(ctx, formatter)
        with formatter.section("Options for probes"):
            options = [parameter for parameter in probe.params if isinstance(parameter, click.Option)]
            formatter.write_dl([record for option in options if (record := option.get_help_record(ctx))])


def _probe(
    base: str, data: str, neighbours: int, amounts: str | None, seeds: int, plot: Path | None, as_json: bool
) -> None:
    from chainrule.inspect.curve_plot import check_plot
    from chainrule.random import Generator
    from chainrule.tasks.judging.amounts import parse_amounts
    from chainrule.tasks.judging.probing import LINEAR, PLAIN, check_scikit_learn, probe_curves, probes_of
    from chainrule.tasks.judging.representation import representation_of

    if plot is not None and amounts is None:
        raise click.UsageError("--plot needs --examples, the amounts between which to draw")
    if plot is not None:
        check_plot(plot)
    parsed = None if amounts is None else parse_amounts(amounts)
    check_scikit_learn()
    learned, anew = representation_of(base), representation_of(base, Generator(0))
    labelled = learned.kind.load(data)
    probes = probes_of(learned, anew, labelled, neighbours)
    compared = LINEAR, PLAIN.format(learned.kind.plain)
    if parsed is not None:
        curves = probe_curves(probes, [amount.of(len(labelled.train.labels)) for amount in parsed], seeds)
        show_curves(curves, f"{labelled.name}, {base}", compared, plot, as_json)
        return
    measured = {probe.name: probe.measured() for probe in probes}
    sizes = {part: len(getattr(labelled, part).labels) for part in ("train", "dev", "test")}
    if as_json:
        click.echo(json.dumps(sizes | {"probes": {name: _record(found) for name, found in measured.items()}}))
        return
    click.echo(f"{labelled.name}: {', '.join(f'{count:,} {part}' for part, count in sizes.items())}")
    for line in _lines(measured, compared):
        click.echo(line)


def _lines(measured: Mapping[str, Measurement], compared: tuple[str, str]) -> Iterator[str]:
    from chainrule.metrics import compare_measurements

    rows = [["accuracy on test", "%", "95 % interval"]]
    for name, found in measured.items():
        low, high = found.interval()
        rows.append([name, f"{100 * found.value:.2f}", f"{100 * low:.2f} to {100 * high:.2f}"])
    yield from columns(rows)
    one, other = compared
    difference = compare_measurements(measured[other], measured[one])
    low, high = difference.interval
    yield (
        f"{one} less {other}: {100 * difference.difference:+.2f} (95 % interval {100 * low:+.2f} to "
        f"{100 * high:+.2f}, p = {difference.p_value:.3f})"
    )


def _record(found: Measurement) -> dict[str, Any]:
    return {found.name: found.value, f"{found.name}_interval": found.interval()}


probe = click.Command(
    "probe",
    callback=_probe,
    params=[
        click.Argument(["base"], metavar="RUN"),
        click.Option(["--probe", "data"], required=True, metavar="DATA", help="Labelled data to judge by."),
        click.Option(
            ["--neighbours"],
            type=click.IntRange(min=1),
            default=20,
            show_default=True,
            help="How many neighbours answer together.",
        ),
        *curve_options(amounts=None, repeated="With --examples, how often the examples are drawn."),
    ],
    help=inspect.cleandoc(
        """Judge what a pre-trained model makes of labelled data, without training it any further.

        RUN is a run of pre-training, or published weights for texts (see `chainrule weights list`). DATA is labelled
        data of the kind that it describes, as for `chainrule finetune`, in three parts. The model describes each input
        by a vector; a logistic regression on these vectors (its penalty chosen on dev) and the nearest neighbours by
        cosine say how much of the labels is in them. Beside them stand the same model with random weights, a
        description that needs no learning, and the commonest label. With --examples the probes learn from so many
        labels only, drawn from several seeds.

        \b
        Examples:
          chainrule evaluate runs/base --probe wordnet
          chainrule evaluate all-minilm-l6-v2 --probe vader-movies --examples 1%,10%,100% --plot probes.svg
        """
    ),
)
