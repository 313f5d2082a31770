"""A summary counts what formulas count, and changes nothing."""

import json

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.inspect import summary
from chainrule.models import ResNet, ResNetConfig, Seq2Seq, Seq2SeqConfig

from .models import BUILDERS, built


def by_path(found):
    return {layer.path: layer for layer in found.layers}


def test_numbers_of_a_chain():
    found = by_path(summary(built("Sequential"), (2, 3, 32, 32)))
    assert found["0"].shapes == ((2, 4, 32, 32),)
    assert found["0"].parameters == 4 * 3 * 25 + 4
    assert found["0"].multiply_adds == 2 * 4 * 32 * 32 * 3 * 25
    assert found["3"].multiply_adds == 2 * 5 * 16 * 16 * 4 * 9
    assert found["5"].multiply_adds == 2 * 10 * 1280
    assert found["1"].parameters == found["1"].multiply_adds == 0
    assert found["0"].memory == 4 * 2 * 3 * 32 * 32  # the image, for the gradient of the weights


@pytest.mark.parametrize("name", BUILDERS)
def test_ready_models(name):
    model = built(name)
    before = {path: value.numpy().copy() for path, value in model.state_dict().items()}
    found = summary(model, (2, 3, 32, 32))
    assert found.parameters == model.num_parameters()
    again = summary(model, np.zeros((2, 3, 32, 32), np.float32))
    assert found.layers == again.layers
    for path, value in model.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), before[path])


def test_published_count():
    """1.8 billion for the 18 layers of K. He et al., table 1."""
    with cr.seed(0):
        model = ResNet(ResNetConfig.of_depth(18, classes=1000, large_images=True))
    found = summary(model.eval(), (1, 3, 64, 64))
    assert found.parameters == 11_689_512
    convolutions = found.multiply_adds - 512_000  # at 64 by 64 pixels; the paper's images have 224
    assert convolutions * (224 / 64) ** 2 == pytest.approx(1.81e9, rel=0.01)


def test_memory_is_what_backward_needs():
    with cr.seed(0):
        model = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 4))
    assert [layer.memory for layer in summary(model, (5, 8)).layers] == [4 * 5 * 8, 4 * 5 * 16, 0]
    assert summary(model.requires_grad_(False), (5, 8)).memory == 0


def test_several_inputs_of_integers():
    with cr.seed(0):
        model = Seq2Seq(Seq2SeqConfig(9, 8, 4, 5, 6))
    source, target = np.zeros((2, 7), int), np.zeros((2, 3), int)
    found = by_path(summary(model, (source, np.array([7, 4]), target)))
    assert found["encoder.recurrent"].multiply_adds == 2 * 11 * 4 * 5 * (4 + 5)  # two directions, 11 steps
    assert found["decoder.recurrent"].multiply_adds == 6 * 4 * 6 * (4 + 6)
    assert found["decoder.output"].shapes == ((2, 3, 8),)


def test_gates_transposed_convolutions_and_einsum():
    class Mixed(nn.Module):
        def __init__(self):
            self.up, self.gru = nn.ConvTranspose1d(3, 4, 3), nn.GRU(4, 5)

        def forward(self, x):
            y = self.gru(self.up(x).mT)[0]
            return cr.ops.einsum("ntd,nte->nde", y, y)

    found = by_path(summary(Mixed(), (2, 3, 6)))
    assert found["up"].multiply_adds == 2 * 3 * 6 * 4 * 3
    assert found["gru"].multiply_adds == 2 * 8 * 3 * 5 * (4 + 5)
    assert found[""].multiply_adds == 2 * 8 * 5 * 5


def test_table_and_json():
    found = summary(built("LeNet"), (2, 3, 32, 32))
    lines = str(found).splitlines()
    assert lines[0].split()[:3] == ["path", "layer", "output"]
    assert lines[-1].split()[1] == f"{found.parameters:,}"
    assert max(map(len, lines)) <= 100
    assert json.loads(json.dumps(found.to_dict()))["multiply_adds"] == found.multiply_adds
    assert found.to_dict()["layers"][1]["shapes"] == [[2, 4, 32, 32]]


def test_an_input_that_does_not_fit():
    with pytest.raises(ValueError, match="Conv2d"):
        summary(built("LeNet"), (2, 1, 32, 32))
