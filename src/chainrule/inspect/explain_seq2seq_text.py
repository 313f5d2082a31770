"""The explanation of sequence-to-sequence models for a terminal of 80 columns."""

import math
from typing import TYPE_CHECKING

import numpy as np

from chainrule.inspect.explain_seq2seq import Choice, Explanation
from chainrule.inspect.text_table import columns, filled, fitting, indented, paragraph

if TYPE_CHECKING:
    from chainrule.inspect.beam_recorder import Path

USES = (
    "Whatever turns one sequence into another is such a model: translation (words of one language to another's), "
    "pronunciation (letters to sounds), dialogue (a question to a reply), summaries, corrected spelling, speech to "
    "text. Only the pairs to learn from differ. In training the decoder is given the right symbols so far and learns "
    "to name the next one (teacher forcing); in use it is given its own. Translations are scored by BLEU or chrF, "
    "pronunciations by their share of errors, dialogue by the probability of real replies."
)
_ANSWER = 56  # characters of an answer that are shown


def as_text(found: Explanation) -> str:
    """Write the explanation in lines of at most 80 characters.

    Parameters
    ----------
    found : Explanation
        What `explain_seq2seq` returned.

    Returns
    -------
    str
        To be read in about three minutes.
    """
    parts = [_lead(), _model(found), _encode(found), _decode(found), _beam(found), _score(found)]
    return "\n\n".join([*parts, f"6  IN LANGUAGE PROCESSING\n{filled(USES)}"]) + "\n"


def _lead() -> str:
    said = (
        "An encoder reads a sequence of symbols and makes a vector of each place. A decoder writes another sequence, "
        "one symbol at a time: from what it has written and from what it finds when it looks back at those vectors, it "
        "gives every symbol a probability. A search then finds the likeliest answer."
    )
    return f"SEQUENCE TO SEQUENCE, ON ONE INPUT\n{paragraph(said)}"


def _model(found: Explanation) -> str:
    said = f"A {found.kind} of {found.parameters:,} parameters"
    if found.trained is None:
        return f"1  THE MODEL\n{filled(said + ', trained before.')}"
    trained = found.trained
    pairs = len(trained.lesson.data.split("train").sources)
    said += (
        f", trained on the spot: {pairs:,} {trained.lesson.title}, {trained.lesson.steps:,} steps in "
        f"{trained.seconds:.0f} s. The loss fell from {trained.losses[0]:.2f} to "
        f"{np.mean(trained.losses[-50:]):.2f}; of {trained.asked} inputs that it never saw it answers {trained.right} "
        "right."
    )
    return f"1  THE MODEL\n{filled(said)}"


def _encode(found: Explanation) -> str:
    shown = "  ".join(f"{symbol}={number}" for symbol, number in zip(found.alignment.source, found.numbers))
    said = (
        f"Each of the {len(found.numbers)} symbols becomes its number, the number a learned vector, and the encoder "
        "turns these into vectors that know their neighbours, near and far."
    )
    return f"2  ENCODE {found.text!r}\n{filled(shown)}\n{filled(said)}"


def _decode(found: Explanation) -> str:
    drawn = [(_looks_drawn(found), count) for count in (3, 2)]
    named = [(_looks_named(found), count) for count in (3, 2, 1)]
    lines = fitting(_choices(found, looks, count) for looks, count in [*drawn, *named])
    legend = "Under each letter how much was seen of it: # most, + much, . some. "
    said = legend * ("looks most at" not in lines[0]) + "The weights add up to one; they are the attention."
    return f"3  DECODE, step by step\n{indented(lines)}\n{filled(said)}"


def _choices(found: Explanation, looks: list[str], count: int) -> list[str]:
    """A line for each step, with so many of the likeliest symbols."""
    rows = [("given", looks[0], "likeliest next", "chosen", "log p")]
    for choice, looked in zip(found.choices, looks[1:]):
        likely = "  ".join(f"{symbol} {probability:.2f}" for symbol, probability in choice.candidates[:count])
        rows.append((choice.given, looked, likely, choice.chosen, f"{choice.log_probability:.3f}"))
    return columns(rows, left={0, 1, 2, 3})


def _looks_drawn(found: Explanation) -> list[str]:
    """The symbols of the input, and for each step a mark under each."""
    source = found.alignment.source
    widths = [len(symbol) + 1 for symbol in source]
    title = "".join(symbol.ljust(width) for symbol, width in zip(source, widths)).rstrip()
    return [title, *(_bars(choice, widths) for choice in found.choices)]


def _looks_named(found: Explanation) -> list[str]:
    """For each step the places where most was seen."""
    return ["looks most at", *(_places(choice, found.alignment.source) for choice in found.choices)]


def _bars(choice: Choice, widths: list[int]) -> str:
    marks = (" .+#"[int(np.searchsorted([0.05, 0.2, 0.5], weight))] for weight in choice.weights)
    return "".join(mark.ljust(width) for mark, width in zip(marks, widths)).rstrip()


def _places(choice: Choice, source: tuple[str, ...]) -> str:
    return "  ".join(f"{source[i][:12]} {choice.weights[i]:.2f}" for i in np.argsort(-choice.weights)[:2])


def _beam(found: Explanation) -> str:
    said = (
        f"Of all continuations of the {found.width} hypotheses the best {found.width} are kept, by the sum of their "
        "log-probabilities; those that end with (end) are answers. The search stops when no open one can beat them."
    )
    lines = fitting(_rounds(found, tail) for tail in (4, 3, 2, 1))
    return f"4  THE BEAM AS IT GROWS\n{indented(lines)}\n{filled(said)}"


def _rounds(found: Explanation, tail: int) -> list[str]:
    """A line for each round, with so many symbols of a hypothesis."""
    rows = [("", *(f"kept {i + 1}" for i in range(found.width)), "best dropped")]
    for number, one in enumerate(found.rounds, 1):
        cells = [_hypothesis(found, path, tail) for path in (one.kept or one.ended)]
        cells += [""] * (found.width - len(cells))
        dropped = _hypothesis(found, one.dropped[0], tail) if one.dropped else ""
        rows.append((str(number), *cells[: found.width], dropped))
    return columns(rows, left=set(range(1, found.width + 2)))


def _hypothesis(found: Explanation, path: "Path", tail: int) -> str:
    words = found.words(path)
    cut = ".." * (len(words) > tail)
    return f"{cut}{' '.join(word[:5] for word in words[-tail:])} {path.total:.2f}"


def _score(found: Explanation) -> str:
    best = found.answers[0]
    terms = " ".join(f"{term:+.3f}" for term in best.log_probabilities)
    rows = [
        (f"{i}", " ".join(found.words(path)[:-1])[:_ANSWER], f"{path.total:.3f}", f"{math.exp(path.total):.1%}")
        for i, path in enumerate(found.answers, 1)
    ]
    same = found.greedy.symbols == best.symbols
    greedy = (
        "The likeliest symbol at each step (greedy search) leads to the same answer."
        if same
        else f"The likeliest symbol at each step (greedy search) leads to {' '.join(found.words(found.greedy)[:-1])}, "
        f"{found.greedy.total:.3f}."
    )
    return f"""\
5  THE ANSWER, and how sure it is
{filled(f"{terms} = {best.total:.3f}, the logarithm of its probability")}
{indented(columns(rows, left={1}))}
{filled(greedy)}"""
