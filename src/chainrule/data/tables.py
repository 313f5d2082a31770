"""Text tables: one input a line, or a source and its target in two tab-separated columns."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from chainrule.errors import DataError

__all__ = ["arriving_lines", "read_pairs", "read_text", "read_texts"]

_LINE_END = re.compile("\r\n|\r")
_MOST_BYTES = 1 << 16  # of the lines that are handed on together


def read_pairs(
    path: str | PathLike[str], columns: tuple[int, int] = (0, 1), encoding: str = "utf-8"
) -> list[tuple[str, str]]:
    """Read sources and targets from a table with tab-separated columns.

    Line ends of every system and a byte order mark are accepted, and so are empty lines at the end of the
    file. White space around a field is dropped; further columns are ignored.

    Parameters
    ----------
    path : str or path-like
        The file.
    columns : tuple of int
        Which columns hold source and target, counted from 0.
    encoding : str
        The file's encoding.

    Returns
    -------
    list of tuple of str
        Source and target, one pair a line.

    Raises
    ------
    DataError
        When the file cannot be read, is empty or badly encoded, or when a line is empty, has too few
        columns or an empty field. The message names the file and the line.
    """
    pairs = []
    for number, line in _lines(path, encoding):
        fields = line.split("\t")
        if len(fields) <= max(columns):
            raise DataError(
                f"{path}, line {number}: expected {max(columns) + 1} columns separated by tabs, found "
                f"{len(fields)} in {_shortened(line)}; put one tab between source and target"
            )
        source, target = fields[columns[0]].strip(), fields[columns[1]].strip()
        if not (source and target):
            raise DataError(
                f"{path}, line {number}: column {columns[1 if source else 0] + 1} is empty in "
                f"{_shortened(line)}; fill it in or delete the line"
            )
        pairs.append((source, target))
    return pairs


def read_texts(source: str | PathLike[str] | BinaryIO, column: int = 0, encoding: str = "utf-8") -> list[str]:
    """Read one text a line; of a table, one column.

    Parameters
    ----------
    source : str, path-like or binary file
        The file, or an open one such as ``sys.stdin.buffer``.
    column : int
        Which column to take where lines have tabs, counted from 0.
    encoding : str
        The file's encoding.

    Returns
    -------
    list of str
        One text a line, without white space around it.

    Raises
    ------
    DataError
        When the file cannot be read, is empty or badly encoded, or when a line lacks the text. The message
        names the file and the line.
    """
    name = _name(source)
    texts = []
    for number, line in _lines(source, encoding):
        fields = line.split("\t")
        text = fields[column].strip() if column < len(fields) else ""
        if not text:
            raise DataError(
                f"{name}, line {number}: expected a text in column {column + 1}, got {_shortened(line)}; "
                f"fill it in or delete the line"
            )
        texts.append(text)
    return texts


def read_text(source: str | PathLike[str] | BinaryIO, encoding: str = "utf-8") -> str:
    """Read a file as one text.

    Parameters
    ----------
    source : str, path-like or binary file
        The file.
    encoding : str
        The file's encoding.

    Returns
    -------
    str
        The text, with ``\\n`` at the end of each line and nothing but text behind the last.

    Raises
    ------
    DataError
        When the file cannot be read, is empty or badly encoded.
    """
    name = _name(source)
    # Not str.splitlines: it also cuts at characters that may stand inside a text, such as U+2028.
    text = _LINE_END.sub("\n", _decode(_content(source), name, encoding)).rstrip()
    if not text:
        raise DataError(f"{name} is empty; it must hold one example a line")
    return text


def arriving_lines(stream: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Read lines as they come in, so that each can be answered before the next is written.

    Parameters
    ----------
    stream : binary file
        UTF-8 text, such as ``sys.stdin.buffer``; line ends may be those of Windows.

    Yields
    ------
    tuple of int and list of str
        The number of the next line, from 1, and all whole lines that are there by now, empty ones too.

    Raises
    ------
    DataError
        When a line is not UTF-8 or has a NUL character; the message names it, and the lines before it were yielded.
    """
    name, number, rest = _name(stream), 1, b""
    while content := stream.read1(_MOST_BYTES):  # type: ignore[attr-defined]
        *whole, rest = (rest + content).split(b"\n")
        texts, error = _decode_lines(whole, name, number)
        if texts:
            yield number, texts
        if error is not None:
            raise error
        number += len(whole)
    if rest:
        yield number, [_decode_line(rest, name, number)]


def _decode_lines(lines: list[bytes], name: str, first: int) -> tuple[list[str], DataError | None]:
    """Lines up to the first that is no text, and what is wrong with that one."""
    texts: list[str] = []
    for number, line in enumerate(lines, start=first):
        try:
            texts.append(_decode_line(line, name, number))
        except DataError as error:
            return texts, error
    return texts, None


def _decode_line(line: bytes, name: str, number: int) -> str:
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8").removesuffix("\r")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name}, line {number}: byte 0x{line[error.start]:02x} is not utf-8; save the file as UTF-8"
        ) from None
    _refuse_nul(text, name, number, "utf-8")
    return text


def _refuse_nul(line: str, name: str, number: int, encoding: str) -> None:
    if "\0" in line:
        raise DataError(
            f"{name}, line {number}: found a NUL character, so this is no {encoding} text file; save it as UTF-8 "
            f"(spreadsheets often write UTF-16)"
        )


def _lines(source: str | PathLike[str] | BinaryIO, encoding: str) -> Iterator[tuple[int, str]]:
    """Number the lines of a file from 1, without the empty ones at its end."""
    name = _name(source)
    lines = read_text(source, encoding).split("\n")
    for number, line in enumerate(lines, start=1):
        _refuse_nul(line, name, number, encoding)
        if not line.strip():
            raise DataError(f"{name}, line {number}: the line is empty; delete it")
        yield number, line


def _content(source: str | PathLike[str] | BinaryIO) -> bytes:
    if not isinstance(source, (str, PathLike)):
        return source.read()
    try:
        return Path(source).read_bytes()
    except FileNotFoundError:
        raise DataError(f"there is no file {source}; check its name") from None
    except IsADirectoryError:
        raise DataError(f"{source} is a folder; name a file in it") from None
    except OSError as error:
        raise DataError(f"{source} cannot be read: {error.strerror or error}") from None


def _decode(content: bytes, name: str, encoding: str) -> str:
    try:
        codec = codecs.lookup(encoding).name
        return content.decode("utf-8-sig" if codec == "utf-8" else codec)
    except LookupError:
        raise DataError(f"there is no text encoding {encoding!r}; common ones are utf-8 and latin-1") from None
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(error.encoding, errors="ignore")
        line = _LINE_END.sub("\n", before).count("\n") + 1
        raise DataError(
            f"{name}, line {line}: byte 0x{error.object[error.start]:02x} is not {encoding}; save the file as "
            f"UTF-8, or name the encoding it has"
        ) from None


def _name(source: str | PathLike[str] | BinaryIO) -> str:
    if isinstance(source, (str, PathLike)):
        return str(source)
    name = getattr(source, "name", "input")
    return "standard input" if name in ("<stdin>", 0) else str(name)


def _shortened(line: str, limit: int = 60) -> str:
    return repr(line if len(line) <= limit else line[:limit] + "...")
