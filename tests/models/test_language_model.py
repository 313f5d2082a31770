"""The decoder-only Transformer: causality, growing texts, prompts of unequal lengths."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.decoding import greedy_search
from chainrule.models import LanguageModel, LanguageModelConfig

VARIANTS = [{}, {"positions": "rotary", "tied": False}, {"positions": "sinusoidal", "norm_first": False}]
TOKENS, LENGTHS = np.random.default_rng(0).integers(1, 9, (3, 7)), np.array([4, 2, 3])


def make(**options):
    with cr.seed(0):
        return LanguageModel(LanguageModelConfig(9, 2, width=8, heads=2, max_length=16, **options)).eval()


def scored(model, tokens):
    return cr.ops.log_softmax(model(tokens)).numpy()


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_no_place_sees_a_later_one(options):
    model, changed = make(**options), TOKENS.copy()
    changed[:, 4:] = 0
    np.testing.assert_allclose(model(TOKENS).numpy()[:, :4], model(changed).numpy()[:, :4], atol=1e-6)
    np.testing.assert_allclose(model(TOKENS[:1, :4]).numpy()[0], model(TOKENS).numpy()[0, :4], atol=1e-5)


@pytest.mark.parametrize("options", VARIANTS, ids=str)
def test_texts_grow_symbol_by_symbol(options):
    model = make(**options)
    whole = scored(model, TOKENS)
    memory, state = model.start_search(TOKENS[:, :0])
    for t in range(7):
        found, state = model.step(TOKENS[:, t : t + 1], memory, state)
        np.testing.assert_allclose(found.numpy()[:, 0], whole[:, t], atol=2e-5)


@pytest.mark.parametrize("options", VARIANTS, ids=str)
@pytest.mark.parametrize("recorded", [False, True])
def test_steps_in_one_go_and_part_by_part_agree(options, recorded):
    """Without a tape a kernel does a whole layer; a hook makes the layer run part by part."""
    config = LanguageModelConfig(9, 2, width=64, heads=2, max_length=16, **options)
    model, calls = LanguageModel(config, generator=cr.Generator(0)).eval(), []
    with cr.enable_grad() if recorded else cr.no_grad():
        _, state = model.read(TOKENS[:, :5])
        found, after = model.step(TOKENS[:, 5:6], None, state)
        assert (found.node is not None) == recorded
        model.layers[0].linear1.register_forward_hook(lambda *_: calls.append(1))
        expected, other = model.step(TOKENS[:, 5:6], None, state)
    assert calls == [1]
    np.testing.assert_allclose(found.numpy(), expected.numpy(), atol=1e-5)
    np.testing.assert_allclose(after.layers[1].keys.numpy(), other.layers[1].keys.numpy(), atol=1e-5)


@pytest.mark.parametrize("options", VARIANTS, ids=str)
@pytest.mark.parametrize("recorded", [False, True])
def test_prompts_of_unequal_lengths(options, recorded):
    with cr.enable_grad() if recorded else cr.no_grad():
        check_prompts_of_unequal_lengths(options)


def check_prompts_of_unequal_lengths(options):
    model = make(**options)
    whole, rows = scored(model, TOKENS), np.arange(3)
    padded = np.where(np.arange(4) < LENGTHS[:, None], TOKENS[:, :4], 0)
    found, state = model.read(padded, LENGTHS)
    np.testing.assert_allclose(found.numpy()[:, 0], whole[rows, LENGTHS - 1], atol=2e-5)
    for more in range(2):
        found, state = model.step(TOKENS[rows, LENGTHS + more][:, None], None, state)
        np.testing.assert_allclose(found.numpy()[:, 0], whole[rows, LENGTHS + more], atol=2e-5)


def test_greedy_search_goes_on_where_a_text_ended():
    model = make()
    prompt = TOKENS[:1, :3]
    memory, state = model.start_search(prompt)
    (found,) = greedy_search(model.step, memory, state, count=1, begin=5, end=0, max_length=4)
    text = [*prompt[0], 5]
    for symbol in found.tokens:
        assert scored(model, np.array([text]))[0, -1].argmax() == symbol
        text.append(symbol)


def test_every_parameter_gets_a_gradient():
    model = make(tied=False).train()
    (model(TOKENS) ** 2).sum().backward()
    assert [name for name, p in model.named_parameters() if not np.abs(p.grad.numpy()).any()] == []


def test_published_shapes():
    config = LanguageModelConfig.preset("gpt2")
    assert (config.vocabulary, config.layers, config.width, config.heads) == (50257, 12, 768, 12)
    with pytest.raises(ValueError, match="expected one of gpt2, gpt2-medium, gpt2-large, gpt2-xl, but got 'gpt5'"):
        LanguageModelConfig.preset("gpt5")
