"""Small models of images: a chain of layers, and one of each kind that is ready."""

import numpy as np

import chainrule as cr
from chainrule import nn
from chainrule.models import (
    ConvNet,
    ConvNetConfig,
    LeNet,
    LeNetConfig,
    MobileNet,
    MobileNetConfig,
    ResNet,
    ResNetConfig,
)
from chainrule.models.mobilenet import Stage

BUILDERS = {
    "Sequential": lambda: nn.Sequential(
        nn.Conv2d(3, 4, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 5, 3, padding=1),
        nn.Flatten(),
        nn.Linear(5 * 16 * 16, 10),
    ),
    "LeNet": lambda: LeNet(LeNetConfig(3, 10, (32, 32), (4, 5), 8)),
    "ConvNet": lambda: ConvNet(ConvNetConfig(widths=(4, 5), depth=1)),
    "ResNet": lambda: ResNet(ResNetConfig(widths=(4, 6), blocks=(1, 1))),
    "MobileNet": lambda: MobileNet(MobileNetConfig(stem=4, stages=(Stage(1, 4, 1, 1), Stage(2, 6, 1, 2)), features=8)),
}
LAST_CONVOLUTION = {
    "Sequential": "3",
    "LeNet": "conv2",
    "ConvNet": "features.1",
    "ResNet": "layer2.0.conv2",
    "MobileNet": "features.5",
}


def built(name):
    with cr.seed(0):
        return BUILDERS[name]()


def images(count=2, size=32, seed=0):
    return np.random.default_rng(seed).normal(size=(count, 3, size, size)).astype(np.float32)
