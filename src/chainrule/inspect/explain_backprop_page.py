"""The explanation of backpropagation as a page."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from chainrule.autodiff import no_grad
from chainrule.inspect import page
from chainrule.inspect.charts import Axis, Plot, crossing
from chainrule.inspect.explain_backprop import MIDDLE, RATE, SPREAD, STEPS, B, C, Explanation, V, W
from chainrule.inspect.iris import versicolor_and_virginica
from chainrule.inspect.network_drawing import Neuron, Wire, network
from chainrule.inspect.page import Markup, code, emphasis, paragraph, section

_MINUS = "\u2212"
_TIMES = "\u00d7"


def write(found: Explanation, path: Path) -> Path:
    """Save the page.

    Parameters
    ----------
    found : Explanation
        What `explain_backprop` returned.
    path : Path
        The file. Opening it asks no other address for anything.

    Returns
    -------
    Path
        The file.
    """
    lead = page.joined(
        [
            "A network is a chain of simple functions with numbers in them, its weights. Backpropagation finds how the "
            "error at the end of the chain depends on each weight. It walks the chain ",
            _backward("backwards"),
            ", multiplying local derivatives: the chain rule. One walk serves all weights.",
        ]
    )
    parts = [_one(found), _two(found), _three(found), _four(found), _five(found), _six(found), _summary()]
    return page.write(path, page.document("Backpropagation, on one flower", lead, *parts))


def _number(value: float, digits: int = 4) -> str:
    """With a minus sign of the same width as a digit."""
    return f"{value:.{digits}f}".replace("-", _MINUS)


def _short(value: float) -> str:
    return f"{value:g}".replace("-", _MINUS)


def _signed(value: float) -> str:
    """A number as a summand."""
    return f"{_MINUS if value < 0 else '+'} {abs(value):g}"


def _term(weight: float, value: float, summand: bool = False) -> str:
    return f"{_signed(weight) if summand else _short(weight)} {_TIMES} {_short(value)}"


def _ahead(text: object) -> Markup:
    return page.element("span", text, class_="forward")


def _backward(text: object) -> Markup:
    return page.element("span", text, class_="backward")


def _one(found: Explanation) -> Markup:
    (length, width), x = found.petal, found.forward.x
    scaled = [f"({a:g} {_MINUS} {m:g}) / {d:g} = {_short(b)}" for a, m, d, b in zip(found.petal, MIDDLE, SPREAD, x)]
    formulas = """\
