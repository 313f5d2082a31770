"""Layers for images against PyTorch's: state dicts go over as they are, results, gradients and statistics agree."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import chainrule as cr  # noqa: E402
from chainrule import nn  # noqa: E402

pytestmark = pytest.mark.parity

LAYERS = {
    "Conv1d": ((4, 6, 3, 2, 1, 2, 2), (2, 4, 9)),
    "Conv2d": ((4, 6, (3, 2), 1, "same", 1, 2, False), (2, 4, 5, 6)),
    "Conv3d": ((2, 3, 2, 2, 1, 1, 1, True, "circular"), (2, 2, 4, 3, 4)),
    "ConvTranspose1d": ((4, 6, 3, 2, 1, 1, 2, False, 2), (2, 4, 5)),
    "ConvTranspose2d": ((4, 6, 3, (2, 1), 1, (1, 0), 2), (2, 4, 3, 4)),
    "ConvTranspose3d": ((2, 3, 2), (1, 2, 2, 3, 2)),
    "MaxPool2d": ((3, 2, 1, 1, False, True), (2, 3, 6, 5)),
    "AvgPool2d": ((3, 2, 1, True, False), (2, 3, 6, 5)),
    "AdaptiveAvgPool2d": (((3, None),), (2, 3, 5, 4)),
    "AdaptiveMaxPool2d": ((2,), (2, 3, 5, 4)),
    "BatchNorm1d": ((3, 1e-3, 0.3), (4, 3)),
    "BatchNorm2d": ((3, 1e-5, None), (4, 3, 2, 3)),
    "BatchNorm3d": ((3, 1e-5, 0.1, False), (2, 3, 2, 2, 2)),
    "InstanceNorm1d": ((3, 1e-5, 0.2, True, True), (2, 3, 7)),
    "InstanceNorm2d": ((3,), (2, 3, 4, 2)),
    "GroupNorm": ((2, 4, 1e-3), (3, 4, 2, 3)),
    "Upsample": ((None, 1.5, "bilinear"), (2, 3, 4, 5)),
    "ZeroPad2d": (((1, 2, 0, 3),), (2, 3, 4, 5)),
    "Unfold": ((2, 1, 1, 2), (2, 3, 4, 5)),
    "Fold": (((4, 5), 2, 1, 1, 2), (2, 12, 9)),
}


def normal(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def close(ours, theirs, tolerance=2e-5):
    expected = theirs.detach().numpy()
    assert ours.shape == expected.shape
    largest = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(ours.numpy(), expected, rtol=tolerance, atol=tolerance * largest)


def step(layer, x, project):
    """Run a layer forward and backward."""
    y = layer(x)
    (y * project(y)).sum().backward()
    return y


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("name", LAYERS)
def test_layer(name):
    arguments, shape = LAYERS[name]
    theirs, ours = getattr(torch.nn, name)(*arguments), getattr(nn, name)(*arguments)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for part in theirs.parameters():
        part.data += torch.tensor(normal(*part.shape)) / 4
    ours.load_state_dict(theirs.state_dict())
    for round_ in range(2):  # the second with other running statistics
        x = cr.tensor(normal(*shape, seed=round_), requires_grad=True)
        z = torch.tensor(x.numpy().copy(), requires_grad=True)
        theirs.zero_grad()
        ours.zero_grad()
        y = step(ours, x, lambda y: normal(*y.shape, seed=9))
        close(y, step(theirs, z, lambda y: torch.tensor(normal(*y.shape, seed=9))))
        close(x.grad, z.grad)
        for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            close(mine.grad, other.grad, 1e-4)
    for key, value in theirs.state_dict().items():
        if not (key == "num_batches_tracked" and "Instance" in name):  # PyTorch does not count there
            close(ours.state_dict()[key], value)
    close(ours.eval()(cr.tensor(normal(*shape))), theirs.eval()(torch.tensor(normal(*shape))))


def test_initial_weights_have_the_same_spread():
    theirs, ours = torch.nn.Conv2d(32, 64, 3), nn.Conv2d(32, 64, 3, generator=cr.Generator(0))
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert mine.numpy().std() == pytest.approx(other.std().item(), rel=0.2)
        assert np.abs(mine.numpy()).max() == pytest.approx(other.abs().max().item(), rel=0.1)
