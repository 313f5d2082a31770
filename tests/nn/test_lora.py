"""Changes of low rank."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.nn.lora import LoRA


@pytest.fixture
def base():
    with cr.seed(0):
        return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.MultiHeadAttention(8, 2).out_proj, nn.Linear(8, 3))


X = np.random.default_rng(0).normal(size=(5, 6)).astype(np.float32)


def trained(base, backend="numpy", **more):
    model = LoRA(base, rank=2, alpha=4.0, generator=cr.Generator(1), **more).to(backend)
    optimizer = cr.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.05)
    for _ in range(5):
        optimizer.zero_grad()
        (model(cr.tensor(X)) ** 2).mean().backward()
        optimizer.step()
    return model


def test_at_first_it_changes_nothing(base):
    expected = base(cr.tensor(X)).numpy()
    np.testing.assert_array_equal(LoRA(base, generator=cr.Generator(0))(cr.tensor(X)).numpy(), expected)


def test_only_the_changes_learn(base, backend):
    before = {name: np.array(p.numpy()) for name, p in base.named_parameters()}
    untouched = base(cr.tensor(X)).numpy()
    model = trained(base, backend)
    for name, array in before.items():
        np.testing.assert_array_equal(np.asarray(dict(base.named_parameters())[name].numpy()), array)
    assert (model(cr.tensor(X)) ** 2).mean().item() < np.mean(untouched**2)
    assert model.num_parameters(only_trainable=True) == 2 * ((6 + 8) + (8 + 8) + (8 + 3))


def test_a_change_has_its_rank_and_scale(base):
    model = trained(base, targets=r"^0\.weight")
    (change,) = [model.adapted()["0.weight"].numpy() - base[0].weight.numpy()]
    assert np.linalg.matrix_rank(change, tol=1e-5) == 2
    up, down = (model.updates.state_dict()[f"0/weight.{name}"].numpy() for name in ("up", "down"))
    np.testing.assert_allclose(change, 2.0 * up @ down, rtol=1e-4, atol=1e-6)


def test_merging_leaves_the_answers(base):
    model = trained(base)
    expected = model(cr.tensor(X)).numpy()
    merged = model.merge()
    assert merged is base
    np.testing.assert_allclose(base(cr.tensor(X)).numpy(), expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(model(cr.tensor(X)).numpy(), expected, rtol=1e-5, atol=1e-6)


def test_changes_are_saved_apart(base):
    model = trained(base)
    changes = {name: np.array(p.numpy()) for name, p in model.changes().items()}
    expected = model(cr.tensor(X)).numpy()
    again = LoRA(base, rank=2, alpha=4.0, generator=cr.Generator(9)).load_changes(changes)
    np.testing.assert_array_equal(again(cr.tensor(X)).numpy(), expected)
    with pytest.raises(ValueError, match="of another shape"):
        LoRA(base, rank=3, generator=cr.Generator(9)).load_changes(changes)


def test_derivatives_go_through(base):
    model = LoRA(base, rank=2, generator=cr.Generator(1))
    model.to(np.float64)
    cr.gradcheck(lambda x: model(x), (X.astype(np.float64),))


def test_names_that_fit_nothing(base):
    with pytest.raises(ValueError, match=r"LoRA found no matrix whose name fits 'query'; there are 0\.weight"):
        LoRA(base, targets="query")
