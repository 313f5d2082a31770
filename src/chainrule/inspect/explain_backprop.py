"""The numbers behind the explanation of backpropagation: a small network, a real flower, every step computed."""

from typing import NamedTuple

import numpy as np

from chainrule import optim
from chainrule.autodiff import no_grad
from chainrule.inspect.iris import versicolor_and_virginica
from chainrule.nn import BCEWithLogitsLoss, Linear, Sequential, Tanh

# Round numbers, so that everything can be followed with a pocket calculator.
MIDDLE, SPREAD = np.array([4.9, 1.7]), np.array([0.8, 0.4])  # of the petals, in centimetres
W, B = np.array([[0.5, -0.3], [0.2, 0.6]]), np.array([0.1, -0.1])
V, C = np.array([-0.8, -0.5]), 0.0
FLOWER = 70  # a virginica of 5.7 by 2.3 cm, which the untrained network takes for a versicolor
RATE = 0.5
STEPS = 300
_NUDGE = 1e-6


class Forward(NamedTuple):
    """What the network computes for one flower, and keeps.

    Attributes
    ----------
    x : ndarray, shape (2,)
        The petal's length and width, shifted and scaled by `MIDDLE` and `SPREAD`.
    z, h : ndarray, shape (2,)
        The hidden units before and after tanh.
    s : float
        The score.
    p : float
        The probability of virginica: 1 / (1 + exp(-s)).
    loss : float
        -log p.
    """

    x: np.ndarray
    z: np.ndarray
    h: np.ndarray
    s: float
    p: float
    loss: float


class Backward(NamedTuple):
    """Derivatives of the loss, in the order in which the chain rule finds them.

    Attributes
    ----------
    p, s : float
        By the probability and by the score.
    v : ndarray, shape (2,)
        By the upper weights.
    c : float
        By the upper bias.
    h, z : ndarray, shape (2,)
        By the hidden units, after and before tanh.
    w : ndarray, shape (2, 2)
        By the lower weights.
    b : ndarray, shape (2,)
        By the lower biases.
    """

    p: float
    s: float
    v: np.ndarray
    c: float
    h: np.ndarray
    z: np.ndarray
    w: np.ndarray
    b: np.ndarray


class Check(NamedTuple):
    """One weight's derivative, found in three ways.

    Attributes
    ----------
    name : str
        The weight, such as "w12".
    value : float
        What it is before the step.
    by_chain_rule, by_engine, by_difference : float
        The derivative of the loss by it.
    """

    name: str
    value: float
    by_chain_rule: float
    by_engine: float
    by_difference: float


class Progress(NamedTuple):
    """Training on all flowers.

    Attributes
    ----------
    losses : list of float
        The mean loss of the 80 training flowers before each step, and at the end.
    right_before, right_after : int
        How many of the 20 flowers that were held out get their right name.
    held_out : int
        20.
    """

    losses: list[float]
    right_before: int
    right_after: int
    held_out: int


class Explanation(NamedTuple):
    """Everything that the terminal and the page show.

    Attributes
    ----------
    petal : ndarray, shape (2,)
        The flower's petal in centimetres.
    forward : Forward
        The way up.
    backward : Backward
        The way down.
    checks : list of Check
        A line for each weight.
    after_step : Forward
        The same flower after one step of gradient descent.
    progress : Progress
        The same for all flowers and many steps.
    trained : Sequential
        The network at the end.
    """

    petal: np.ndarray
    forward: Forward
    backward: Backward
    checks: list[Check]
    after_step: Forward
    progress: Progress
    trained: Sequential


def explain_backprop() -> Explanation:
    """Compute the explanation of backpropagation.

    Returns
    -------
    Explanation
        The same numbers each time, in float64.
    """
    flowers = versicolor_and_virginica()
    inputs = (flowers.petals - MIDDLE) / SPREAD
    model = _network()
    forward = _go_forward(inputs[FLOWER], W, B, V, C)
    backward = _go_backward(forward, V)
    return Explanation(
        petal=flowers.petals[FLOWER],
        forward=forward,
        backward=backward,
        checks=_checks(model, inputs[FLOWER], backward),
        after_step=_after_step(inputs[FLOWER], backward),
        progress=_train(model, inputs, flowers.labels),
        trained=model,
    )


def _network() -> Sequential:
    model = Sequential(Linear(2, 2), Tanh(), Linear(2, 1)).to("float64")
    for parameter, numbers in zip(model.parameters(), (W, B, V[None], np.array([C]))):
        parameter.write_(numbers)
    return model


def _go_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray, v: np.ndarray, c: float) -> Forward:
    """The formulas, as they stand on paper."""
    z = w @ x + b
    h = np.tanh(z)
    s = float(v @ h + c)
    p = float(1 / (1 + np.exp(-s)))
    return Forward(x, z, h, s, p, float(-np.log(p)))


def _go_backward(forward: Forward, v: np.ndarray) -> Backward:
    """The chain rule by hand: upstream derivative times local derivative, from the top down."""
    p = -1 / forward.p  # of -log p
    s = p * forward.p * (1 - forward.p)  # of the sigmoid; the product is p - 1
    h = s * v
    z = h * (1 - forward.h**2)  # of tanh
    return Backward(p, s, s * forward.h, s, h, z, np.outer(z, forward.x), z)


def _after_step(x: np.ndarray, slope: Backward) -> Forward:
    return _go_forward(x, W - RATE * slope.w, B - RATE * slope.b, V - RATE * slope.v, C - RATE * slope.c)


def _checks(model: Sequential, x: np.ndarray, backward: Backward) -> list[Check]:
    """Each derivative by hand, by the engine and by nudging the weight a little both ways."""
    loss, rows, label = BCEWithLogitsLoss(), x[None], np.ones((1, 1))
    loss(model(rows), label).backward()
    by_hand = np.concatenate([backward.w.ravel(), backward.b, backward.v, [backward.c]])
    names = ["w11", "w12", "w21", "w22", "b1", "b2", "v1", "v2", "c"]
    found: list[Check] = []
    for parameter in model.parameters():
        assert parameter.grad is not None
        for place, slope in np.ndenumerate(parameter.grad.numpy()):
            value = float(parameter.value[place])
            ends = []
            for nudged in (value - _NUDGE, value + _NUDGE):
                parameter.value[place] = nudged
                with no_grad():
                    ends.append(loss(model(rows), label).item())
            parameter.value[place] = value
            difference = (ends[1] - ends[0]) / (2 * _NUDGE)
            found.append(Check(names[len(found)], value, float(by_hand[len(found)]), float(slope), difference))
    model.zero_grad()
    return found


def _train(model: Sequential, inputs: np.ndarray, labels: np.ndarray) -> Progress:
    """Gradient descent on four flowers of five; the fifth ones are held out."""
    held = np.arange(len(inputs)) % 5 == 4
    loss, optimizer, losses = BCEWithLogitsLoss(), optim.SGD(model.parameters(), lr=RATE), []
    before = _right(model, inputs[held], labels[held])
    for _ in range(STEPS):
        value = loss(model(inputs[~held]), labels[~held])
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        losses.append(value.item())
    with no_grad():
        losses.append(loss(model(inputs[~held]), labels[~held]).item())
    return Progress(losses, before, _right(model, inputs[held], labels[held]), int(held.sum()))


def _right(model: Sequential, inputs: np.ndarray, labels: np.ndarray) -> int:
    with no_grad():
        return int(((model(inputs).numpy() > 0) == (labels > 0)).sum())
