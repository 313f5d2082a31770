"""Whole training steps under `chainrule.compile`: 20 losses on JAX equal those on NumPy."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim

OPTIMIZERS = {
    "adamw": lambda params: optim.AdamW(params, lr=0.01),
    "momentum": lambda params: optim.SGD(params, lr=0.05, momentum=0.9, dampening=0.1, weight_decay=0.01),
}


def losses(backend, make):
    with cr.seed(3):
        layers = [nn.Embedding(7, 8), nn.GRU(8, 8), nn.LayerNorm(8), nn.Linear(8, 7)]
    model = nn.ModuleList([*layers, nn.Dropout(0.3)]).to(backend)
    optimizer = make([{"params": model[:3].parameters()}, {"params": model[3].parameters(), "lr": 0.02}])
    schedule = optim.LinearDecay(optimizer, 30, warmup_steps=5, decay_fraction=0.5)
    generator = cr.Generator(5)

    def step(ids):
        optimizer.zero_grad()
        embedding, gru, norm, output, dropout = model
        hidden, _ = gru(dropout(embedding(ids[:, :-1])), lengths=[5, 3])
        logits = output(norm(hidden))
        loss = nn.functional.cross_entropy(logits.reshape(-1, 7), ids[:, 1:].reshape(-1))
        loss.backward()
        norm_before = optim.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        schedule.step()
        return loss, norm_before

    compiled = cr.compile(step, state=(model, optimizer, schedule, generator))
    found = []
    rng = np.random.default_rng(0)
    with generator:
        for _ in range(20):
            loss, norm = compiled(rng.integers(0, 7, (2, 6)))
            found.append((float(loss.item()), float(norm.item()), schedule.get_last_lr()[1]))
    return np.array(found), optimizer, schedule


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_twenty_steps(make):
    pytest.importorskip("jax")
    expected, *_ = losses("numpy", make)
    found, optimizer, schedule = losses("jax", make)
    np.testing.assert_allclose(found, expected, rtol=3e-4)
    assert expected[-5:, 0].mean() < expected[:5, 0].mean()
    # What comes back from the compiled program is saved as plain numbers.
    assert schedule.state_dict()["step"] == 20
    state = optimizer.state_dict()
    assert {parts["step"] for parts in state["state"].values()} == {20}
    assert all(type(group["lr"]) is float for group in state["param_groups"])
    optimizer.load_state_dict(state)
