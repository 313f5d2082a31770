"""One browser for all tests, and the pages that they open."""

import os

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, ops
from chainrule.inspect import (
    attention_page,
    explain_backprop,
    explain_backprop_page,
    explain_conv,
    explain_conv_page,
    explain_pretraining,
    explain_pretraining_page,
    explain_seq2seq,
    explain_seq2seq_page,
    trace_backward,
)
from chainrule.inspect.real_images import digits
from chainrule.inspect.small_masked import definitions_lesson
from chainrule.inspect.small_seq2seq import dates, learn

from .driver import Browser, missing


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Skips where there is no Chromium, except in continuous integration, where there must be one."""
    reason = missing()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    with Browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="session")
def explanation():
    return explain_backprop()


@pytest.fixture(scope="session")
def convolution():
    return explain_conv(digits())


@pytest.fixture(scope="session")
def translation():
    lesson = dates()._replace(steps=60)
    trained = learn(lesson, asked=20)
    return explain_seq2seq(trained.predictor, lesson.example)._replace(trained=trained)


@pytest.fixture(scope="session")
def pretraining():
    lesson = definitions_lesson()
    return explain_pretraining(lesson._replace(steps=60, seeds=2, epochs=2, amounts=(30, lesson.curve)))


@pytest.fixture(scope="session")
def trace():
    with cr.seed(0):
        model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3))
    x = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
    return trace_backward((model(x) ** 2).mean(), model)


@pytest.fixture(scope="session")
def scalars():
    w, b = (cr.Tensor(np.float64(number), requires_grad=True) for number in (0.5, 0.1))
    return trace_backward((ops.tanh(w * 2.0 + b) * w - 1.0) ** 2, {"w": w, "b": b})


@pytest.fixture(scope="session")
def large():
    with cr.seed(0):
        model = nn.Sequential(*(nn.Sequential(nn.Linear(4, 4), nn.Tanh()) for _ in range(60)))
    return trace_backward(model(np.ones((2, 4), np.float32)).sum(), model)


@pytest.fixture(scope="session")
def pages(explanation, convolution, translation, pretraining, trace, scalars, large, tmp_path_factory):
    """Every kind of page that the package writes."""
    folder = tmp_path_factory.mktemp("pages")
    traces = {"trace": trace, "scalars": scalars, "large": large}
    written = {name: found.to_html(folder / f"{name}.html") for name, found in traces.items()}
    written["backprop"] = explain_backprop_page.write(explanation, folder / "backprop.html")
    written["conv"] = explain_conv_page.write(convolution, folder / "conv.html")
    written["seq2seq"] = explain_seq2seq_page.write(translation, folder / "seq2seq.html")
    written["pretraining"] = explain_pretraining_page.write(pretraining, folder / "pretraining.html")
    written["attention"] = attention_page.write([translation.alignment], folder / "attention.html")
    return written
