"""Containers of modules."""

import numpy as np
import pytest

from chainrule import nn


def test_sequential_runs_its_modules_in_order():
    first, second = nn.Linear(3, 4), nn.Linear(4, 2)
    model = nn.Sequential(first, nn.Tanh(), second)
    x = np.ones((5, 3), np.float32)
    np.testing.assert_array_equal(model(x).numpy(), second(nn.Tanh()(first(x))).numpy())
    assert list(model.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert nn.Sequential()(x) is x


def test_sequences_are_indexed_sliced_and_changed():
    layers = [nn.Linear(1, 1) for _ in range(12)]
    for made in (nn.Sequential(*layers), nn.ModuleList(layers)):
        assert len(made) == 12
        assert list(made) == layers
        assert made[-1] is layers[-1]
        assert type(made[2:4]) is type(made)
        assert list(made[2:4]) == layers[2:4]
        made[-1] = layers[0]
        assert made[11] is layers[0]
        assert made.append(nn.ReLU()) is made
        assert len(made) == 13
        with pytest.raises(IndexError):
            made[13] = nn.ReLU()
        with pytest.raises(TypeError, match="holds modules, but got a int"):
            made.append(3)


def test_the_same_module_may_stand_in_several_places():
    layer = nn.Linear(2, 2)
    assert len(nn.Sequential(layer, layer)) == 2
    assert len(list(nn.Sequential(layer, layer).parameters())) == 2


def test_module_list_extends():
    made = nn.ModuleList().extend([nn.ReLU(), nn.Tanh()])
    assert [type(module) for module in made] == [nn.ReLU, nn.Tanh]


def test_module_dict():
    made = nn.ModuleDict({"a": nn.Linear(1, 2), "b": nn.ReLU()})
    made["c"] = nn.Linear(1, 1, bias=False)
    assert list(made) == made.keys() == ["a", "b", "c"]
    assert "a" in made
    assert len(made) == 3
    assert [module for _, module in made.items()] == made.values()
    assert list(made.state_dict()) == ["a.weight", "a.bias", "c.weight"]
    made["b"] = nn.Tanh()
    assert isinstance(made["b"], nn.Tanh)
    del made["a"]
    assert made.keys() == ["b", "c"]
    with pytest.raises(KeyError):
        made["a"]


@pytest.mark.parametrize("name", ["keys", "a.b", "training"])
def test_module_dict_refuses_names_it_needs_itself(name):
    with pytest.raises(ValueError, match=f"cannot hold a module named '{name}'"):
        nn.ModuleDict({name: nn.ReLU()})
