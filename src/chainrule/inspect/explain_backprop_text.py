"""The explanation of backpropagation for a terminal of 80 columns."""

from chainrule.inspect.explain_backprop import MIDDLE, RATE, SPREAD, STEPS, B, C, Explanation, V, W
from chainrule.inspect.text_table import indented


def as_text(found: Explanation) -> str:
    """Write the explanation in lines of at most 80 characters.

    Parameters
    ----------
    found : Explanation
        What `explain_backprop` returned.

    Returns
    -------
    str
        To be read in under three minutes.
    """
    parts = [_lead(), _network(found), _forward(found), _backward(found), _check(found), _step(found), _all(found)]
    return "\n\n".join([*parts, _summary()]) + "\n"


def _lead() -> str:
    return """\
BACKPROPAGATION, ON ONE FLOWER
A network is a chain of simple functions with numbers in them, its weights.
Backpropagation finds how the error at the end of the chain depends on each
weight: it walks the chain backwards, multiplying local derivatives (the chain
rule). One walk back serves all weights, at about the price of two walks ahead."""


def _network(found: Explanation) -> str:
    (length, width), x = found.petal, found.forward.x
    scaled = [f"({a:g} - {m:g}) / {d:g} = {b:g}" for a, m, d, b in zip(found.petal, MIDDLE, SPREAD, x)]
    return f"""\
1  THE NETWORK
An iris measured in 1936. Its petal is {length:g} cm long and {width:g} cm wide, and it is
a virginica; the other answer would be versicolor. Shifted and scaled,
x1 = {scaled[0]}   and   x2 = {scaled[1]}.

  x1 --+-- z1 = w11 x1 + w12 x2 + b1 -- h1 = tanh z1 --+
       |                                              +-- s = v1 h1 + v2 h2 + c
  x2 --+-- z2 = w21 x1 + w22 x2 + b2 -- h2 = tanh z2 --+
  p = 1 / (1 + exp -s), the probability of virginica; the loss L = -log p"""


def _forward(found: Explanation) -> str:
    f = found.forward
    lines = [
        *(
            f"z{i + 1} = {W[i, 0]:g} * {f.x[0]:g} {_signed(W[i, 1])} * {f.x[1]:g} {_signed(B[i])}"
            f" = {f.z[i]:.4f}      h{i + 1} = tanh z{i + 1} = {f.h[i]:.4f}"
            for i in range(2)
        ),
        f"s  = {V[0]:g} * {f.h[0]:.4f} {_signed(V[1])} * {f.h[1]:.4f} {_signed(C)} = {f.s:.4f}",
        f"p  = {f.p:.4f}: the network says versicolor, and is wrong",
        f"L  = -log {f.p:.4f} = {f.loss:.4f}",
    ]
    return "2  FORWARD: compute each value, and keep it\n" + indented(lines)


def _backward(found: Explanation) -> str:
    f, g, both = found.forward, found.backward, (0, 1)
    top = [
        f"{'dL/dp  = -1/p':<49} = {g.p:9.4f}",
        f"{'dL/ds  = dL/dp * p (1 - p), which is p - 1':<49} = {g.s:9.4f}",
        *(_product(f"dL/dv{i + 1} = dL/ds * h{i + 1}", g.s, f.h[i], g.v[i]) for i in both),
        _product("dL/dc  = dL/ds * 1", g.s, 1.0, g.c),
    ]
    between = [_product(f"dL/dh{i + 1} = dL/ds * v{i + 1}", g.s, V[i], g.h[i]) for i in both]
    slopes = [1 - h**2 for h in f.h]
    bottom = [
        *(_product(f"dL/dz{i + 1} = dL/dh{i + 1} * (1 - h{i + 1}^2)", g.h[i], slopes[i], g.z[i]) for i in both),
        *(
            _product(f"dL/dw{i + 1}{j + 1} = dL/dz{i + 1} * x{j + 1}", g.z[i], f.x[j], g.w[i, j])
            for i in both
            for j in both
        ),
        *(_product(f"dL/db{i + 1} = dL/dz{i + 1} * 1", g.z[i], 1.0, g.b[i]) for i in both),
    ]
    return "\n".join(
        [
            "3  BACKWARD: what came from above, times the local derivative",
            "The upper layer:",
            indented(top),
            "What the hidden units answer for: the error goes down through the weights.",
            indented(between),
            "The lower layer does the same again:",
            indented(bottom),
        ]
    )


def _product(formula: str, upstream: float, local: float, result: float) -> str:
    return f"{formula:<28}{upstream:9.4f} * {local:9.4f} = {result:9.4f}"


def _check(found: Explanation) -> str:
    lines = ["weight    value    chain rule    loss.backward()    nudging it by 1e-6"]
    lines += [
        f"{c.name:<6} {c.value:8.2f} {c.by_chain_rule:13.8f} {c.by_engine:18.8f} {c.by_difference:21.8f}"
        for c in found.checks
    ]
    largest = max(abs(c.by_chain_rule - c.by_difference) for c in found.checks)
    return (
        "4  THE PROOF: nudge each weight, run forward twice, and see what L does\n"
        + indented(lines)
        + f"\nThe largest difference is {largest:.0e}. Nudging takes two runs a weight; backward takes\n"
        "one for all of them. That is the point of it when there are a million weights."
    )


def _step(found: Explanation) -> str:
    before, after = found.forward, found.after_step
    return f"""\
5  ONE STEP DOWNHILL: each weight minus {RATE:g} times its derivative
  p  {before.p:.4f} -> {after.p:.4f}: now it says virginica
  L  {before.loss:.4f} -> {after.loss:.4f}"""


def _all(found: Explanation) -> str:
    progress = found.progress
    shown = [0, 3, 10, 30, 100, STEPS]
    bars = [f"after {i:3d} steps  {progress.losses[i]:.3f}  {'#' * round(50 * progress.losses[i])}" for i in shown]
    return f"""\
6  THE SAME FOR 80 FLOWERS, {STEPS} TIMES: the mean loss
{indented(bars)}
  Of {progress.held_out} flowers it never saw, right before: {progress.right_before}; after: {progress.right_after}."""


def _summary() -> str:
    return """\
TO TAKE ALONG
  Forward keeps the values; backward multiplies upstream and local derivatives.
  A weight's gradient is the error above it times the value that it was given.
  What feeds several places gets the sum of what comes back from them."""


def _signed(value: float) -> str:
    """A number as a summand."""
    return f"{'-' if value < 0 else '+'} {abs(value):g}"
