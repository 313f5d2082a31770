"""Tables: what is accepted, and that every error names file and line."""

import io

import pytest

from chainrule.data import read_pairs, read_texts
from chainrule.data.tables import arriving_lines
from chainrule.errors import DataError


def _write(tmp_path, content):
    path = tmp_path / "words.tsv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        b"cat\tK AE T\ndog\tD AO G\n",
        b"cat\tK AE T\ndog\tD AO G",
        b"cat\tK AE T\r\ndog\tD AO G\r\n",
        b"cat\tK AE T\rdog\tD AO G\r",
        b"\xef\xbb\xbfcat\tK AE T\ndog\tD AO G\n",
        b"cat\tK AE T\ndog\tD AO G\n\n \n",
        b" cat \t K AE T\tnoun\ndog\tD AO G\n",
    ],
    ids=["plain", "no last line end", "windows", "old mac", "byte order mark", "empty at the end", "spaces, extra"],
)
def test_pairs_are_read(tmp_path, content):
    assert read_pairs(_write(tmp_path, content)) == [("cat", "K AE T"), ("dog", "D AO G")]


def test_other_columns_and_encodings(tmp_path):
    path = _write(tmp_path, "1\tK AE\tkätzchen\n".encode("latin-1"))
    assert read_pairs(path, columns=(2, 1), encoding="latin-1") == [("kätzchen", "K AE")]
    path = _write(tmp_path, "ä\tb\n".encode("utf-16"))
    assert read_pairs(path, encoding="utf-16") == [("ä", "b")]


def test_separators_inside_a_text_do_not_end_a_line(tmp_path):
    path = _write(tmp_path, "a\u2028b\tx\x0by\n".encode())
    assert read_pairs(path) == [("a\u2028b", "x\x0by")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"a\tb\nword\n", "line 2: expected 2 columns separated by tabs, found 1 in 'word'"),
        (b"a,b\n", "line 1: expected 2 columns"),
        (b"a\tb\r\n\r\nc\td\r\n", "line 2: the line is empty"),
        (b"a\tb\nc\t \td\n", "line 2: column 2 is empty"),
        (b"a\tb\n\tc\n", "line 2: column 1 is empty"),
        (b"a\tb\nc\xff\td\n", "line 2: byte 0xff is not utf-8"),
        (b"\xef\xbb\xbfa\tb\rc\xff\td\r", "line 2: byte 0xff is not utf-8"),
        ("a\tb\n".encode("utf-16"), "line 1: byte 0xff is not utf-8"),
        ("a\tb\n".encode("utf-16-le"), "line 1: found a NUL character"),
    ],
)
def test_bad_content_names_file_and_line(tmp_path, content, words):
    path = _write(tmp_path, content)
    with pytest.raises(DataError) as caught:
        read_pairs(path)
    assert words in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_long_line_is_shortened_in_the_message(tmp_path):
    with pytest.raises(DataError) as caught:
        read_pairs(_write(tmp_path, b"x" * 100_000))
    assert len(str(caught.value)) < 400


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(DataError, match="there is no file"):
        read_pairs(tmp_path / "missing.tsv")
    with pytest.raises(DataError, match="is a folder"):
        read_pairs(tmp_path)


@pytest.mark.parametrize("encoding", ["klingon", "base64"])
def test_unknown_encoding(tmp_path, encoding):
    with pytest.raises(DataError, match="no text encoding"):
        read_pairs(_write(tmp_path, b"a\tb\n"), encoding=encoding)


def test_texts_from_a_file_and_a_stream(tmp_path):
    path = _write(tmp_path, b"cat\r\ndog house\r\n")
    assert read_texts(path) == ["cat", "dog house"]
    assert read_texts(io.BytesIO(b"cat\tK AE T\ndog\n")) == ["cat", "dog"]
    assert read_texts(io.BytesIO(b"cat\tK AE T\n"), column=1) == ["K AE T"]


def test_bad_texts_name_their_line():
    stream = io.BytesIO(b"cat\n\ndog\n")
    stream.name = "<stdin>"
    with pytest.raises(DataError, match="standard input, line 2: the line is empty"):
        read_texts(stream)
    with pytest.raises(DataError, match="input, line 2: expected a text in column 2, got 'dog'"):
        read_texts(io.BytesIO(b"cat\tK\ndog\n"), column=1)
    with pytest.raises(DataError, match="input is empty"):
        read_texts(io.BytesIO(b""))


class _Pipe:
    """A pipe that gives what was written into it, a part at a time."""

    def __init__(self, *parts):
        self._parts = list(parts)

    def read1(self, size):
        return self._parts.pop(0) if self._parts else b""


def test_lines_are_handed_on_as_they_arrive():
    pipe = _Pipe(b"\xef\xbb\xbfone\r\ntw", b"o\n\nfo", b"ur")
    assert list(arriving_lines(pipe)) == [(1, ["one"]), (2, ["two", ""]), (4, ["four"])]


@pytest.mark.parametrize(("line", "message"), [(b"\xff", "line 3: byte 0xff is not utf-8"), (b"a\0", "line 3: .* NUL")])
def test_a_bad_line_is_named(line, message):
    with pytest.raises(DataError, match=message):
        list(arriving_lines(_Pipe(b"one\n", b"two\n" + line + b"\n")))
