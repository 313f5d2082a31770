"""``chainrule generate`` for runs of the task `causal`."""

from __future__ import annotations

import json
from pathlib import Path

import click

__all__ = ["generate"]


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--prompt", default="", metavar="TEXT", help="How the text begins.")
@click.option(
    "--symbols", type=click.IntRange(min=1), default=500, show_default=True, metavar="N", help="At most so many."
)
@click.option(
    "--samples", type=click.IntRange(min=1), default=1, show_default=True, metavar="K", help="Texts, one after another."
)
@click.option(
    "--temperature",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    metavar="X",
    help="Below 1 likelier, above 1 more surprising.",
)
@click.option("--top-k", type=click.IntRange(min=1), metavar="K", help="Draw from the K likeliest symbols.")
@click.option(
    "--top-p",
    type=click.FloatRange(min=0, max=1, min_open=True),
    metavar="P",
    help="Draw from the likeliest symbols that together have probability P.",
)
@click.option(
    "--repetition-penalty",
    type=click.FloatRange(min=1),
    metavar="X",
    help="Make symbols that are already there less likely; 1.2 is usual.",
)
@click.option(
    "--seed", type=click.IntRange(min=0), metavar="N", help="Draw the same again; another text every time by default."
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object a text.")
def generate(
    run_folder: Path,
    prompt: str,
    symbols: int,
    samples: int,
    temperature: float,
    top_k: int | None,
    top_p: float | None,
    repetition_penalty: float | None,
    seed: int | None,
    as_json: bool,
) -> None:
    """Go on with a text, symbol by symbol, as it is drawn.

    \b
    Examples:
      chainrule generate runs/gpt --prompt "ROMEO:" --temperature 0.8
      chainrule generate runs/names --samples 20
      chainrule generate runs/gpt --top-k 40 --seed 1 --json
    """
    from chainrule.decoding import Filter, RepetitionPenalty, Temperature, TopK, TopP
    from chainrule.random import Generator
    from chainrule.tasks.finetuning.writer import Writer
    from chainrule.tasks.pretraining.generation import generate as write
    from chainrule.training.run import RunFolder

    writer = Writer.open(RunFolder.open(run_folder))
    filters: list[Filter] = [Temperature(temperature)]
    if repetition_penalty is not None:
        filters.insert(0, RepetitionPenalty(repetition_penalty))
    if top_k is not None:
        filters.append(TopK(top_k))
    if top_p is not None:
        filters.append(TopP(top_p))
    generator = Generator(seed)
    for _ in range(samples):
        if not as_json:
            click.echo(prompt, nl=False)
        text = write(
            writer.model,
            writer.marks,
            prompt,
            symbols=symbols,
            generator=generator,
            filters=filters,
            emit=(lambda piece: None) if as_json else (lambda piece: click.echo(piece, nl=False)),
        )
        record = {"prompt": prompt, "text": text, "seed": generator.seed}
        click.echo(json.dumps(record, ensure_ascii=False) if as_json else "")
