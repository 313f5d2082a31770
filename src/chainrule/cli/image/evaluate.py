"""``chainrule evaluate`` for runs of the task `image`."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from chainrule.errors import ConfigError

if TYPE_CHECKING:
    from chainrule.metrics import ClassificationScores
    from chainrule.tasks.image import Mistake

__all__ = ["evaluate"]

_WIDEST = 20  # classes whose confusion matrix still fits a terminal


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--split", type=click.Choice(["train", "dev", "test"]), default="test", show_default=True)
@click.option(
    "--flip/--no-flip", default=None, help="Answer with the mean over an image and its mirror image; as in training."
)
@click.option(
    "--mistakes", type=click.Path(path_type=Path), metavar="FILE", help="Draw the worst mistakes into a picture."
)
@click.option("--count", type=click.IntRange(min=1), default=36, show_default=True, help="How many mistakes to show.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON object, with the confusion matrix and mistakes.")
def evaluate(run_folder: Path, split: str, flip: bool | None, mistakes: Path | None, count: int, as_json: bool) -> None:
    """Score a trained model on a part of its data.

    Shows the accuracy with its 95 % interval (Wilson's), the accuracy of each class and what it is taken for, and the
    confusion matrix: a row a class, a column an answer. The worst mistakes are those that the model was surest of.

    \b
    Examples:
      chainrule evaluate runs/clothes
      chainrule evaluate runs/clothes --mistakes mistakes.png
      chainrule evaluate runs/clothes --split dev --no-flip --json
    """
    from chainrule.metrics import classification_scores
    from chainrule.tasks.image import Predictor, load_run_data, worst_mistakes
    from chainrule.training.run import RunFolder

    if mistakes is not None:
        _check_suffix(mistakes)
    run = RunFolder.open(run_folder)
    predictor = Predictor.open(run, flip)
    images = load_run_data(run).split(split)
    classes = predictor.description.classes
    probabilities = predictor.classifier.probabilities(images.pixels)
    scores = classification_scores(probabilities, images.labels)
    worst = worst_mistakes(probabilities, images, classes, count)
    if as_json:
        click.echo(json.dumps({"split": split} | _record(scores, classes, worst)))
    else:
        for line in [f"{split}: {scores.examples:,} images", *_lines(scores, classes)]:
            click.echo(line)
    if mistakes is not None and worst:
        from chainrule.tasks.image import draw_mistakes

        draw_mistakes(worst, images).save(mistakes)


def _check_suffix(path: Path) -> None:
    from chainrule.data.images.pictures import pillow

    if path.suffix.lower() not in pillow().Image.registered_extensions():
        raise ConfigError(f"{path} must end in the name of a picture format, such as .png")


def _lines(scores: ClassificationScores, classes: Sequence[str]) -> Iterator[str]:
    low, high = scores.interval
    yield (
        f"accuracy: {100 * scores.accuracy:.2f} %  (95 % interval {100 * low:.2f} to {100 * high:.2f}; "
        f"{scores.errors:,} errors in {scores.examples:,} images)"
    )
    yield ""
    width = max(map(len, classes))
    for k, (name, row, share) in enumerate(zip(classes, scores.confusion, scores.class_accuracy, strict=True)):
        wrong = np.where(np.arange(len(classes)) == k, 0, row)
        taken = f"  taken for {classes[int(wrong.argmax())]}: {wrong.max():,}" if wrong.any() else ""
        yield f"{name:{width}}  {100 * share:6.2f} % of {row.sum():6,}{taken}" if row.any() else f"{name:{width}}  none"
    if len(classes) <= _WIDEST:
        yield ""
        yield from _matrix(scores.confusion, classes, width)


def _matrix(confusion: np.ndarray, classes: Sequence[str], width: int) -> Iterator[str]:
    cell = max(len(f"{confusion.max():,}"), 3) + 1
    yield " " * width + "".join(f"{name[: cell - 1]:>{cell}}" for name in classes)
    for name, row in zip(classes, confusion, strict=True):
        yield f"{name:{width}}" + "".join(f"{count:{cell},}" for count in row)


def _record(scores: ClassificationScores, classes: Sequence[str], worst: Sequence[Mistake]) -> dict[str, Any]:
    shares = [None if np.isnan(share) else float(share) for share in scores.class_accuracy]
    return {
        "images": scores.examples,
        "errors": scores.errors,
        "accuracy": scores.accuracy,
        "accuracy_interval": scores.interval,
        "log_loss": scores.log_loss,
        "class_accuracy": dict(zip(classes, shares, strict=True)),
        "classes": list(classes),
        "confusion": scores.confusion.tolist(),
        "mistakes": [dataclasses.asdict(mistake) for mistake in worst],
    }
