"""The explanation of pre-training as a page."""

import inspect
import math
from pathlib import Path

import numpy as np

from chainrule.inspect import page
from chainrule.inspect.charts import Axis, Plot
from chainrule.inspect.explain_pretraining import Explanation, Word
from chainrule.inspect.explain_pretraining_text import POINTS, amounts, chance
from chainrule.inspect.explain_seq2seq import Candidate
from chainrule.inspect.few_labels import PRETRAINED, SCRATCH
from chainrule.inspect.masked_loss import masked_loss
from chainrule.inspect.page import Markup, code, element, emphasis, paragraph, section

_MINUS, _HELD = "\u2212", "\u00a0"  # the latter is a space at which no line ends


def write(found: Explanation, path: Path) -> Path:
    """Save the page.

    Parameters
    ----------
    found : Explanation
        What `explain_pretraining` returned.
    path : Path
        The file. Opening it asks no other address for anything.

    Returns
    -------
    Path
        The file.
    """
    lead = (
        "Labels are work, text is everywhere. Self-supervised learning asks questions that the text itself answers: "
        "hide some words, and let a model guess them from the others. Whoever guesses well has learned what words go "
        "together. What it learned so, without a label, is then put to use where labels are few: fine-tuning."
    )
    parts = [_task(found), _questions(found), _learned(found), _guesses(found), _neighbours(found), _carried(found)]
    sections = [*parts, _compared(found), section("To take along", page.listing(POINTS))]
    return page.write(path, page.document("Self-supervised pre-training, on definitions of words", lead, *sections))


def _task(found: Explanation) -> Markup:
    lesson = found.pretrained.lesson
    count = len(lesson.data.split("train"))
    return section(
        "Much text, few labels",
        paragraph(f"{count:,} {lesson.title}. Wanted is {lesson.task}, and only {lesson.curve} are labelled:"),
        page.table(("text", "label"), found.labelled, text=(0, 1)),
        number=1,
    )


def _questions(found: Explanation) -> Markup:
    share = found.pretrained.settings.mask_share
    texts = (page.joined(map(_word, question), " ") for question in found.questions)
    return section(
        "Questions that the text answers itself",
        page.listing(texts),
        paragraph(
            f"{share:.0%} of the words are asked: most are hidden, some replaced by another word, some left. The loss "
            f"is {_MINUS}log of the probability of the right word:"
        ),
        page.block(inspect.getsource(masked_loss).rstrip()),
        number=2,
    )


def _word(word: Word) -> Markup:
    if not word.asked:
        return page.markup(word.word)
    asked = element("span", f"{word.word}?", class_="backward")
    return page.joined([code(word.seen or "____"), " (", asked, ")"])


def _learned(found: Explanation) -> Markup:
    pretrained, steps = found.pretrained, found.pretrained.lesson.steps
    first, last = pretrained.measured[0][1], pretrained.measured[-1][1]
    points = [(step, guesses.loss) for step, guesses in pretrained.measured]
    top = math.ceil(max(loss for _, loss in points))
    plot = Plot(Axis(0, steps, (0, steps // 2, steps), "step"), Axis(0, top, range(0, top + 1, 2), "loss"), "loss")
    facts = [
        ("parameters", f"{pretrained.model.num_parameters():,}"),
        ("seconds", f"{pretrained.seconds:.0f}"),
        ("loss", f"{first.loss:.2f} \u2192 {last.loss:.2f}"),
        ("hidden words right", f"{1 - first.error_rate:.1%} \u2192 {1 - last.error_rate:.1%}"),
    ]
    return section(
        "Pre-training",
        paragraph(
            f"A Transformer of {pretrained.settings.layers} layers, {steps:,} steps, measured on {last.symbols:,} "
            "hidden words of texts that it never saw."
        ),
        page.facts(facts),
        page.figure(plot.line(points, "back").drawn(), "The loss on texts that it never saw", small=True),
        number=3,
    )


def _guesses(found: Explanation) -> Markup:
    rows = []
    for blank in found.blanks:
        text = page.joined([blank.before, emphasis("____"), blank.after])
        right = f"{blank.answer}: {chance(blank.chance_untrained)} \u2192 {chance(blank.chance_pretrained)}"
        rows.append((page.over(text, f"right, {right}"), _likely(blank.untrained), _likely(blank.pretrained)))
    return section(
        "What it guesses, in texts that it never saw",
        page.table(("text", "before", "after"), rows, text=(0, 1, 2)),
        number=4,
    )


def _likely(candidates: list[Candidate]) -> Markup:
    return element("div", *(element("div", f"{one.symbol}{_HELD}{chance(one.probability)}") for one in candidates[:3]))


def _neighbours(found: Explanation) -> Markup:
    rows = [(one.word, ", ".join(one.untrained[:3]), ", ".join(one.pretrained[:3])) for one in found.neighbours]
    return section(
        "Words that it takes for similar",
        paragraph("Each word has a vector; these are the words whose vectors point most nearly the same way."),
        page.table(("word", "before", "after"), rows, text=(0, 1, 2)),
        number=5,
    )


def _carried(found: Explanation) -> Markup:
    compared = found.comparison
    return section(
        "What is carried over",
        page.facts([("taken over", f"{compared.body:,}"), ("new", f"{compared.head:,}")]),
        paragraph(
            "The numbers that describe texts are taken over; what guessed words is left aside, and a new head names "
            "labels. All of it learns on. From scratch it is the same model with random numbers: same labelled texts, "
            "same steps, same head."
        ),
        number=6,
    )


def _compared(found: Explanation) -> Markup:
    compared, lesson = found.comparison, found.pretrained.lesson
    titles = ("labels", SCRATCH, PRETRAINED, "gain, points", "95 % interval")
    rows = [tuple(cell.replace("-", _MINUS) for cell in row) for row in amounts(found)]
    caption = page.joined(
        [
            element("span", SCRATCH, class_="forward"),
            " and ",
            element("span", PRETRAINED, class_="backward"),
            f": right answers on {compared.asked:,} texts that neither saw; each line is the mean of {lesson.seeds} "
            "repetitions, the ground the lowest to the highest",
        ]
    )
    return section(
        f"The same {lesson.curve} labels, from scratch and pre-trained",
        page.figure(_curves(found), caption, small=True),
        paragraph("With more or fewer labels, at the end:"),
        page.table(titles, rows),
        paragraph(f"Always naming the commonest label would be right in {compared.commonest:.1%}."),
        number=7,
    )


def _curves(found: Explanation) -> Markup:
    epochs = found.pretrained.lesson.epochs
    plot = Plot(
        Axis(0, epochs, (0, epochs // 2, epochs), "epoch"), Axis(0, 100, (0, 25, 50, 75, 100), "right, %"), "accuracy"
    )
    arms = ((SCRATCH, "ahead", "var(--forward-fill)"), (PRETRAINED, "back", "var(--backward-fill)"))
    for arm, _, fill in arms:
        values = 100 * found.comparison.by_epoch[arm]
        lowest, highest = (list(enumerate(ends)) for ends in (values.min(axis=0), values.max(axis=0)))
        plot.area([*lowest, *reversed(highest)], fill)
    for arm, style, _ in arms:
        plot.line(list(enumerate(100 * np.mean(found.comparison.by_epoch[arm], axis=0))), style)
    return plot.drawn()
