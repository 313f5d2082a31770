"""BERT and GPT-2: through their published names and back, with the right model for a configuration."""

import dataclasses

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import WeightsError
from chainrule.interop import Weights, load, load_model, save_model
from chainrule.models.language_model import LanguageModel, LanguageModelConfig
from chainrule.models.transformer_encoder import MaskedLanguageModel, TransformerEncoderConfig, TransformerEncoderModel

ENCODER = TransformerEncoderConfig(11, 2, 2, True, width=8, heads=2, feed_forward=12, max_length=7)
DECODER = LanguageModelConfig(11, 2, width=8, heads=2, feed_forward=12, max_length=7)
MAKERS = {
    "bert": lambda: TransformerEncoderModel(ENCODER),
    "masked": lambda: MaskedLanguageModel(TransformerEncoderModel(dataclasses.replace(ENCODER, pooler=False))),
    "gpt2": lambda: LanguageModel(DECODER),
}
NAMES = {
    "bert": ("encoder.layer.1.attention.self.key.weight", (8, 8)),
    "masked": ("bert.encoder.layer.1.intermediate.dense.weight", (12, 8)),
    "gpt2": ("transformer.h.1.attn.c_attn.weight", (8, 24)),
}
TOKENS = np.array([[1, 4, 10, 2], [3, 3, 0, 0]])
LENGTHS = np.array([4, 2])


def model_of(name):
    with cr.seed(0):
        model = MAKERS[name]().eval()
        for parameter in model.parameters():  # norms and biases too
            cr.nn.init.normal_(parameter, std=0.3)
    return model


@pytest.mark.parametrize("name", MAKERS)
def test_there_and_back(name, tmp_path):
    model = model_of(name)
    folder = save_model(model, tmp_path)
    array, shape = NAMES[name]
    assert load(folder).arrays[array].shape == shape
    again, report, _ = load_model(folder)
    assert type(again) is type(model) and not report.of("new") and not report.of("ignored")
    expected, found = (m(TOKENS, LENGTHS).numpy() for m in (model, again))
    np.testing.assert_array_equal(found, expected)


@pytest.fixture
def bert(tmp_path):
    return load(save_model(model_of("bert"), tmp_path))


def renamed(weights, rename):
    return Weights("it", {rename(name): array for name, array in weights.arrays.items()}, weights.config)


def test_names_of_other_times_and_tasks(bert):
    expected = load_model(bert).model(TOKENS, LENGTHS).numpy()
    old = renamed(bert, lambda n: n.replace("LayerNorm.weight", "LayerNorm.gamma").replace("Norm.bias", "Norm.beta"))
    of_a_task = renamed(bert, "bert.{}".format)
    for weights in (old, of_a_task):
        np.testing.assert_array_equal(load_model(weights).model(TOKENS, LENGTHS).numpy(), expected)


def test_a_language_model_with_short_names_and_masks(tmp_path):
    weights = load(save_model(model_of("gpt2"), tmp_path))
    expected = load_model(weights).model(TOKENS).numpy()
    short = renamed(weights, lambda name: name.removeprefix("transformer."))
    masked = {**short.arrays, "h.0.attn.bias": np.ones((1, 1, 7, 7)), "lm_head.weight": np.ones((11, 8))}
    model, report, _ = load_model(Weights("it", masked, weights.config))
    np.testing.assert_array_equal(model(TOKENS).numpy(), expected)
    assert [array.name for array in report.of("ignored")] == ["h.0.attn.bias", "lm_head.weight"]


def test_the_report_names_layers_once(bert):
    text = str(load_model(bert).report)
    assert (
        "layers.*.self_attn.in_proj_weight (24, 8): three in one: encoder.layer.*.attention.self.query.weight" in text
    )
    assert "(2 times)" in text and len(text.split("\n")) == 7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_attention_heads": None}, r"its config.json lacks num_attention_heads"),
        ({"hidden_size": "8"}, "gives hidden_size='8', expected a whole number"),
        ({"hidden_act": "swish"}, "gives hidden_act='swish', but models here have 'gelu' or"),
        ({"layer_norm_eps": -1}, "gives layer_norm_eps=-1, expected a number"),
        ({"position_embedding_type": "relative_key"}, "'relative_key', but models here have 'absolute'"),
        ({"num_attention_heads": 3}, "it makes no BERT: .*heads"),
        ({"num_hidden_layers": 3}, r"lacks 12 of the arrays of BERT, 'layers.2.self_attn.in_proj_weight'"),
        (
            {"intermediate_size": 16},
            r"encoder.layer.0.intermediate.dense.bias of shape \(12,\), where BERT has \(16,\)",
        ),
    ],
)
def test_configurations_that_do_not_fit(bert, change, message):
    with pytest.raises(WeightsError, match=message):
        load_model(Weights("it", bert.arrays, {**bert.config, **change}))


def test_no_classifier_to_replace(bert):
    with pytest.raises(WeightsError, match="BERT has no classifier that could get 3 classes"):
        load_model(bert, classes=3)


def test_without_a_configuration(bert):
    with pytest.raises(WeightsError, match=r"it needs a config.json beside it that gives vocab_size"):
        load_model(Weights("it", bert.arrays))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: TransformerEncoderModel(dataclasses.replace(ENCODER, norm_first=True)), "norm_first=True"),
        (lambda: LanguageModel(dataclasses.replace(DECODER, tied=False)), "tied=False"),
    ],
)
def test_what_the_published_form_cannot_say(model, message, tmp_path):
    with pytest.raises(WeightsError, match=f"{message}.* cannot be saved as one"):
        save_model(model(), tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_encoder_without_kinds_of_segment_is_saved_with_one(tmp_path):
    with cr.seed(0):
        model = TransformerEncoderModel(dataclasses.replace(ENCODER, types=0)).eval()
    again = load_model(save_model(model, tmp_path)).model
    assert again.types.weight.shape == (1, 8)
    np.testing.assert_array_equal(again(TOKENS, LENGTHS).numpy(), model(TOKENS, LENGTHS).numpy())
