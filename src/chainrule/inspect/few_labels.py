"""Learning from few labels, with the same small model from random weights and from pre-trained ones."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from chainrule.inspect.small_masked import Pretrained, Progress, no_progress
from chainrule.random import Generator

if TYPE_CHECKING:
    from chainrule.models.heads import WithHead
    from chainrule.tasks.judging.curves import LearningCurves

SCRATCH, PRETRAINED = "from scratch", "pre-trained"
RATE, BATCH = 1e-3, 16


class Comparison(NamedTuple):
    """Both ways to begin, on the same few labels, measured on the test part.

    Attributes
    ----------
    curves : LearningCurves
        The accuracy at the end of `SCRATCH` and `PRETRAINED`, by the number of labels.
    by_epoch : mapping of str to ndarray, shape (seeds, epochs + 1)
        For one number of labels the accuracy before and after each epoch.
    commonest : float
        The accuracy of always naming the label that is commonest in the test part.
    asked : int
        How many texts that has.
    body, head : int
        How many numbers of the model are taken over, and how many are new in any case.
    """

    curves: "LearningCurves"
    by_epoch: Mapping[str, np.ndarray]
    commonest: float
    asked: int
    body: int
    head: int


def compare(pretrained: Pretrained, progress: Progress = no_progress) -> Comparison:
    """Fine-tune from both beginnings, for each number of labels and from several seeds.

    Parameters
    ----------
    pretrained : Pretrained
        The model, before and after pre-training.
    progress : callable
        Shows how far it is.

    Returns
    -------
    Comparison
        The same numbers each time on a machine.
    """
    from chainrule.tasks.judging.curves import LearningCurves

    lesson, labels = pretrained.lesson, np.array(pretrained.lesson.data.split("test").labels)
    found: dict[str, dict[int, dict[int, np.ndarray]]] = {
        arm: {examples: {} for examples in lesson.amounts} for arm in (SCRATCH, PRETRAINED)
    }
    trials = [(arm, n, seed) for n in lesson.amounts for seed in range(lesson.seeds) for arm in found]
    for arm, examples, seed in progress(trials, "Fine-tuning"):
        found[arm][examples][seed] = fine_tuned(pretrained, arm, examples, seed)
    ends = {
        arm: {n: {seed: float(curve[-1]) for seed, curve in curves.items()} for n, curves in points.items()}
        for arm, points in found.items()
    }
    classifier = make_classifier(pretrained, PRETRAINED, 0)
    return Comparison(
        curves=LearningCurves("accuracy", per_cent=True, lower_is_better=False, arms=ends),
        by_epoch={arm: np.stack([*points[lesson.curve].values()]) for arm, points in found.items()},
        commonest=float(np.bincount(labels).max() / len(labels)),
        asked=len(labels),
        body=classifier.body.num_parameters(),
        head=classifier.head.num_parameters(),
    )


def make_classifier(pretrained: Pretrained, arm: str, seed: int) -> "WithHead":
    """Put a new head on a body.

    Parameters
    ----------
    pretrained : Pretrained
        The model.
    arm : {"from scratch", "pre-trained"}
        Whether the body begins with random weights or those of the model.
    seed : int
        Where they start; the head is the same for both.

    Returns
    -------
    WithHead
        From tokens and lengths to the scores of labels.
    """
    from chainrule.models.heads import ClassificationHead, WithHead
    from chainrule.tasks.pretraining.masked import make_model

    generator, labels = Generator(seed), pretrained.lesson.data.labels
    body = make_model(pretrained.settings, pretrained.tokenizer, generator).encoder
    if arm == PRETRAINED:
        body.load_state_dict(pretrained.model.encoder.state_dict())
    return WithHead(body, ClassificationHead(pretrained.settings.width, len(labels), generator=generator))


def fine_tuned(pretrained: Pretrained, arm: str, examples: int, seed: int) -> np.ndarray:
    """Fine-tune once.

    Parameters
    ----------
    pretrained : Pretrained
        The model.
    arm : {"from scratch", "pre-trained"}
        How it begins.
    examples : int
        How many labelled texts of the training part it learns from.
    seed : int
        Draws them and all else that is random.

    Returns
    -------
    ndarray of float, shape (epochs + 1,)
        The accuracy on the test part, before and after each epoch.
    """
    from chainrule.tasks.finetuning.scores import score_texts
    from chainrule.training.fine_tuning import fine_tune

    data, model = pretrained.lesson.data, make_classifier(pretrained, arm, seed).eval()
    few, test = data.split("train").sample(examples, Generator(seed)), data.split("test")
    texts, held_out, labels = pretrained.encode(few.texts), pretrained.encode(test.texts), np.array(test.labels)
    accuracies: list[float] = []

    def measure() -> None:
        accuracies.append(1 - score_texts(model, held_out).error_rate(labels))

    measure()
    inputs = (texts.padded(np.arange(len(texts))), texts.lengths)
    epochs = pretrained.lesson.epochs
    fine_tune(
        model, (inputs, np.array(few.labels)), RATE, epochs=epochs, batch_size=BATCH, seed=seed, after_epoch=measure
    )
    return np.array(accuracies)
