"""Transformer layers against PyTorch's, with equal weights."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from chainrule import nn  # noqa: E402

from .test_nn import check, normal  # noqa: E402

pytestmark = pytest.mark.parity

X, MEMORY = normal(2, 5, 8), normal(2, 7, 8, seed=1)
PADDING = np.arange(5) >= np.array([[5], [3]])
MEMORY_PADDING = np.arange(7) >= np.array([[7], [4]])
CAUSAL = np.triu(np.ones((5, 5), bool), 1)
VARIANTS = [{}, {"norm_first": True}, {"activation": "gelu"}, {"bias": False}, {"layer_norm_eps": 1e-2}]


def made(name, **options):
    settings = {"d_model": 8, "nhead": 2, "dim_feedforward": 12, "dropout": 0.0, **options}
    theirs = getattr(torch.nn, name)(**settings, batch_first=True)
    for p in theirs.parameters():
        torch.nn.init.normal_(p, std=0.5)
    return theirs, getattr(nn, name)(**settings)


def caller(**arrays):
    def call(module, *inputs):
        as_array = (lambda x: x) if isinstance(module, nn.Module) else torch.tensor
        return module(*inputs, **{k: as_array(v) if isinstance(v, np.ndarray) else v for k, v in arrays.items()})

    return call


@pytest.mark.parametrize("options", VARIANTS)
@pytest.mark.parametrize("masks", [{}, {"src_key_padding_mask": PADDING}, {"src_mask": CAUSAL, "is_causal": True}])
def test_encoder_layer(options, masks):
    check(*made("TransformerEncoderLayer", **options), X, call=caller(**masks))


@pytest.mark.parametrize("options", VARIANTS)
@pytest.mark.parametrize(
    "masks",
    [{}, {"tgt_mask": CAUSAL, "tgt_is_causal": True, "memory_key_padding_mask": MEMORY_PADDING}],
)
def test_decoder_layer(options, masks):
    check(*made("TransformerDecoderLayer", **options), X, MEMORY, call=caller(**masks))


def test_stacks():
    theirs, ours = made("TransformerEncoderLayer", norm_first=True)
    theirs = torch.nn.TransformerEncoder(theirs, 2, torch.nn.LayerNorm(8), enable_nested_tensor=False)
    check(theirs, nn.TransformerEncoder(ours, 2, nn.LayerNorm(8)), X)
    theirs, ours = made("TransformerDecoderLayer")
    check(torch.nn.TransformerDecoder(theirs, 2), nn.TransformerDecoder(ours, 2), X, MEMORY)
