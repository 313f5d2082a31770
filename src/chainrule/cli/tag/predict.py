"""``chainrule predict`` for runs of the task `tag`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

__all__ = ["predict"]


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("texts", nargs=-1)
@click.option("--input", "input_file", type=click.Path(path_type=Path), metavar="FILE", help="Texts, one a line.")
@click.option(
    "--words",
    "only_words",
    is_flag=True,
    help="Words have spaces between them: leave signs where they are.",
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object a text.")
def predict(run_folder: Path, texts: tuple[str, ...], input_file: Path | None, only_words: bool, as_json: bool) -> None:
    """Tag the words of texts.

    A text is cut at its spaces, and signs are cut from words. Each text gives one line of word/tag.

    \b
    Examples:
      chainrule predict runs/speech "The old man the boat."
      chainrule predict runs/names --input sentences.txt --words --json
    """
    from chainrule.data.tables import read_texts
    from chainrule.tasks.finetuning.tagger import Tagger, split_words
    from chainrule.training.run import RunFolder

    if texts and input_file is not None:
        raise click.UsageError("give either TEXTS or --input, not both")
    given = list(texts) or read_texts(input_file or sys.stdin.buffer)
    sentences = [text.split() if only_words else split_words(text) for text in given]
    for text, words, found in zip(
        given, sentences, Tagger.open(RunFolder.open(run_folder)).predict(sentences), strict=True
    ):
        if as_json:
            answer = [{"word": w, "tag": tag, "probability": p} for w, (tag, p) in zip(words, found, strict=True)]
            click.echo(json.dumps({"input": text, "words": answer}, ensure_ascii=False))
        else:
            click.echo(" ".join(f"{word}/{tag}" for word, (tag, _) in zip(words, found, strict=True)))
