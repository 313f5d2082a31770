"""The explanation of sequence-to-sequence models as a page."""

import math
from pathlib import Path as File

import numpy as np

from chainrule.inspect import page
from chainrule.inspect.attention_page import heat_map
from chainrule.inspect.charts import Axis, Plot
from chainrule.inspect.explain_seq2seq import Explanation
from chainrule.inspect.explain_seq2seq_text import USES
from chainrule.inspect.page import Markup, element, paragraph, section

_MINUS = "\u2212"
_DROPPED = 2  # hypotheses let go that are drawn at each step
_BOX, _STEP = (78.0, 38.0), (90.0, 62.0)


def write(found: Explanation, path: File) -> File:
    """Save the page.

    Parameters
    ----------
    found : Explanation
        What `explain_seq2seq` returned.
    path : Path
        The file. Opening it asks no other address for anything.

    Returns
    -------
    Path
        The file.
    """
    lead = (
        "An encoder reads a sequence of symbols and makes a vector of each place. A decoder writes another sequence, "
        "one symbol at a time: from what it has written and from what it finds when it looks back at those vectors, it "
        "gives every symbol a probability. A search then looks for the likeliest answer."
    )
    parts = [_model(found), _encode(found), _decode(found), _beam(found), _score(found), _uses()]
    return page.write(path, page.document("Sequence to sequence, on one input", lead, *parts))


def _number(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}f}".replace("-", _MINUS)


def _model(found: Explanation) -> Markup:
    facts = [("model", found.kind), ("parameters", f"{found.parameters:,}")]
    if found.trained is None:
        return section("The model", paragraph("It was trained before."), page.facts(facts), number=1)
    trained = found.trained
    pairs = len(trained.lesson.data.split("train").sources)
    facts += [
        ("right, of those it never saw", f"{trained.right} of {trained.asked}"),
        ("seconds of training", f"{trained.seconds:.0f}"),
    ]
    losses = trained.losses
    top, last = max(losses), len(losses)
    ticks = range(math.floor(top) + 1)
    plot = Plot(Axis(0, last, (0, last // 2, last), "step"), Axis(0, top, ticks, "loss"), "the loss falls")
    steps = range(0, last, max(1, last // 300))
    points = [(step, float(np.mean(losses[step : step + max(1, last // 300)]))) for step in steps]
    return section(
        "The model",
        paragraph(f"Trained on the spot, on {pairs:,} {trained.lesson.title}, for {trained.lesson.steps:,} steps."),
        page.facts(facts),
        page.figure(plot.line(points, "back").drawn(), "The loss, step by step", small=True),
        number=1,
    )


def _encode(found: Explanation) -> Markup:
    rows = [list(found.alignment.source), [str(number) for number in found.numbers]]
    cells = [element("tr", *(element("td", cell, class_="n") for cell in row)) for row in rows]
    return section(
        "Encode",
        page.wide(element("table", element("tbody", *cells))),
        paragraph(
            f"Each of the {len(found.numbers)} symbols becomes its number, the number a learned vector, and the "
            "encoder turns these into vectors that know their neighbours, near and far."
        ),
        number=2,
    )


def _decode(found: Explanation) -> Markup:
    rows = []
    for choice in found.choices:
        likely = ", ".join(f"{symbol} {probability:.2f}" for symbol, probability in choice.candidates)
        most = int(np.argmax(choice.weights))
        looked = f"{found.alignment.source[most]} {choice.weights[most]:.2f}"
        chosen = element("span", choice.chosen, class_="forward")
        rows.append((choice.given, chosen, _number(choice.log_probability), looked, likely))
    titles = ("given", "chosen", "log p", "looks most at", "likeliest")
    return section(
        "Decode, step by step",
        page.figure(
            heat_map(found.alignment),
            "Where the decoder looked before it named each symbol: the darker, the more. A row adds up to one.",
        ),
        page.table(titles, rows, text=(0, 1, 3, 4)),
        number=3,
    )


def _beam(found: Explanation) -> Markup:
    return section(
        "The beam as it grows",
        page.figure(
            _tree(found),
            "From the top down, a step a row: a symbol and the log-probability up to it. Blue was kept, framed alone "
            "was dropped; orange is an answer.",
        ),
        paragraph(
            f"Of all continuations of the {found.width} hypotheses the best {found.width} are kept, by the sum of "
            "their log-probabilities; those that end are answers. The search stops when no open one can beat them."
        ),
        number=4,
    )


def _tree(found: Explanation) -> Markup:
    """A row for each step, in it first what was kept or ended, best first, then what was let go."""
    places: dict[tuple[int, ...], tuple[int, int]] = {(): (0, 0)}  # of a hypothesis, by its symbols: column and row
    lines, boxes = [], [_box("(begin)", "0", (0, 0), "leaf")]
    for row, one in enumerate(found.rounds, 1):
        going = sorted([*one.kept, *one.ended], key=lambda path: -path.total)
        for column, path in enumerate([*going, *one.dropped[:_DROPPED]]):
            places[path.symbols] = place = (column, row)
            kind = "top" if path in one.ended else "leaf" if path in one.kept else "box"
            lines.append(_line(places[path.parent], place))
            boxes.append(_box(found.words(path)[-1], _number(path.total, 2), place, kind))
    columns = 1 + max(column for column, _ in places.values())
    width, height = columns * _STEP[0] + 4, (1 + len(found.rounds)) * _STEP[1]
    return page.svg(width, height, *lines, *boxes, label="hypotheses of the beam, step by step")


def _box(word: str, total: str, place: tuple[int, int], kind: str) -> Markup:
    x, y = 2 + _STEP[0] * place[0], 2 + _STEP[1] * place[1]
    middle = {"x": x + _BOX[0] / 2, "text_anchor": "middle"}
    return page.joined(
        [
            element("rect", x=x, y=y, width=_BOX[0], height=_BOX[1], rx=8, class_=kind),
            element("text", word[:10], y=y + 16, class_="strong", **middle),
            element("text", total, y=y + 31, class_="small soft", **middle),
        ]
    )


def _line(above: tuple[int, int], below: tuple[int, int]) -> Markup:
    (x1, y1), (x2, y2) = above, below
    ends = {
        "x1": 2 + _STEP[0] * x1 + _BOX[0] / 2,
        "y1": 2 + _STEP[1] * y1 + _BOX[1],
        "x2": 2 + _STEP[0] * x2 + _BOX[0] / 2,
        "y2": 2 + _STEP[1] * y2,
    }
    return element("line", **ends, class_="edge")


def _score(found: Explanation) -> Markup:
    best = found.answers[0]
    terms = " ".join(f"{_MINUS if term < 0 else '+'} {abs(term):.3f}" for term in best.log_probabilities)
    rows = [
        (" ".join(found.words(path)[:-1]), _number(path.total), f"{math.exp(path.total):.1%}") for path in found.answers
    ]
    same = found.greedy.symbols == best.symbols
    answer = " ".join(found.words(found.greedy)[:-1])
    leads = "the same answer" if same else f"{answer}, {_number(found.greedy.total)}"
    return section(
        "The answer, and how sure it is",
        page.block(f"{terms.removeprefix('+ ')} = {_number(best.total)}"),
        page.table(("answer", "log-probability", "probability"), rows),
        paragraph(f"The likeliest symbol at each step (greedy search) leads to {leads}."),
        number=5,
    )


def _uses() -> Markup:
    return section("In language processing", paragraph(USES), number=6)
