"""Parameter groups, settings and their errors."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, optim


def parameter(*shape):
    return nn.Parameter(np.ones(shape, np.float32))


def test_groups_have_their_own_settings():
    a, b, c = parameter(2), parameter(3), parameter(4)
    optimizer = optim.AdamW([{"params": [a], "lr": 0.5}, {"params": b}], weight_decay=0.3)
    optimizer.add_param_group({"params": [c], "betas": (0.5, 0.6)})
    assert [group["lr"] for group in optimizer.param_groups] == [0.5, 1e-3, 1e-3]
    assert [group["params"] for group in optimizer.param_groups] == [[a], [b], [c]]
    assert optimizer.param_groups[2]["betas"] == (0.5, 0.6)
    assert {group["weight_decay"] for group in optimizer.param_groups} == {0.3}


def test_repr_tells_what_is_optimised():
    assert repr(optim.SGD(nn.Linear(3, 4).parameters(), lr=0.1)).startswith("SGD(16 numbers in 2 parameters, lr=0.1, ")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: optim.SGD([]), r"SGD got no parameters: give it model.parameters\(\)"),
        (lambda: optim.SGD([parameter(2)], lr=-1), "SGD expected lr to be 0 or more, but got -1"),
        (lambda: optim.SGD([parameter(2)], lr=float("nan")), "SGD expected lr to be 0 or more, but got nan"),
        (lambda: optim.Adam([parameter(2)], weight_decay=-1), "Adam expected weight_decay to be 0 or more"),
        (lambda: optim.Adam([parameter(2)], betas=(0.9, 1.0)), "Adam expected two betas from 0 up to"),
        (lambda: optim.AdamW([parameter(2)], betas=(0.9,)), "AdamW expected two betas"),
        (lambda: optim.Adam([parameter(2)], eps=-1), "Adam expected eps to be 0 or more"),
        (lambda: optim.SGD([parameter(2)], momentum=-1), "SGD expected momentum to be 0 or more"),
        (lambda: optim.SGD([parameter(2)], nesterov=True), "SGD expected a momentum and no dampening"),
        (lambda: optim.Adam([{"params": [parameter(2)], "rate": 1}]), "expected a group with 'params' and any of lr,"),
        (lambda: optim.Adam([{"lr": 1}]), "expected a group with 'params'"),
    ],
)
def test_bad_settings(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_parameter_stands_in_one_group():
    p = parameter(2)
    with pytest.raises(ValueError, match=r"a parameter of shape \(2,\) in two groups"):
        optim.SGD([{"params": [p]}, {"params": [p]}])


@pytest.mark.parametrize("thing", [np.ones(2), "weight", cr.Tensor(np.arange(3))])
def test_only_leaves_are_optimised(thing):
    with pytest.raises(TypeError, match="SGD optimises floating-point leaf Tensors, but got"):
        optim.SGD([thing])
    with pytest.raises(TypeError, match="leaf Tensors"):
        optim.SGD([parameter(2) * 2])
