"""The table of what became of each array: by names, for a part of a model, around a part, before training."""

import numpy as np
import pytest

from chainrule import nn
from chainrule.errors import WeightsError
from chainrule.interop.report import TransferredArray, TransferReport


def body():
    return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))


def outcomes(report):
    return {array.name: array.outcome for array in report.arrays}


def test_by_names():
    weights = {"weight": np.ones((3, 2)), "bias": np.ones(4), "scale": np.ones(1)}
    report = TransferReport.by_names("somewhere", nn.Linear(2, 3), weights)
    assert [(a.outcome, a.name, a.why) for a in report.arrays] == [
        ("loaded", "weight", ""),
        ("new", "bias", "drawn at random"),
        ("ignored", "bias", "it is (3,) here"),
        ("ignored", "scale", "the model has no such part"),
    ]


def test_a_part_keeps_its_own_names_and_no_others():
    arrays = [TransferredArray("loaded", name, (1,)) for name in ("encoder.norm", "encoder.pooler", "norm")]
    arrays.append(TransferredArray("ignored", "strange", (1,), "unknown"))
    report = TransferReport("somewhere", "", tuple(arrays)).within("encoder", {"norm"}, "not needed")
    assert [(a.outcome, a.name, a.why) for a in report.arrays] == [
        ("loaded", "norm", ""),
        ("ignored", "encoder.pooler", "not needed"),
        ("ignored", "norm", "not needed"),
        ("ignored", "strange", "unknown"),
    ]


def test_before_training_all_around_the_part_is_new():
    part, head = body(), nn.Linear(3, 1)
    weights = {name: tensor.numpy() for name, tensor in part.state_dict().items()}
    report = TransferReport.by_names("somewhere", part, weights)
    part.freeze()
    whole = report.before_training(nn.Sequential(part, head), part)
    assert outcomes(whole)["0.1.running_mean"] == "loaded"
    assert {name for name, outcome in outcomes(whole).items() if outcome == "new"} == {"1.weight", "1.bias"}
    assert whole.learns == {"1.weight", "1.bias"}
    learned = str(whole).splitlines()[-1].split()
    assert learned == ["learns", "2", "arrays", "4", "numbers"]


def test_running_statistics_change_in_training_unless_they_are_frozen():
    report = TransferReport("scratch", "", ())
    assert {"1.running_mean", "1.running_var"} < report.before_training(body().requires_grad_(False)).learns
    assert not report.before_training(body().freeze()).learns


def test_layers_share_a_line():
    deep = nn.ModuleDict({"layers": nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))})
    text = str(TransferReport("scratch", "", ()).before_training(deep))
    assert "layers.*.weight (2, 2): drawn at random (2 times)" in text


def test_to_json_and_back():
    report = TransferReport.by_names("somewhere", body(), {"odd": np.ones((2, 1))})
    assert TransferReport.from_json("somewhere", "Sequential", report.to_json()) == report
    with pytest.raises(WeightsError, match="what became of the weights of it is not readable"):
        TransferReport.from_json("it", "", [["loaded"]])
