"""Models."""

from chainrule.models.convnet import ConvNet, ConvNetConfig
from chainrule.models.decoder import Decoder
from chainrule.models.efficientnet import EfficientNet, EfficientNetConfig
from chainrule.models.encoder import Encoder
from chainrule.models.heads import ClassificationHead, RegressionHead, TaggingHead, WithHead
from chainrule.models.language_model import LanguageModel, LanguageModelConfig
from chainrule.models.lenet import LeNet, LeNetConfig
from chainrule.models.mobilenet import MobileNet, MobileNetConfig
from chainrule.models.plain_seq2seq import PlainSeq2Seq, PlainSeq2SeqConfig
from chainrule.models.resnet import ResNet, ResNetConfig
from chainrule.models.seq2seq import Seq2Seq, Seq2SeqConfig, seq2seq_encode_decode
from chainrule.models.transformer import Transformer, TransformerConfig
from chainrule.models.transformer_encoder import (
    MaskedLanguageModel,
    TransformerEncoderConfig,
    TransformerEncoderModel,
)
from chainrule.models.transformer_parts import LayerConfig
from chainrule.models.vit import MaskedAutoencoder, VisionTransformer, VisionTransformerConfig

__all__ = [
    "ClassificationHead",
    "ConvNet",
    "ConvNetConfig",
    "Decoder",
    "EfficientNet",
    "EfficientNetConfig",
    "Encoder",
    "LanguageModel",
    "LanguageModelConfig",
    "LayerConfig",
    "LeNet",
    "LeNetConfig",
    "MaskedAutoencoder",
    "MaskedLanguageModel",
    "MobileNet",
    "MobileNetConfig",
    "PlainSeq2Seq",
    "PlainSeq2SeqConfig",
    "RegressionHead",
    "ResNet",
    "ResNetConfig",
    "Seq2Seq",
    "Seq2SeqConfig",
    "TaggingHead",
    "Transformer",
    "TransformerConfig",
    "TransformerEncoderConfig",
    "TransformerEncoderModel",
    "VisionTransformer",
    "VisionTransformerConfig",
    "WithHead",
    "seq2seq_encode_decode",
]
