"""Published models give their published answers."""

import numpy as np
import pytest

from chainrule.data.cmudict import CMUDICT_FILE, parse_cmudict
from chainrule.data.pairs import Pairs
from chainrule.interop import PhotoClassifier, Pronouncer, SentenceEncoder

from .published import photo, published

CATS = {281, 282, 283, 284, 285, 287}  # tabby, tiger cat, Persian, Siamese, Egyptian cat, lynx
ESPRESSO = 967


@pytest.mark.parametrize(("name", "first", "among"), [("chelsea", 285, CATS), ("coffee", ESPRESSO, None)])
def test_efficientnet_knows_photos(name, first, among):
    published("efficientnet-lite0")
    (found,) = PhotoClassifier.load().classify([photo(f"{name}.png")], n_best=4)
    classes, chances = zip(*found)
    assert classes[0] == first
    assert among is None or set(classes) <= among
    assert 1 > sum(chances) > 0.9 and list(chances) == sorted(chances, reverse=True)


@pytest.fixture(scope="module")
def sentences():
    published("all-minilm-l6-v2")
    pytest.importorskip("tokenizers")
    return SentenceEncoder.load("all-minilm-l6-v2")


def test_minilm_knows_what_sentences_mean(sentences):
    eating, bread, baby = sentences.encode(
        ["A man is eating food.", "A man is eating a piece of bread.", "The girl is carrying a baby."]
    )
    assert eating @ bread == pytest.approx(0.7553, abs=1e-4)
    assert eating @ baby < 0
    assert np.linalg.norm(bread) == pytest.approx(1, abs=1e-5)


def test_batches_change_nothing(sentences):
    texts = ["", "One.", "A rather longer sentence, of which not all fit into a batch.", "x " * 400, "Two words"]
    together = sentences.encode(texts)
    np.testing.assert_allclose(sentences.encode(texts, batch_size=2), together, atol=2e-6)
    np.testing.assert_allclose(np.stack([sentences.encode(text) for text in texts]), together, atol=2e-6)
    assert sentences.encode([]).shape == (0, 384)


def plain(phonemes):
    return [phoneme.rstrip("012") for phoneme in phonemes]


def test_g2p_says_most_words_right():
    published("g2p-en")
    if CMUDICT_FILE.find() is None:
        pytest.skip("the pronouncing dictionary is not here")
    known = Pairs.group(parse_cmudict(CMUDICT_FILE.read().decode()))
    spelled = [i for i, word in enumerate(known.sources) if word.isascii() and word.isalpha()]
    chosen = np.random.default_rng(4).choice(spelled, 300, replace=False)
    said = Pronouncer.load().pronounce([known.sources[i] for i in chosen])
    right = sum(" ".join(plain(phonemes)) in known.references[i] for phonemes, i in zip(said, chosen))
    assert right / 300 == pytest.approx(0.747, abs=0.05)  # two standard deviations of 300 words
