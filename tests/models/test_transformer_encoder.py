"""The encoder-only Transformer, its masked language model, and heads."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.models import (
    ClassificationHead,
    LanguageModel,
    LanguageModelConfig,
    MaskedLanguageModel,
    RegressionHead,
    TaggingHead,
    TransformerEncoderConfig,
    TransformerEncoderModel,
    WithHead,
)

TOKENS, LENGTHS = np.random.default_rng(0).integers(1, 9, (3, 6)), np.array([6, 2, 4])
VARIANTS = [{}, {"norm_first": True, "positions": "rotary"}]


def make(**options):
    options = {"types": 2, "pooler": True, **options}
    with cr.seed(0):
        return TransformerEncoderModel(TransformerEncoderConfig(9, 2, width=8, heads=2, **options)).eval()


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_padding_and_neighbours_change_nothing(options):
    model = make(**options)
    together = model(TOKENS, LENGTHS).numpy()
    for row, length in enumerate(LENGTHS):
        np.testing.assert_allclose(together[row, :length], model(TOKENS[row : row + 1, :length]).numpy()[0], atol=2e-5)


def test_types_tell_segments_apart():
    model, types = make(), np.array([[0, 0, 0, 1, 1, 1]] * 3)
    np.testing.assert_allclose(model(TOKENS).numpy(), model(TOKENS, types=np.zeros_like(TOKENS)).numpy(), atol=1e-6)
    assert not np.allclose(model(TOKENS).numpy(), model(TOKENS, types=types).numpy())


def test_pooler():
    model = make()
    assert model.pool(model(TOKENS)).shape == (3, 8)
    with pytest.raises(ValueError, match="no pooler: make it with pooler=True"):
        make(pooler=False).pool(model(TOKENS))


def test_masked_language_model():
    model = MaskedLanguageModel(make()).eval()
    scores = model(TOKENS, LENGTHS)
    some = model(TOKENS, LENGTHS, places=np.array([1, 13]))
    assert scores.shape == (3, 6, 9)
    np.testing.assert_allclose(some.numpy(), scores.numpy().reshape(18, 9)[[1, 13]], atol=1e-6)
    (scores**2).sum().backward()
    missing = [name for name, p in model.named_parameters() if p.grad is None]
    assert missing == ["encoder.pooler.weight", "encoder.pooler.bias"]


@pytest.mark.parametrize("pooling", ["first", "last", "mean"])
@pytest.mark.parametrize("lengths", [None, LENGTHS])
def test_heads_do_not_see_padding(pooling, lengths):
    body = make()
    for head, shape in ((ClassificationHead(8, 4, pooling), (3, 4)), (RegressionHead(8, pooling), (3,))):
        model = WithHead(body, head).eval()
        found = model(TOKENS, lengths).numpy()
        assert found.shape == shape
        ends = [6, 6, 6] if lengths is None else lengths
        for row, length in enumerate(ends):
            np.testing.assert_allclose(found[row], model(TOKENS[row : row + 1, :length]).numpy()[0], atol=2e-5)


def test_tags_and_other_bodies():
    tagger = WithHead(make(), TaggingHead(8, 5)).eval()
    assert tagger(TOKENS, LENGTHS).shape == (3, 6, 5)
    language_model = LanguageModel(LanguageModelConfig(9, 1, width=8, heads=2))
    assert WithHead(language_model, ClassificationHead(8, 3, "last"))(TOKENS, LENGTHS).shape == (3, 3)
    with pytest.raises(ValueError, match="pooling must be one of first, last, mean, but is 'max'"):
        WithHead(make(), ClassificationHead(8, 3, "max"))(TOKENS)


def test_published_shapes():
    config = TransformerEncoderConfig.preset("minilm-l6")
    assert (config.vocabulary, config.layers, config.width, config.types) == (30522, 6, 384, 2)
    with pytest.raises(ValueError, match=r"expected one of bert-base, .*, but got 'roberta'"):
        TransformerEncoderConfig.preset("roberta")
