"""Image models: shapes, weights as published, learning, and both backends."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.models.convnet import ConvNet, ConvNetConfig
from chainrule.models.efficientnet import EfficientNet, EfficientNetConfig
from chainrule.models.efficientnet import Stage as EfficientStage
from chainrule.models.lenet import LeNet, LeNetConfig
from chainrule.models.mobilenet import MobileNet, MobileNetConfig, Stage
from chainrule.models.resnet import ResNet, ResNetConfig
from chainrule.models.vit import VisionTransformer, VisionTransformerConfig

SMALL_STAGES = (Stage(1, 4, 1, 1), Stage(2, 6, 2, 2))
EFFICIENT_STAGES = (EfficientStage(1, 4, 1, 1, 3), EfficientStage(2, 6, 2, 2, 5))
MAKERS = {
    "lenet": lambda: LeNet(LeNetConfig(2, 3, (8, 12), (4, 6), 16)),
    "convnet": lambda: ConvNet(ConvNetConfig(2, 3, (4, 6), 2, 0.0)),
    "resnet": lambda: ResNet(ResNetConfig(2, 3, (4, 6), (1, 2))),
    "resnet-projected": lambda: ResNet(ResNetConfig(2, 3, (4, 6), (1, 1), True, True)),
    "bottlenecks": lambda: ResNet(ResNetConfig(2, 3, (4, 6), (1, 1), True, True, True)),
    "efficientnet": lambda: EfficientNet(EfficientNetConfig(2, 3, 4, EFFICIENT_STAGES, 12, 0.0)),
    "vit": lambda: VisionTransformer(VisionTransformerConfig(2, 3, (8, 12), 4, 1, width=16, heads=2)),
    "mobilenet": lambda: MobileNet(MobileNetConfig(2, 3, 4, 1, SMALL_STAGES, 12, 0.0)),
}
IMAGES = np.random.default_rng(0).standard_normal((6, 2, 8, 12)).astype(np.float32)
LABELS = np.array([0, 1, 2, 0, 1, 2])


def trained(model, steps):
    """The losses of so many steps on a single batch."""
    optimizer = cr.optim.Adam(model.parameters(), lr=1e-2)

    def step(images, labels):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        return loss

    compiled = cr.compile(step, state=(model, optimizer))
    return [float(compiled(IMAGES, LABELS)) for _ in range(steps)]


@pytest.mark.parametrize("name", MAKERS)
def test_learns_a_batch_by_heart(name):
    with cr.seed(0):
        model = MAKERS[name]()
    losses = trained(model, 40)
    assert losses[-1] < 0.1 * losses[0]
    assert all(parameter.grad is not None and parameter.grad.numpy().any() for parameter in model.parameters())
    model.eval()
    alone = np.concatenate([model(IMAGES[i : i + 1]).numpy() for i in range(6)])
    np.testing.assert_allclose(model(IMAGES).numpy(), alone, rtol=1e-3, atol=1e-4)


def test_the_same_losses_on_both_backends():
    pytest.importorskip("jax")
    losses = []
    for backend in ("numpy", "jax"):
        with cr.seed(0):
            losses.append(trained(MAKERS["resnet"]().to(backend), 3))
    np.testing.assert_allclose(*losses, rtol=1e-3)


@pytest.mark.parametrize(
    ("config", "count"),
    [
        (ResNetConfig.of_depth(20), 269_722),
        (ResNetConfig.of_depth(32), 464_154),
        (ResNetConfig.of_depth(44), 658_586),
        (ResNetConfig.of_depth(56), 853_018),
        (ResNetConfig.of_depth(18, classes=1000, large_images=True), 11_689_512),
        (ResNetConfig.of_depth(50, classes=1000, large_images=True), 25_557_032),
    ],
    ids=["20", "32", "44", "56", "18", "50"],
)
def test_residual_networks_have_the_published_numbers_of_weights(config, count):
    model = ResNet(config)
    assert model.num_parameters() == count
    if config.large_images:
        shape = (512, 256, 1, 1) if config.bottleneck else (128, 64, 1, 1)
        assert model.state_dict()["layer2.0.downsample.0.weight"].shape == shape


def test_efficientnet_has_the_published_number_of_weights():
    model = EfficientNet()
    assert model.num_parameters() == 4_652_008
    assert model(np.zeros((1, 3, 33, 64), np.float32)).shape == (1, 1000)


def test_lenet_has_the_filters_of_its_config():
    model = LeNet(LeNetConfig())
    assert model.conv2.weight.shape == (64, 32, 5, 5)
    assert model(np.zeros((1, 1, 28, 28), np.float32)).shape == (1, 10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: LeNet(LeNetConfig(image_size=(3, 28))), "LeNet expected images of 4 by 4 pixels or more"),
        (lambda: ResNetConfig.of_depth(21), "ResNet expected depth 18, 34, 50, 101, 152, or for small"),
        (lambda: MAKERS["convnet"]()(IMAGES[:, :1]), r"it must be \(N, 2, H, W\)"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
