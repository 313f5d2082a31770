"""Files of conversations."""

import pytest

from chainrule.data.conversations import join_turns, read_conversations, replies
from chainrule.errors import DataError


def test_each_utterance_answers_those_before_it():
    assert list(replies(["a", "b", "c", "d"], turns=2)) == [
        ("a", "b"),
        (join_turns(["a", "b"]), "c"),
        (join_turns(["b", "c"]), "d"),
    ]


def test_a_file_is_read_conversation_by_conversation(tmp_path):
    path = tmp_path / "talk.txt"
    path.write_bytes(b"Hello  there.\r\nHi!\r\n \r\nalone\r\n\r\n\r\nA?\r\nB.\r\nC.\r\n")
    data = read_conversations(path, turns=3)
    rows = sorted(row for pairs in data.splits.values() for row in pairs.rows())
    assert rows == sorted([("Hello there.", "Hi!"), ("A?", "B."), (join_turns(["A?", "B."]), "C.")])
    assert data.notes == (f"{path}: 1 utterances that nobody answered were left out",)


def test_a_conversation_is_in_one_part_as_a_whole(tmp_path):
    path = tmp_path / "talk.txt"
    path.write_text("\n\n".join(f"{n} a\n{n} b\n{n} c\n{n} d" for n in range(100)), encoding="utf-8")
    numbers = [{source.split()[0] for source in pairs.sources} for pairs in read_conversations(path, 1).splits.values()]
    assert all(numbers)
    assert sum(map(len, numbers)) == 100


def test_a_file_without_conversations(tmp_path):
    path = tmp_path / "lines.txt"
    path.write_text("one\n\ntwo\n", encoding="utf-8")
    with pytest.raises(DataError, match="holds no conversation: expected two or more utterances, one a line"):
        read_conversations(path, 1)