z1 = w11 x1 + w12 x2 + b1
z2 = w21 x1 + w22 x2 + b2
h1 = tanh z1
h2 = tanh z2
s  = v1 h1 + v2 h2 + c
p  = 1 / (1 + exp \u2212s)
L  = \u2212log p"""
    story = page.joined(
        [
            f"R. A. Fisher published this iris in 1936. Its petal is {length:g} cm long and {width:g} cm wide, and it "
            "is a ",
            emphasis("virginica"),
            "; the other answer would be versicolor. Shifted and scaled, the network gets ",
            code(f"x1 = {scaled[0]}"),
            " and ",
            code(f"x2 = {scaled[1]}"),
            ".",
        ]
    )
    meaning = (code("p"), " is the probability that it gives to virginica, and ", code("L"), " the loss.")
    return section("The network", paragraph(story), page.block(formulas), paragraph(*meaning), number=1)


def _two(found: Explanation) -> Markup:
    f = found.forward
    sums = [f"{_term(W[i, 0], f.x[0])} {_term(W[i, 1], f.x[1], True)} {_signed(B[i])}" for i in range(2)]
    score = f"{_short(V[0])} {_TIMES} {_number(f.h[0])} {_signed(V[1])} {_TIMES} {_number(f.h[1])} {_signed(C)}"
    rows = [
        *((f"z{i + 1}", sums[i], f.z[i]) for i in range(2)),
        *((f"h{i + 1}", f"tanh {_number(f.z[i])}", f.h[i]) for i in range(2)),
        ("s", score, f.s),
        ("p", f"1 / (1 + exp {_number(-f.s)})", f.p),
        ("L", f"{_MINUS}log {_number(f.p)}", f.loss),
    ]
    return section(
        "Forward: compute each value, and keep it",
        page.figure(_drawing_ahead(found), "From the bottom up. The numbers on the lines are the weights.", small=True),
        page.table(("", "value"), [(page.over(a, b), _ahead(_number(c))) for a, b, c in rows]),
        paragraph(f"The network gives virginica {f.p:.0%}: it says versicolor, and is wrong."),
        number=2,
    )


def _three(found: Explanation) -> Markup:
    f, g = found.forward, found.backward
    titles = ("derivative", "upstream \u00d7 local", "product")
    top = [
        ("dL/dp", f"{_MINUS}1/p", "", "", g.p),
        ("dL/ds", "dL/dp \u00b7 p(1\u2212p)", g.p, f.p * (1 - f.p), g.s),
        *((f"dL/dv{i + 1}", f"dL/ds \u00b7 h{i + 1}", g.s, f.h[i], g.v[i]) for i in range(2)),
        ("dL/dc", "dL/ds \u00b7 1", g.s, 1.0, g.c),
    ]
    between = [(f"dL/dh{i + 1}", f"dL/ds \u00b7 v{i + 1}", g.s, V[i], g.h[i]) for i in range(2)]
    bottom = [
        *(
            (f"dL/dz{i + 1}", f"dL/dh{i + 1} \u00b7 (1\u2212h{i + 1}\u00b2)", g.h[i], 1 - f.h[i] ** 2, g.z[i])
            for i in range(2)
        ),
        *(
            (f"dL/dw{i + 1}{j + 1}", f"dL/dz{i + 1} \u00b7 x{j + 1}", g.z[i], f.x[j], g.w[i, j])
            for i in range(2)
            for j in range(2)
        ),
        *((f"dL/db{i + 1}", f"dL/dz{i + 1} \u00b7 1", g.z[i], 1.0, g.b[i]) for i in range(2)),
    ]
    return section(
        "Backward: what came from above, times the local derivative",
        page.figure(
            _drawing_back(found), "From the top down. The numbers on the lines are the weights' gradients.", small=True
        ),
        page.table(titles, map(_product_row, top), title="The upper layer"),
        page.table(
            titles,
            map(_product_row, between),
            title="What the hidden units answer for: the error goes down through the weights",
        ),
        page.table(titles, map(_product_row, bottom), title="The lower layer does the same again"),
        number=3,
    )


def _product_row(row: tuple) -> Sequence:
    name, formula, upstream, local, product = row
    factors = "" if upstream == "" else f"{_number(upstream)} {_TIMES} {_number(local)}"
    return (page.over(name, formula), factors, _backward(_number(product)))


def _four(found: Explanation) -> Markup:
    rows = [
        (c.name, _number(c.value, 2), *(_number(x, 8) for x in (c.by_chain_rule, c.by_engine, c.by_difference)))
        for c in found.checks
    ]
    largest = max(abs(c.by_chain_rule - c.by_difference) for c in found.checks)
    return section(
        "The proof: nudge each weight and see what the loss does",
        page.table(("weight", "value", "chain rule", "loss.backward()", "nudged by 1e-6"), rows),
        paragraph(
            f"The largest difference is {largest:.0e}. Nudging takes two runs of the network for each weight; backward "
            "takes one for all of them. That is the point of it when there are a million weights."
        ),
        number=4,
    )


def _five(found: Explanation) -> Markup:
    before, after = found.forward, found.after_step
    return section(
        "One step downhill",
        paragraph("Each weight goes down its slope: ", code(f"w {_MINUS} {RATE:g} \u00b7 dL/dw"), "."),
        page.facts(
            [
                ("probability of virginica", f"{before.p:.4f} \u2192 {after.p:.4f}"),
                ("loss", f"{before.loss:.4f} \u2192 {after.loss:.4f}"),
            ]
        ),
        paragraph("Now it says virginica."),
        number=5,
    )


def _six(found: Explanation) -> Markup:
    progress = found.progress
    text = (
        f"The mean loss falls from {progress.losses[0]:.3f} to {progress.losses[-1]:.3f}. Of {progress.held_out} "
        f"flowers that were held out, {progress.right_before} got their right name before, and "
        f"{progress.right_after} do after."
    )
    charts = page.element("div", _falling(found), _map(found), class_="pair")
    return section(f"The same for 80 flowers, {STEPS} times", paragraph(text), charts, number=6)


def _falling(found: Explanation) -> Markup:
    losses = found.progress.losses
    plot = Plot(Axis(0, STEPS, (0, 100, 200, 300), "step"), Axis(0, 1, (0, 0.5, 1), "mean loss"), "the loss falls")
    return page.figure(plot.line(list(enumerate(losses)), "back").drawn(), "The loss, step by step", small=True)


def _map(found: Explanation) -> Markup:
    """The flowers, and what the trained network says of every petal."""
    flowers, (low, high) = versicolor_and_virginica(), (0.8, 2.7)
    across = Axis(2.8, 7.2, (3, 4, 5, 6, 7), "petal length, cm")
    plot = Plot(across, Axis(low, high, (1, 1.5, 2, 2.5), "petal width, cm"), "the flowers and the network's answer")
    border = [(length, _border(found, length, low, high)) for length in np.linspace(across.low, across.high, 45)]
    plot.area([*border, (across.high, high), (across.low, high)], "var(--backward-fill)")
    plot.area([*border, (across.high, low), (across.low, low)], "var(--forward-fill)")
    for petal, label in zip(flowers.petals, flowers.labels[:, 0]):
        colour = "var(--backward)" if label else "var(--forward)"
        plot.dot(petal[0], petal[1], f"fill:{colour};fill-opacity:0.75")
    plot.dot(found.petal[0], found.petal[1], "fill:none;stroke:var(--ink);stroke-width:1.8", 7.0)
    caption = page.joined(
        [
            _ahead("versicolor"),
            " and ",
            _backward("virginica"),
            "; the ground is what the network says. Ringed: our flower",
        ]
    )
    return page.figure(plot.drawn(), caption, small=True)


def _border(found: Explanation, length: float, low: float, high: float) -> float:
    """The width at which the network changes its mind."""
    widths = np.linspace(low, high, 40)
    petals = (np.stack([np.full(40, length), widths], axis=1) - MIDDLE) / SPREAD
    with no_grad():
        scores = found.trained(petals).numpy()[:, 0]
    return crossing(low, high, list(1 / (1 + np.exp(-scores))))


def _summary() -> Markup:
    points = (
        "Forward keeps the values; backward multiplies upstream and local derivatives.",
        "A weight's gradient is the error above it times the value that it was given.",
        "What feeds several places gets the sum of what comes back from them.",
    )
    return section("To take along", page.listing(points))


def _drawing_ahead(found: Explanation) -> Markup:
    f = found.forward
    values = {"L": f.loss, "p": f.p, "s": f.s, "h1": f.h[0], "h2": f.h[1], "x1": f.x[0], "x2": f.x[1]}
    neurons = [Neuron(name, _number(value)) for name, value in values.items()]
    return network(neurons, _wires([_short(v) for v in V], [[_short(w) for w in row] for row in W]), back=False)


def _drawing_back(found: Explanation) -> Markup:
    g = found.backward
    values = {"L": 1.0, "p": g.p, "s": g.s, "h1": g.h[0], "h2": g.h[1]}
    neurons = [Neuron(f"dL/d{name}", _number(value)) for name, value in values.items()]
    neurons += [Neuron("x1", ""), Neuron("x2", "")]
    return network(neurons, _wires([_number(v) for v in g.v], [[_number(w) for w in row] for row in g.w]), back=True)


def _wires(upper: Sequence[str], lower: Sequence[Sequence[str]]) -> list[Wire]:
    """The labels of the lines, by the places of their ends."""
    ends = {"L": 0, "p": 1, "s": 2, "h1": 3, "h2": 4, "x1": 5, "x2": 6}
    found = [Wire(ends["p"], ends["L"], ""), Wire(ends["s"], ends["p"], "")]
    found += [Wire(ends[f"h{i + 1}"], ends["s"], upper[i]) for i in range(2)]
    found += [Wire(ends[f"x{j + 1}"], ends[f"h{i + 1}"], lower[i][j]) for i in range(2) for j in range(2)]
    return found
