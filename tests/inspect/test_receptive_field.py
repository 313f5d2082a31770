"""The receptive field by arithmetic is where gradients arrive."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn, ops
from chainrule.inspect import receptive_field
from chainrule.models import ResNet, ResNetConfig

from .models import BUILDERS, LAST_CONVOLUTION, built


def positive(model):
    """Filters that average, with weights above zero: no gradients cancel, and no ReLU is shut at either end."""
    for name, parameter in model.named_parameters():
        weights = np.abs(parameter.numpy()) + 0.1
        sums = weights.sum(axis=tuple(range(1, weights.ndim)), keepdims=True)
        parameter.write_(weights / sums if name.endswith("weight") else 0 * weights)
    return model


def support(model, layer, place, size, channels=3):
    """First and last row and column that get a gradient from a unit, over many images."""
    x = cr.Tensor(np.random.default_rng(0).uniform(size=(48, channels, size, size)), requires_grad=True)
    seen = []
    remove = dict(model.named_modules())[layer].register_forward_hook(lambda m, a, result: seen.append(result))
    model.to("float64").eval()(x)
    remove()
    seen[0][:, :, place[0], place[1]].sum().backward()
    hit = np.abs(x.grad.numpy()).sum(axis=(0, 1)) > 0
    return [slice(along.min(), along.max() + 1) for along in (np.nonzero(hit.any(axis=1 - i))[0] for i in range(2))]


@pytest.mark.parametrize("name", BUILDERS)
def test_ready_models(name):
    model, layer = positive(built(name)), LAST_CONVOLUTION[name]
    field = receptive_field(model, layer)
    for place in ((4, 5), (0, 7)):
        assert list(field.window(*place)) == support(model, layer, place, 32)


CHAINS = {
    "dilation": lambda: nn.Conv2d(3, 2, (3, 2), dilation=(3, 2)),
    "stride": lambda: nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.Conv2d(4, 2, 3, stride=(3, 1))),
    "pooling": lambda: nn.Sequential(nn.AvgPool2d(3, 2, 1), nn.Conv2d(3, 2, 3), nn.MaxPool2d(2, 1)),
    "mirrored": lambda: nn.Sequential(nn.Conv2d(3, 4, 5, padding=2, padding_mode="reflect"), nn.Conv2d(4, 2, 3)),
    "zeros": lambda: nn.Sequential(nn.ZeroPad2d((1, 2, 3, 0)), nn.Conv2d(3, 2, 3)),
    "depthwise": lambda: nn.Sequential(nn.Conv2d(3, 3, 3, groups=3), nn.GELU(), nn.Conv2d(3, 2, 1, stride=2)),
    "one channel": lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Sigmoid(), nn.Dropout2d(0.5), nn.Conv2d(4, 1, 3)),
}


@pytest.mark.parametrize("chain", CHAINS)
def test_settings(chain):
    with cr.seed(0):
        model = positive(nn.Sequential(CHAINS[chain]()))
    field = receptive_field(model, "0")
    for place in ((3, 4), (4, 2)):
        assert list(field.window(*place)) == support(model, "0", place, 32)


class Branches(nn.Module):
    """A wide and a narrow way, side by side; then every other pixel."""

    def __init__(self):
        self.wide, self.narrow = nn.Conv2d(3, 2, 7, padding=3), nn.Conv2d(3, 2, (1, 3), padding=(0, 1))
        self.last = nn.Conv2d(4, 2, 3)

    def forward(self, x):
        narrow, wide = self.narrow(x)[:, :, 1:], self.wide(x[..., 1:, :])
        return self.last(ops.concatenate([narrow, wide], axis=1)[:, :, ::2, 1::2])


def test_branches_and_slices():
    with cr.seed(0):
        model = positive(Branches())
    field = receptive_field(model, "last")
    assert field.step == (2, 2)
    for place in ((3, 4), (6, 2)):
        assert list(field.window(*place)) == support(model, "last", place, 32)


def test_numbers_that_are_known():
    """The networks of the paper, as listed in A. Araujo, W. Norris and J. Sim (Distill, 2019)."""
    with cr.seed(0):
        model = ResNet(ResNetConfig.of_depth(18, large_images=True))
    assert receptive_field(model, "layer4").size == (435, 435)
    assert receptive_field(model, "layer4").step == (32, 32)


def test_what_mixes_all_places_sees_the_whole_image():
    model = built("Sequential")
    assert receptive_field(model, "5", (1, 3, 32, 32)) == ((32, 32), (0, 0), (0, 0))
    assert receptive_field(built("ResNet"), "fc", np.zeros((1, 3, 20, 24), np.float32)).size == (20, 24)


def test_along_sequences():
    model = nn.Sequential(nn.Conv1d(2, 3, 5, dilation=2), nn.Conv1d(3, 3, 3, stride=2))
    assert receptive_field(model, "1") == ((11,), (2,), (0,))


def test_what_cannot_be():
    with pytest.raises(ValueError, match="transposed"):
        receptive_field(nn.Sequential(nn.ConvTranspose2d(3, 3, 2, 2)), "0")
    with pytest.raises(ValueError, match="give input="):
        receptive_field(nn.Sequential(nn.ReLU()), "0")
