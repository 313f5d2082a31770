"""Models."""

from chainrule.models.convnet import ConvNet, ConvNetConfig
from chainrule.models.decoder import Decoder
from chainrule.models.encoder import Encoder
from chainrule.models.lenet import LeNet, LeNetConfig
from chainrule.models.mobilenet import MobileNet, MobileNetConfig
from chainrule.models.resnet import ResNet, ResNetConfig
from chainrule.models.seq2seq import Seq2Seq, Seq2SeqConfig, seq2seq_encode_decode

__all__ = [
    "ConvNet",
    "ConvNetConfig",
    "Decoder",
    "Encoder",
    "LeNet",
    "LeNetConfig",
    "MobileNet",
    "MobileNetConfig",
    "ResNet",
    "ResNetConfig",
    "Seq2Seq",
    "Seq2SeqConfig",
    "seq2seq_encode_decode",
]
