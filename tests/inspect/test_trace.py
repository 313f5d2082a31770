"""A trace has every operation in order, with right norms and names, in each of its forms."""

import json
import re

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, ops
from chainrule.inspect import trace_backward

X = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)


@pytest.fixture
def model():
    with cr.seed(0):
        return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2))


@pytest.fixture
def trace(model):
    return trace_backward((model(X) ** 2).sum(), model)


@pytest.fixture
def scalars():
    """A network of numbers: the loss (tanh(2 w + b) w - 1) ** 2."""
    w, b = (cr.Tensor(np.float64(number), requires_grad=True) for number in (0.5, 0.1))
    return trace_backward((ops.tanh(w * 2.0 + b) * w - 1.0) ** 2, {"w": w, "b": b})


def test_operations_and_modules_in_the_order_of_backward(trace):
    assert [step.operation for step in trace] == ["sum", "power", "linear", "tanh", "linear"]
    assert [step.module for step in trace] == ["", "", "2", "1", "0"]
    assert [step.number for step in trace] == [1, 2, 3, 4, 5]


def test_gradients_are_those_of_backward(model, trace):
    by_name = {out.to: out for step in trace for out in step.outgoing}
    for path, parameter in model.named_parameters():
        assert by_name[path].norm == pytest.approx(np.linalg.norm(parameter.grad.numpy()), rel=1e-6)
        assert by_name[path].shape == parameter.shape
        assert by_name[path].step is None


def test_what_goes_out_comes_in(trace):
    for step in trace:
        for out in step.outgoing:
            if out.step is not None:
                assert trace[out.step - 1].norm == pytest.approx(out.norm, rel=1e-6)
                assert out.to == f"#{out.step} {trace[out.step - 1].operation}"


def test_gain_bytes_and_time(trace):
    tanh = trace[3]
    assert tanh.gain == pytest.approx(tanh.outgoing[0].norm / tanh.norm)
    assert trace[4].gain is None
    assert trace[2].bytes == 4 * (5 * 6 + 2 * 6 + 2)
    assert tanh.saved_bytes == 4 * 5 * 6
    assert all(step.seconds > 0 for step in trace)
    assert sum(step.seconds for step in trace) < trace.seconds


def test_numbers_of_a_scalar_network(scalars):
    lines = scalars.numbers().splitlines()
    assert lines[0] == "#1 power -> #2 subtract: upstream 1 x local derivative -1.2 = -1.2"
    pattern = r".* -> .*: upstream (\S+) x local derivative (\S+) = (\S+)"
    for line in lines:
        upstream, local, product = map(float, re.fullmatch(pattern, line).groups())
        assert product == pytest.approx(upstream * local, rel=1e-3)
    assert any("-> w:" in line for line in lines)
    assert any("-> b:" in line for line in lines)


def test_arrays_have_no_numbers(trace):
    assert trace.numbers() == ""


def test_table(trace):
    head, titles, *rows = repr(trace).splitlines()
    assert head.startswith(f"backward pass of loss {trace.loss:.6g}: 5 operations")
    assert titles.split()[:4] == ["#", "module", "operation", "shape"]
    assert len(rows) == sum(len(step.outgoing) for step in trace)
    assert "2.weight" in rows[3]


def test_dictionary_is_json(trace):
    read = json.loads(json.dumps(trace.to_dict()))
    assert read["steps"][2]["outgoing"][1]["to"] == "2.weight"
    assert read["steps"][2]["shape"] == [5, 2]
    assert read["loss"] == trace.loss


def test_dot(trace, scalars):
    text = trace.to_dot()
    assert text.startswith("digraph backward {")
    assert '"step 3" -> "leaf 2.weight"' in text
    assert 'subgraph "cluster 2"' in text
    assert text.count("{") == text.count("}")
    assert '"step 1" -> "step 2" [label="-1.2"];' in scalars.to_dot()


def test_names_of_leaves_without_a_model():
    x, y = cr.Tensor([1.0], requires_grad=True), cr.Tensor([2.0], requires_grad=True)
    trace = trace_backward((x * y * x).sum())
    assert {out.to for step in trace for out in step.outgoing if out.step is None} == {"input", "input 2"}


def test_several_results_and_checkpoints_are_connected():
    with cr.seed(0):
        lstm = nn.LSTM(4, 3)
    output, (h, c) = lstm(np.ones((2, 5, 4), np.float32))
    trace = trace_backward(output.sum() + h.sum() + c.sum(), lstm)
    assert any(out.to.endswith("weight_hh_l0") for step in trace for out in step.outgoing)
    x = cr.Tensor(X, requires_grad=True)
    trace = trace_backward(cr.checkpoint(lambda x: ops.tanh(x) * 2.0)(x).sum())
    assert [step.operation for step in trace] == ["sum", "multiply", "tanh"]


def test_page(trace, scalars, tmp_path):
    text = trace.to_html(tmp_path / "trace.html").read_text(encoding="utf-8")
    assert "<svg" in text and "2.weight" in text
    assert "upstream" in scalars.to_html(tmp_path / "scalars.html").read_text(encoding="utf-8")


def test_page_of_a_large_graph_has_a_box_for_each_run_of_a_module(tmp_path):
    with cr.seed(0):
        model = nn.Sequential(*(nn.Sequential(nn.Linear(4, 4), nn.Tanh()) for _ in range(60)))
    trace = trace_backward(model(X).sum(), model)
    text = trace.to_html(tmp_path / "large.html").read_text(encoding="utf-8")
    assert "59.1" in text and "1 operation, " in text
    assert len(text) < 600_000


def test_a_graph_is_kept_if_asked_for():
    x = cr.Tensor(X, requires_grad=True)
    loss = (x * x).sum()
    trace_backward(loss, retain_graph=True)
    assert len(trace_backward(loss)) == 2
    with pytest.raises(RuntimeError, match="already used"):
        trace_backward(loss)
