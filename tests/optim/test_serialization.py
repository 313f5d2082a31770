"""State dicts of optimisers."""

import json

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim


def trained(backend, steps=3, make=optim.Adam, **options):
    """A model and an optimiser after some steps; the second parameter is never trained."""
    with cr.seed(1):
        model = nn.Sequential(nn.Linear(3, 2, bias=False), nn.Linear(2, 1, bias=False), nn.Linear(3, 1)).to(backend)
    optimizer = make([{"params": [model[0].weight, model[1].weight]}, {"params": model[2].parameters()}], **options)
    advance(model, optimizer, steps)
    return model, optimizer


def advance(model, optimizer, steps):
    for step in range(steps):
        optimizer.zero_grad()
        x = np.random.default_rng(step).standard_normal((4, 3)).astype(np.float32)
        ((model[0](x) ** 2).sum() + (model[2](x) ** 2).sum()).backward()
        optimizer.step()


@pytest.mark.parametrize(
    ("make", "options"),
    [(optim.Adam, {}), (optim.SGD, {"momentum": 0.9, "dampening": 0.1}), (optim.SGD, {}), (optim.AdamW, {"lr": 0.01})],
)
def test_a_loaded_optimiser_goes_on_as_if_nothing_had_happened(backend, make, options):
    model, optimizer = trained(backend, make=make, **options)
    state = optimizer.state_dict()
    arrays = {f"{i}.{name}": x for i, s in state["state"].items() for name, x in s.items() if name != "step"}
    assert all(type(x) is np.ndarray for x in arrays.values())
    plain = json.loads(
        json.dumps({"groups": state["param_groups"], "steps": [s["step"] for s in state["state"].values()]})
    )
    assert plain["steps"] == [3, 3, 3]

    other, second = trained(backend, steps=1, make=make, **options)
    other.load_state_dict(model.state_dict())
    second.load_state_dict({"state": state["state"], "param_groups": plain["groups"]})
    assert second.param_groups[0].get("betas") == optimizer.param_groups[0].get("betas")
    advance(model, optimizer, 3)
    advance(other, second, 3)
    for ours, theirs in zip(other.parameters(), model.parameters()):
        np.testing.assert_array_equal(ours.numpy(), theirs.numpy())


def test_loading_copies():
    _, optimizer = trained("numpy")
    _, second = trained("numpy")
    state = optimizer.state_dict()
    second.load_state_dict(state)
    for p, q in zip(optimizer.state, second.state):
        assert not np.shares_memory(optimizer.state[p]["exp_avg"].value, second.state[q]["exp_avg"].value)


def test_loading_takes_settings_and_forgets_state_that_is_not_there():
    _, optimizer = trained("numpy", steps=0, lr=0.5)
    _, second = trained("numpy", steps=3)
    second.load_state_dict(optimizer.state_dict())
    assert not second.state
    assert second.param_groups[0]["lr"] == 0.5


def test_what_does_not_fit_is_refused_and_changes_nothing():
    _, optimizer = trained("numpy")
    before = optimizer.state_dict()
    kept = {i: {name: np.array(x) for name, x in parts.items()} for i, parts in before["state"].items()}
    with pytest.raises(
        ValueError, match=r"Adam has groups of \[2, 2\] parameters, but got a state with groups of \[1\]"
    ):
        optimizer.load_state_dict({"state": {}, "param_groups": [{"params": [0]}]})
    wrong = {**before["state"], 3: {**before["state"][3], "exp_avg": np.ones(5)}}
    with pytest.raises(ValueError, match=r"Adam keeps .* for a parameter of shape \(1,\), but got"):
        optimizer.load_state_dict({"state": wrong, "param_groups": before["param_groups"]})
    _, sgd = trained("numpy", make=optim.SGD)
    with pytest.raises(ValueError, match=r"SGD keeps \{\} for a parameter"):
        sgd.load_state_dict(before)
    for i, parts in optimizer.state_dict()["state"].items():
        for name, x in parts.items():
            np.testing.assert_array_equal(x, kept[i][name])
