"""Attention weights are those that the decoder used, for every model that has attention."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn
from chainrule.inspect import attention_weights
from chainrule.inspect.attention import Alignment
from chainrule.inspect.attention_page import heat_map, write
from chainrule.models import PlainSeq2Seq, PlainSeq2SeqConfig, Seq2Seq, Seq2SeqConfig, Transformer, TransformerConfig

MODELS = {
    "dot": lambda: Seq2Seq(Seq2SeqConfig(9, 8, 4, 6, 12)),
    "additive": lambda: Seq2Seq(Seq2SeqConfig(9, 8, 4, 6, 12, cell="gru", attention="additive", dropout=0.5)),
    "input feeding": lambda: Seq2Seq(Seq2SeqConfig(9, 8, 4, 6, 12, input_feeding=True)),
    "transformer": lambda: Transformer(TransformerConfig(9, 8, 2, 2, width=12, heads=3, dropout=0.5)),
}
SOURCE = np.array([[4, 5, 6, 7, 8], [4, 4, 5, 0, 0]])
LENGTHS = np.array([5, 3])
TARGET = np.array([[1, 5, 6, 7], [1, 6, 5, 4]])


@pytest.fixture(params=MODELS)
def name(request):
    return request.param


def built(name):
    with cr.seed(0):
        return MODELS[name]()


def test_weights_sum_to_one_and_see_no_padding(name):
    weights = attention_weights(built(name), SOURCE, LENGTHS, TARGET)
    assert weights.shape == (2, *((2, 3) if name == "transformer" else (1, 1)), 4, 5)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-6)
    assert not weights[1, ..., 3:].any()


def test_weights_do_not_depend_on_what_follows_or_stands_beside(name):
    model = built(name).train()
    weights = attention_weights(model, SOURCE, LENGTHS, TARGET)
    alone = attention_weights(model, SOURCE[1:, :3], LENGTHS[1:], TARGET[1:, :2])
    np.testing.assert_allclose(alone[0], weights[1, ..., :2, :3], atol=1e-6)
    assert model.training and all(module.training for module in model.modules())


def test_recurrent_weights_are_the_average_that_goes_on():
    model, seen = built("dot").eval(), []
    attention = model.decoder.attention
    remove = attention.register_forward_hook(lambda module, args, result: seen.append((args[2], result[0])))
    with cr.no_grad():
        model(SOURCE, LENGTHS, TARGET)
    remove()
    weights = attention_weights(model, SOURCE, LENGTHS, TARGET)[:, 0, 0]
    memory, context = (tensor.numpy() for tensor in seen[0])
    np.testing.assert_allclose(weights @ memory, context, atol=1e-6)


def test_a_transformer_moves_as_its_weights_say():
    """One head that hands values on as they are: what it returns is the average of the memory."""
    model = built("transformer").eval()
    layer = model.decoder.layers[0].multihead_attn
    seen = []
    remove = layer.register_forward_pre_hook(lambda module, args: seen.append(args))
    with cr.no_grad():
        model(SOURCE, LENGTHS, TARGET)
    remove()
    query, key, value, padding = seen[0][:4]
    mean = layer.forward(query, key, value, padding)[1].numpy()
    np.testing.assert_allclose(attention_weights(model, SOURCE, LENGTHS, TARGET)[:, 0].mean(axis=1), mean, atol=1e-6)


def test_a_model_without_attention():
    with cr.seed(0):
        model = PlainSeq2Seq(PlainSeq2SeqConfig(9, 8, 4, 4))
    with pytest.raises(ValueError, match="PlainSeq2Seq has none"):
        attention_weights(model, SOURCE, LENGTHS, TARGET)
    assert isinstance(model, nn.Module)


def test_pictures(tmp_path):
    weights = np.zeros((2, 3, 2, 4))
    weights[:, :, 0, 1], weights[:, :, 1, 3] = 1, 0.25
    alignment = Alignment(("a", "<b>", "c", "d"), ("x", "(end)"), weights)
    drawn = heat_map(alignment)
    assert drawn.count("looks at") == 2
    assert "(end) looks at d: 0.250" in drawn
    text = write([alignment], tmp_path / "page.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;" in text and "<b>" not in text
    assert "layer 2" in text
