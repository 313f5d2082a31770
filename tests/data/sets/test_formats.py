"""The formats that published data sets come in, on a few lines of each."""

import struct
import zlib

import pytest

from chainrule.data.sets.corpora import parse_tagged, untagged
from chainrule.data.sets.dialogue import read_alice_pairs, read_chatterbot_pairs
from chainrule.data.sets.german_english import parse_dictionary
from chainrule.data.sets.sentiment import parse_ratings
from chainrule.data.sets.spam import text_of_mail
from chainrule.data.sets.sword import read_verses
from chainrule.data.sets.wordnet import CATEGORIES, parse_synsets
from chainrule.errors import DataError


def test_dictionary():
    lines = [
        "# a comment :: A comment.",
        "Aal {m} [zool.] | Der Aal ist (sehr) glatt. | Er kennt /A/ ihn. :: eel | The eel is slippery. | He knows him!",
        "Ach so! :: I see!",  # two words
        "Er geht; sie bleibt da. :: He goes; she stays.",
        f"Er geht {'sehr ' * 30}weit. :: He goes far.",
        "Das ist A. | Das ist B. :: That is A.",  # one translation is missing
        "Das ist gut/schön so. :: That is good/fine like this.",
    ]
    assert list(parse_dictionary(lines)) == [
        ("Der Aal ist glatt.", "The eel is slippery."),
        ("Er kennt ihn.", "He knows him!"),
        ("Das ist gut/schön so.", "That is good/fine like this."),
    ]


def _module(folder, entries):
    """Write a zText module whose testaments have a block for each list of entries."""
    for testament in ("ot", "nt"):
        blocks, verses, text = b"", b"", b""
        for number, members in enumerate(entries):
            content = b"".join(entry.encode() for entry in members)
            packed = zlib.compress(content)
            blocks += struct.pack("<III", len(text), len(packed), len(content))
            text += packed
            start = 0
            for entry in members:
                verses += struct.pack("<IIH", number, start, len(entry.encode()))
                start += len(entry.encode())
        for kind, content in (("bzs", blocks), ("bzv", verses), ("bzz", text)):
            (folder / f"{testament}.{kind}").write_bytes(content)


def test_sword(tmp_path):
    _module(
        tmp_path,
        [
            ["", '<title type="main">Génesis</title>', '¶ <w lemma="x">EN el</w>  principio<note>a <i>b</i></note>. '],
            ["Y &amp; z<note/> fin."],
        ],
    )
    assert read_verses(tmp_path) == ["", "", "EN el principio.", "Y & z fin."] * 2


def test_a_damaged_module(tmp_path):
    _module(tmp_path, [["verse"]])
    (tmp_path / "ot.bzz").write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"ot is damaged .*; install the module again"):
        read_verses(tmp_path)
    (tmp_path / "ot.bzv").unlink()
    with pytest.raises(DataError, match=r"ot\.bzv cannot be read"):
        read_verses(tmp_path)


def test_chatterbot(tmp_path):
    pytest.importorskip("yaml")
    folder = tmp_path / "chatterbot-corpus" / "english"
    folder.mkdir(parents=True)
    (folder / "greetings.yml").write_text(
        "categories:\n- x\nconversations:\n- - Hello\n  - 'Hi:  there'\n  - How are\n    you?\n- - 1\n  - 'Yes'\n",
        encoding="utf-8",
    )
    pairs = [("Hello", "Hi: there"), ("Hi: there", "How are you?"), ("1", "Yes")]
    assert list(read_chatterbot_pairs(tmp_path)) == pairs


def test_alice(tmp_path):
    folder = tmp_path / "python-aiml" / "alice"
    folder.mkdir(parents=True)
    categories = [
        ("HOW ARE YOU", "Fine,\n thanks."),
        ("WHO IS *", "Somebody."),
        ("HELLO YOU", "Too short."),
        ("WHAT IS IT NOW", "<srai>X</srai>"),
        ("WHAT IS THIS NOW", ""),
    ]
    text = "".join(f"<category><pattern>{p}</pattern><template>{t}</template></category>" for p, t in categories)
    (folder / "ai.aiml").write_text(f'<aiml xmlns="http://example.org/aiml">{text}</aiml>', encoding="utf-8")
    (folder / "bad.aiml").write_text("<aiml><category>", encoding="utf-8")
    assert list(read_alice_pairs(tmp_path)) == [("how are you", "Fine, thanks.")]


def test_brown():
    (sentence,) = parse_tagged("\n\n\tThe/at-tl-hl ``/`` best/jjt ''/'' ,/, he/pps said/vbd 1/2/cd-nc ./.\n")
    assert sentence.words == ("The", "``", "best", "''", ",", "he", "said", "1/2", ".")
    assert sentence.tags == ("at", "``", "jjt", "''", ",", "pps", "vbd", "cd", ".")
    assert untagged(list(sentence.words)) == 'The "best", he said 1/2.'


def test_wordnet():
    lines = [
        "  1 This software and database is being provided to you | as is",
        '07573696 13 n 01 meal 0 001 @ 07570720 n 0000 | the food served; "she prepared a special meal"  ',
        "00002098 00 a 01 unable 0 000 | (usually followed by `to') not having the necessary means",
    ]
    assert list(parse_synsets(lines)) == [
        ("the food served", "noun.food"),
        ("(usually followed by `to') not having the necessary means", "adj.all"),
    ]
    assert len(set(CATEGORIES)) == 45
    assert (CATEGORIES[3], CATEGORIES[38], CATEGORIES[44]) == ("noun.Tops", "verb.motion", "adj.ppl")


def test_ratings():
    assert list(parse_ratings("1\t-0.5\tNot  good\n\n2\t3\t \n3\t1.25\tA\tB\r\n")) == [
        (-0.5, "Not good"),
        (1.25, "A B"),
    ]


@pytest.mark.parametrize(
    ("mail", "text"),
    [
        (b"Subject: Hi\nFrom: a@b\n\nHow are\nyou?\n", "Hi\nHow are you?"),
        (b"Content-Type: text/html\n\n<style>p{}</style><p>1 &lt; 2</p>", "\n1 < 2"),
        (b"Content-Type: text/plain; charset=no-such\n\ncaf\xe9\0", "\ncaf\xe9"),
        (b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n", "\nhello"),
        (b"Content-Type: multipart/mixed\n\nno parts", "\n"),
    ],
)
def test_mail(mail, text):
    assert text_of_mail(mail) == text
