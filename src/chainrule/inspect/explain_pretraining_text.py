"""The explanation of pre-training for a terminal of 80 columns."""

import inspect
from textwrap import shorten

from chainrule.inspect.explain_pretraining import Blank, Explanation, Word
from chainrule.inspect.explain_seq2seq import Candidate
from chainrule.inspect.few_labels import PRETRAINED, SCRATCH
from chainrule.inspect.masked_loss import masked_loss
from chainrule.inspect.text_table import columns, filled, fitting, indented

_BAR = 40  # characters for 100 %
_TEXT = 66  # characters of a text that are shown beside its label


def as_text(found: Explanation) -> str:
    """Write the explanation in lines of at most 80 characters.

    Parameters
    ----------
    found : Explanation
        What `explain_pretraining` returned.

    Returns
    -------
    str
        To be read in under three minutes.
    """
    parts = [_lead(), _task(found), _questions(found), _learned(found), _guesses(found), _neighbours(found)]
    return "\n\n".join([*parts, _carried(found), _compared(found), _summary()]) + "\n"


def _lead() -> str:
    return """\
SELF-SUPERVISED PRE-TRAINING, ON DEFINITIONS OF WORDS
Labels are work, text is everywhere. Self-supervised learning asks questions
that the text itself answers: hide some words, and let a model guess them from
the others. Whoever guesses well has learned what words go together. What it
learned so, without a label, is then put to use where labels are few:
fine-tuning."""


def _task(found: Explanation) -> str:
    lesson = found.pretrained.lesson
    count = len(lesson.data.split("train"))
    rows = [(shorten(text, _TEXT, placeholder=" .."), label) for text, label in found.labelled]
    return "\n".join(
        [
            "1  MUCH TEXT, FEW LABELS",
            filled(f"{count:,} {lesson.title}. Wanted is {lesson.task}, and only {lesson.curve} are labelled:"),
            indented(columns(rows, left={0, 1})),
        ]
    )


def shown_word(word: Word) -> str:
    """A word as the model sees it, and in brackets what is asked about it.

    Parameters
    ----------
    word : Word
        The word.

    Returns
    -------
    str
        The word itself if nothing is asked.
    """
    return f"[{word.seen or '____'}: {word.word}?]" if word.asked else word.word


def _questions(found: Explanation) -> str:
    texts = "\n".join(filled(" ".join(map(shown_word, question))) for question in found.questions)
    share = found.pretrained.settings.mask_share
    said = (
        f"{share:.0%} of the words are asked: most are hidden, some replaced by another word, some left. The loss is "
        "-log of the probability of the right word:"
    )
    return f"""\
2  QUESTIONS THAT THE TEXT ANSWERS ITSELF
{texts}
{filled(said)}
{indented(inspect.getsource(masked_loss).splitlines())}"""


