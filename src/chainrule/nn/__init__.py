"""Layers, and what models are made of: PyTorch's names, arguments and parameters, with the batch first."""

from chainrule.nn import functional, init
from chainrule.nn.activation import (
    ELU,
    GELU,
    SELU,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    ReLU,
    ReLU6,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Tanh,
)
from chainrule.nn.attention import MultiHeadAttention
from chainrule.nn.cells import GRUCell, LSTMCell
from chainrule.nn.containers import ModuleDict, ModuleList, Sequential
from chainrule.nn.dropout import Dropout
from chainrule.nn.embedding import Embedding
from chainrule.nn.functional_call import functional_call
from chainrule.nn.linear import Linear
from chainrule.nn.loss import (
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HuberLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
)
from chainrule.nn.module import Module, module_path
from chainrule.nn.normalization import LayerNorm
from chainrule.nn.parameter import Parameter
from chainrule.nn.recurrent import GRU, LSTM, RNN
from chainrule.nn.shape import Flatten, Identity
from chainrule.nn.state import LoadReport, Mismatch

MultiheadAttention = MultiHeadAttention  # PyTorch's spelling

__all__ = [
    "ELU",
    "GELU",
    "GRU",
    "LSTM",
    "RNN",
    "SELU",
    "BCEWithLogitsLoss",
    "CrossEntropyLoss",
    "Dropout",
    "Embedding",
    "Flatten",
    "GRUCell",
    "Hardtanh",
    "HuberLoss",
    "Identity",
    "L1Loss",
    "LSTMCell",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LoadReport",
    "LogSigmoid",
    "LogSoftmax",
    "MSELoss",
    "Mismatch",
    "Module",
    "ModuleDict",
    "ModuleList",
    "MultiHeadAttention",
    "MultiheadAttention",
    "NLLLoss",
    "Parameter",
    "ReLU",
    "ReLU6",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "Softmax",
    "Softplus",
    "Tanh",
    "functional",
    "functional_call",
    "init",
    "module_path",
]
