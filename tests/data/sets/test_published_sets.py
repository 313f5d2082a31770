"""The published data sets themselves: how much they hold. Absent ones are skipped, and say how to get them."""

import sys

import pytest

from chainrule.data import BPETokenizer, load_labelled, load_pairs, load_rated, load_tagged, load_texts
from chainrule.data.named import NAMED_DATASETS
from chainrule.data.sets import bibles, dialogue
from chainrule.errors import DataError

_BY_NAME = {dataset.name: dataset for dataset in reversed(NAMED_DATASETS)}  # the first of a name


def _read(name):
    dataset = _BY_NAME[name]
    if dataset.find(None) is None:
        pytest.skip(f"{name} is not on this machine: {dataset.obtain}")
    return dataset.read(None)


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("trans-de-en", 18_650),
        ("verses-en-es", 30_919),  # 31,084 verses, some of them the same
        ("chatterbot", 1_176),
        ("alice", 55_422),
        ("dialogue", 56_591),
    ],
)
def test_pairs(name, rows):
    data = _read(name)
    assert sum(len(list(pairs.rows())) for pairs in data.splits.values()) == rows
    sources = [source for pairs in data.splits.values() for source in pairs.sources]
    assert len(set(sources)) == len(sources)  # no test source is trained on
    assert 0.07 < len(data.splits["test"]) / len(sources) < 0.13
    assert data.source_tokenizer is data.target_tokenizer is BPETokenizer


def test_all_verses():
    if bibles.find_english_spanish() is None:
        pytest.skip(f"the Bibles are not on this machine: {_BY_NAME['verses-en-es'].obtain}")
    english, spanish = (bibles.read_verses(module.locate()) for module in (bibles.KING_JAMES, bibles.REINA_VALERA))
    pairs = [pair for pair in zip(english, spanish, strict=True) if all(pair)]
    assert len(pairs) == 31_084
    assert pairs[0][0] == "In the beginning God created the heaven and the earth."
    assert pairs[-1][1] == "La gracia de nuestro Señor Jesucristo sea con todos vosotros. Amén."


def test_all_languages_of_chatterbot():
    pytest.importorskip("yaml")
    if dialogue.CHATTERBOT.find() is None:
        pytest.skip(f"chatterbot is not on this machine: {_BY_NAME['chatterbot'].obtain}")
    pairs = set(dialogue.read_chatterbot_pairs(languages="*"))
    assert len(pairs) > 9_000
    assert ("Are you sentient?", "Sort of.") in pairs


def test_shakespeare():
    data = _read("tinyshakespeare")
    (train,), (dev,) = data.split("train"), data.split("dev")
    assert (len(train), len(train) + len(dev)) == (1_003_855, 1_115_394)
    assert len(set(train + dev)) == 65


def test_names():
    data = _read("names")
    assert {part: len(names) for part, names in data.splits.items()} == {"train": 30_033, "dev": 1_000, "test": 1_000}


def test_brown():
    texts = [text for texts in _read("brown").splits.values() for text in texts]
    assert len(texts) == 500
    assert sum(len(text.split("\n")) for text in texts) == 57_340


def test_tagged_brown_is_split_as_its_texts():
    texts, tagged = _read("brown"), load_tagged("brown")
    assert sum(map(len, tagged.splits.values())) == 57_340
    assert sum(len(words) for sentences in tagged.splits.values() for words in sentences.words) == 1_161_192
    lines = {part: sum(text.count("\n") + 1 for text in found) for part, found in texts.splits.items()}
    assert lines == {part: len(sentences) for part, sentences in tagged.splits.items()}
    assert {"nn", "vbd", "at"} <= set(tagged.tags)
    assert "nn-tl" not in tagged.tags


def test_world_english_bible():
    texts = [text for texts in _read("web-bible").splits.values() for text in texts]
    assert sum(len(text.encode()) for text in texts) == pytest.approx(4.94e6, rel=0.01)


@pytest.mark.parametrize(
    ("name", "texts", "labels"),
    [
        ("wordnet", 117_659, 45),
        ("vader-movies", 10_568, 2),
        ("vader-tweets", 4_196, 2),
        ("vader-reviews", 3_610, 2),
        ("vader-editorials", 4_946, 2),
        ("spam-assassin", 6_046, 2),
    ],
)
def test_labelled(name, texts, labels):
    data = _read(name)
    assert sum(map(len, data.splits.values())) == texts
    assert len(data.labels) == labels
    if labels == 45:
        assert {"noun.food", "verb.motion"} <= set(data.labels)
    if name == "vader-movies":
        assert sum(sum(part.labels) for part in data.splits.values()) == 5_242  # positive ones
    if name == "spam-assassin":
        assert sum(sum(part.labels) for part in data.splits.values()) == 1_896


@pytest.mark.parametrize(
    ("name", "texts"),
    [("vader-movies", 10_605), ("vader-tweets", 4_200), ("vader-reviews", 3_708), ("vader-editorials", 5_190)],
)
def test_rated(name, texts):
    labelled = _read(name)
    data = load_rated(name)
    numbers = [number for part in data.splits.values() for number in part.numbers]
    assert len(numbers) == texts
    assert -4 <= min(numbers) < -2.5
    assert 2.5 < max(numbers) <= 4
    assert set(labelled.splits["test"].texts) <= set(data.splits["test"].texts)


@pytest.mark.parametrize(
    ("load", "name"),
    [(load_pairs, "trans-de-en"), (load_pairs, "dialogue"), (load_texts, "brown"), (load_labelled, "wordnet")],
)
def test_what_is_nowhere_says_how_to_get_it(load, name, tmp_path, monkeypatch):
    from chainrule.data import carriers, published

    for module in (carriers, published):
        monkeypatch.setattr(module, "data_cache", lambda: tmp_path)
    for carrier in (carriers.DebianPackage, carriers.PythonPackage, carriers.NodePackage):
        monkeypatch.setattr(carrier, "path", lambda self: None)
    assert _BY_NAME[name].find(None) is None
    with pytest.raises(DataError, match=r"was not found on this machine; run: .*(apt-get|pip|npm) .*or put the folder"):
        load(name)


def test_a_folder_of_the_user_comes_first(tmp_path):
    (tmp_path / "de-en").write_text("Das ist ein Satz. :: This is a sentence.\n", encoding="utf-8")
    data = load_pairs("trans-de-en", folder=tmp_path)
    assert sum(map(len, data.splits.values())) == 1


def test_chatterbot_without_yaml(monkeypatch):
    if dialogue.CHATTERBOT.find() is None:
        pytest.skip("chatterbot is not on this machine")
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(DataError, match=r"need the package PyYAML; run: pip install"):
        load_pairs("chatterbot")


def test_a_data_set_names_its_command():
    with pytest.raises(DataError, match="wordnet is for the task classify: chainrule finetune RUN wordnet"):
        load_pairs("wordnet")
