"""``chainrule predict`` for runs of the task `image`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from chainrule.tasks.image import Answer, Predictor

__all__ = ["predict"]

_CHUNK = 1024  # pictures answered at a time, so that output begins early and memory stays small


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("pictures", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--top", type=click.IntRange(min=1), default=3, show_default=True, metavar="K", help="Classes to write a picture."
)
@click.option(
    "--flip/--no-flip", default=None, help="Answer with the mean over a picture and its mirror image; as in training."
)
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object a picture.")
def predict(run_folder: Path, pictures: tuple[Path, ...], top: int, flip: bool | None, as_json: bool) -> None:
    """Classify pictures with a trained model.

    PICTURES are files of any size. Each is made like the pictures that the model was trained on: scaled so that it
    fills their size, grey where they are grey, and turned to its negative where they show things on black and it
    shows them on white. Only the run's folder is needed, not the data it was trained on.

    Each picture gives a line for each of its likeliest classes: the file, a tab, the class, a tab, its probability.
    A picture that cannot be read is named, the others are answered, and the exit status is 1.

    \b
    Examples:
      chainrule predict runs/clothes photo.png
      chainrule predict runs/clothes --top 1 photos/*.jpg
      chainrule predict runs/clothes photo.png --json
    """
    from chainrule.data.images.pictures import pillow
    from chainrule.errors import DataError
    from chainrule.tasks.image import Predictor
    from chainrule.training.run import RunFolder

    predictor = Predictor.open(RunFolder.open(run_folder), flip)
    pillow()
    problems: list[DataError] = []
    for start in range(0, len(pictures), _CHUNK):
        for path, answers in _answered(predictor, pictures[start : start + _CHUNK], top, problems):
            for line in _json_line(path, answers) if as_json else _lines(path, answers):
                click.echo(line)
    if problems:
        for problem in problems[:-1]:
            click.echo(f"Error: {problem}", err=True)
        raise problems[-1]


def _answered(
    predictor: Predictor, paths: tuple[Path, ...], top: int, problems: list
) -> Iterator[tuple[Path, list[Answer]]]:
    from chainrule.errors import DataError

    read = {}
    for path in paths:
        try:
            read[path] = predictor.read(path)
        except DataError as problem:
            problems.append(problem)
    yield from zip(read, predictor.predict(list(read.values()), top), strict=True)


def _lines(path: Path, answers: list[Answer]) -> Iterator[str]:
    for answer in answers:
        yield f"{path}\t{answer.name}\t{answer.probability:.4f}"


def _json_line(path: Path, answers: list[Answer]) -> Iterator[str]:
    entries = [{"class": answer.name, "probability": answer.probability} for answer in answers]
    yield json.dumps({"input": str(path), "answers": entries}, ensure_ascii=False)
