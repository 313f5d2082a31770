"""Kinds of pairs and the models that can be asked for."""

import pytest

from chainrule.data.tokenizers import CharacterTokenizer
from chainrule.errors import ConfigError
from chainrule.models import Seq2Seq, Transformer
from chainrule.random import Generator
from chainrule.tasks.seq2seq.model import make_model
from chainrule.tasks.seq2seq.settings import PRESETS, Seq2SeqSettings, with_preset

SYMBOLS = CharacterTokenizer.fit(["abc"])


@pytest.mark.parametrize("task", PRESETS)
def test_a_preset_holds_valid_settings_that_the_user_overrides(task):
    settings = Seq2SeqSettings.from_mapping(with_preset({"task": task, "dropout": 0.35}), "a test")
    assert settings.dropout == 0.35
    for name, value in PRESETS[task].items():
        assert name == "dropout" or getattr(settings, name) == value
    assert with_preset(settings.to_mapping()) == settings.to_mapping()


def test_without_a_task_nothing_is_set():
    assert with_preset({"dropout": 0.1}) == {"dropout": 0.1}


def test_models():
    recurrent = make_model(Seq2SeqSettings(encoder_size=4, decoder_size=8), SYMBOLS, SYMBOLS, Generator(0))
    assert isinstance(recurrent, Seq2Seq)
    assert recurrent.config.encoder_layers == 1
    settings = Seq2SeqSettings(model="transformer", width=8, heads=2, decoder_layers=1, tied="all")
    transformer = make_model(settings, SYMBOLS, SYMBOLS, Generator(0))
    assert isinstance(transformer, Transformer)
    assert (transformer.config.encoder_layers, transformer.config.decoder_layers) == (3, 1)


def test_settings_that_do_not_go_together():
    with pytest.raises(ConfigError, match="cannot divide a width of 8 among 3 heads"):
        make_model(Seq2SeqSettings(model="transformer", width=8, heads=3), SYMBOLS, SYMBOLS, Generator(0))
    other = CharacterTokenizer.fit(["abcd"])
    with pytest.raises(ConfigError, match="needs one vocabulary"):
        make_model(Seq2SeqSettings(model="transformer", width=8, tied="all"), SYMBOLS, other, Generator(0))