def _learned(found: Explanation) -> str:
    pretrained = found.pretrained
    rows = [("step", "loss", "words guessed right")]
    for step, guesses in pretrained.measured[:: max(1, len(pretrained.measured) // 6)]:
        right = 1 - guesses.error_rate
        rows.append((f"{step:,}", f"{guesses.loss:.2f}", f"{right:6.1%}  {'#' * round(_BAR * right)}"))
    said = (
        f"A Transformer of {pretrained.model.num_parameters():,} parameters, {pretrained.lesson.steps:,} steps in "
        f"{pretrained.seconds:.0f} s. Measured on {pretrained.measured[-1][1].symbols:,} hidden words of texts that it "
        "never saw:"
    )
    return f"3  PRE-TRAINING\n{filled(said)}\n{indented(columns(rows, left={2}))}"


def _guesses(found: Explanation) -> str:
    lines = ["4  WHAT IT GUESSES, in texts that it never saw"]
    for blank in found.blanks:
        lines.append(f"  {blank.before}____{blank.after}")
        lines.append(_guess("before", blank, blank.untrained, blank.chance_untrained))
        lines.append(_guess("after", blank, blank.pretrained, blank.chance_pretrained))
    return "\n".join(lines)


def _guess(when: str, blank: Blank, candidates: list[Candidate], right: float) -> str:
    likely = [f"{one.symbol} {chance(one.probability)}" for one in candidates]
    answer = f"(right: {blank.answer} {chance(right)})"
    return indented(fitting([f"  {when:<7} {'  '.join(likely[:count])}   {answer}"] for count in (3, 2, 1)))


def chance(probability: float) -> str:
    """Write a probability; what an untrained model gives each of thousands of words is not nothing.

    Parameters
    ----------
    probability : float
        From 0 to 1.

    Returns
    -------
    str
        In per cent.
    """
    return f"{probability:.1%}" if probability >= 0.001 else f"{probability:.2%}"


def _neighbours(found: Explanation) -> str:
    rows = [("word", "before", "after")]
    rows += [(one.word, ", ".join(one.untrained[:3]), ", ".join(one.pretrained[:3])) for one in found.neighbours]
    title = "5  WORDS THAT IT TAKES FOR SIMILAR: whose vectors point the same way"
    return f"{title}\n{indented(columns(rows, left={0, 1, 2}))}"


def _carried(found: Explanation) -> str:
    compared = found.comparison
    said = (
        f"The {compared.body:,} numbers that describe texts are taken over; what guessed words is left aside, and a "
        f"new head of {compared.head:,} numbers names labels. All of it learns on. From scratch it is the same model "
        "with random numbers: same labelled texts, same steps, same head."
    )
    return f"6  WHAT IS CARRIED OVER\n{filled(said)}"


def _compared(found: Explanation) -> str:
    compared, lesson = found.comparison, found.pretrained.lesson
    epochs = [n for n in (0, 1, 2, 4, 8, lesson.epochs) if n <= lesson.epochs]
    rows: list[tuple[str, ...]] = [("epoch", SCRATCH, "", PRETRAINED, "")]
    means = [compared.by_epoch[arm].mean(axis=0) for arm in (SCRATCH, PRETRAINED)]
    for n in dict.fromkeys(epochs):
        cells = [cell for mean in means for cell in (f"{mean[n]:.1%}", "#" * round(_BAR * 0.6 * mean[n]))]
        rows.append((f"{n}", *cells))
    said = (
        f"Right answers on {compared.asked:,} texts that neither saw, mean of {lesson.seeds} repetitions with other "
        f"labelled texts and other random numbers. (Always the commonest label: {compared.commonest:.1%}.)"
    )
    return f"""\
7  THE SAME {lesson.curve} LABELS, from scratch and pre-trained
{filled(said)}
{indented(columns(rows, left={2, 4}))}
  And with more or fewer labels, at the end:
{indented(columns([("labels", SCRATCH, PRETRAINED, "gain, points", "95 % interval"), *amounts(found)]))}"""


def amounts(found: Explanation) -> list[tuple[str, ...]]:
    """The outcome by the number of labels, for a table.

    Parameters
    ----------
    found : Explanation
        What `explain_pretraining` returned.

    Returns
    -------
    list of tuple of str
        Labels, both accuracies, the gain and its interval.
    """
    curves = found.comparison.curves
    rows: list[tuple[str, ...]] = []
    for n in curves.amounts:
        scratch, learned = curves.point(SCRATCH, n), curves.point(PRETRAINED, n)
        gain = curves.difference(PRETRAINED, SCRATCH, n)
        if scratch and learned and gain:
            low, high = (100 * end for end in gain.interval)
            rows.append(
                (
                    f"{n}",
                    f"{scratch.mean:.1%}",
                    f"{learned.mean:.1%}",
                    f"{100 * gain.mean:+.1f}",
                    f"{low:+.1f} to {high:+.1f}",
                )
            )
    return rows


POINTS = (
    "Self-supervised: the questions and their answers are made from the data, without labels.",
    "Pre-training learns what is common to all texts; fine-tuning adds what is asked.",
    "It helps most where labels are few: the gain shrinks as they become more.",
)


def _summary() -> str:
    return "\n".join(["TO TAKE ALONG", *map(filled, POINTS)])
