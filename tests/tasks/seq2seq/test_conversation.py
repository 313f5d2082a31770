"""Talking with a model."""

import pytest

from chainrule import Generator
from chainrule.data import Codec, WordTokenizer
from chainrule.data.conversations import join_turns
from chainrule.data.pairs import Pairs
from chainrule.data.tokenizers import Normalization
from chainrule.errors import DataError
from chainrule.models import Seq2Seq, Seq2SeqConfig
from chainrule.tasks.seq2seq import Predictor
from chainrule.tasks.seq2seq.conversation import Conversation, TrainingReplies
from chainrule.tasks.seq2seq.search import LengthLimit, Sampling, Search

_WORDS = ["how are you today", join_turns(["a", "b"]), "fine thanks and you"]


class _Listening(Predictor):
    """Notes what it is asked."""

    def __init__(self, *parts):
        super().__init__(*parts)
        self.heard = []

    def predict(self, texts, *options, **more):
        self.heard += texts
        return super().predict(texts, *options, **more)


@pytest.fixture
def predictor():
    symbols = WordTokenizer.fit(_WORDS, normalization=Normalization("NFC", lowercase=True))
    shape = Seq2SeqConfig(len(symbols), len(symbols), 4, 4, 8)
    model = Seq2Seq(shape, generator=Generator(0))
    return _Listening(model, Codec(symbols, symbols), Search(LengthLimit(7, 5)))


def test_it_hears_the_last_turns(predictor):
    talk = Conversation(predictor, turns=3)
    reply = talk.say("a").text
    talk.say("b")
    talk.reset()
    talk.say("you")
    length = len(predictor.source_tokenizer.split(join_turns(["a", reply, "b"])))
    heard = join_turns(["a", reply, "b"]) if length <= 7 else predictor.heard[1]
    assert predictor.heard == ["a", heard, "you"]


def test_old_turns_give_way_when_an_input_would_be_too_long(predictor):
    talk = Conversation(predictor, turns=3)
    talk.say("how are you today")
    talk.say("how are you today and how")
    assert predictor.heard[1] == "how are you today and how"
    with pytest.raises(DataError, match="that has 8 symbols, and the longest utterance that the model learned from 7"):
        talk.say("how are you today and how are you")


def test_copies_are_known(predictor):
    reply = Conversation(predictor).say("how are you")
    assert not reply.copied
    assert reply.perplexity > 1
    learned = TrainingReplies(predictor, Pairs.group([("a", f" {reply.text.upper()}  ")]))
    assert Conversation(predictor, known=learned).say("how are you").copied


def test_draws_are_repeatable(predictor):
    def talk(seed):
        conversation = Conversation(predictor, sampling=Sampling(), generator=Generator(seed))
        return [conversation.say("how are you").text for _ in range(5)]

    assert talk(1) == talk(1)
    assert talk(1) != talk(2)
    assert len(set(talk(1))) > 1
