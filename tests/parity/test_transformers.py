"""Models of published weights against transformers' own, built from a configuration; files go both ways."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

import chainrule as cr  # noqa: E402
from chainrule.interop import load_model, save_model  # noqa: E402
from chainrule.models import LanguageModel, MaskedLanguageModel, TransformerEncoderModel  # noqa: E402

pytestmark = pytest.mark.parity

TOKENS = np.array([[2, 5, 9, 11, 3], [4, 4, 7, 0, 0]])
LENGTHS = np.array([5, 3])
SEEN = np.arange(5) < LENGTHS[:, None]
SHAPE = {"vocab_size": 40, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4}
BERT = {**SHAPE, "intermediate_size": 24, "max_position_embeddings": 12}
ROBERTA = {**BERT, "type_vocab_size": 1}
DISTILBERT = {"vocab_size": 40, "dim": 16, "n_layers": 2, "n_heads": 4, "hidden_dim": 24, "max_position_embeddings": 12}
GPT2 = {"n_embd": 16, "n_layer": 2, "n_head": 4, "n_positions": 12, "vocab_size": 40, "bos_token_id": 0}
TEXT_MODELS = {
    "BertModel": ("BertConfig", BERT, TransformerEncoderModel),
    "BertForMaskedLM": ("BertConfig", {**BERT, "hidden_act": "gelu_new"}, MaskedLanguageModel),
    "RobertaModel": ("RobertaConfig", ROBERTA, TransformerEncoderModel),
    "RobertaForMaskedLM": ("RobertaConfig", ROBERTA, MaskedLanguageModel),
    "DistilBertModel": ("DistilBertConfig", DISTILBERT, TransformerEncoderModel),
    "DistilBertForMaskedLM": ("DistilBertConfig", DISTILBERT, MaskedLanguageModel),
    "GPT2LMHeadModel": ("GPT2Config", {**GPT2, "eos_token_id": 0}, LanguageModel),
}


def made(name, config, **values):
    """A model of theirs with weights, norms and biases of a size that shows."""
    torch.manual_seed(0)
    model = getattr(transformers, name)(getattr(transformers, config)(**values)).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return model


def answer(model):
    with torch.no_grad():
        return model(torch.tensor(TOKENS), attention_mask=torch.tensor(SEEN.astype(int)))[0].numpy()[SEEN]


@pytest.mark.parametrize("name", TEXT_MODELS)
def test_text_models_both_ways(name, tmp_path):
    config, values, kind = TEXT_MODELS[name]
    theirs = made(name, config, **values)
    theirs.save_pretrained(tmp_path / "theirs")
    ours, report, _ = load_model(tmp_path / "theirs")
    assert type(ours) is kind and not report.of("new")
    with cr.no_grad():
        found = ours(TOKENS, LENGTHS).numpy()[SEEN]
    expected = answer(theirs)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
    # What is shaped like BERT is saved as one.
    again = name.replace("Roberta", "Bert").replace("DistilBert", "Bert")
    back = getattr(transformers, again).from_pretrained(save_model(ours, tmp_path / "ours")).eval()
    np.testing.assert_allclose(answer(back), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "widths", "stem"), [("basic", (8, 12, 16, 20), 8), ("bottleneck", (16, 24, 32, 40), 4)]
)
def test_residual_networks(kind, widths, stem, tmp_path):
    shape = {
        "embedding_size": stem,
        "hidden_sizes": widths,
        "depths": (1, 2, 1, 1),
        "layer_type": kind,
        "num_labels": 5,
    }
    theirs = made("ResNetForImageClassification", "ResNetConfig", **shape)
    theirs.save_pretrained(tmp_path)
    images = np.random.default_rng(0).normal(size=(2, 3, 40, 32)).astype("f4")
    with torch.no_grad(), cr.no_grad():
        expected = theirs(torch.tensor(images)).logits.numpy()
        found = load_model(tmp_path).model(images).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * np.abs(expected).max())
