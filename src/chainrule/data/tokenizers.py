"""From text to numbers and back: the symbols of a text are its characters, or what stands between spaces."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Self

from chainrule.data.files import replace_file
from chainrule.errors import CheckpointError, DataError

__all__ = [
    "BOS",
    "EOS",
    "PAD",
    "SPECIAL_SYMBOLS",
    "TOKENIZERS",
    "UNK",
    "CharacterTokenizer",
    "SymbolTokenizer",
    "Tokenizer",
    "choose_tokenizer",
    "load_tokenizer",
    "tokenizer_from_dict",
]

#: The four symbols that every vocabulary begins with: padding, begin, end, unknown. Their ids are 0 to 3.
SPECIAL_SYMBOLS = ("<pad>", "<bos>", "<eos>", "<unk>")
PAD, BOS, EOS, UNK = range(4)

_FORMAT = "chainrule tokenizer"
_VERSION = 1


class _Numbering(dict[str, int]):
    """The numbers of the known symbols; looking up another gives `UNK`."""

    def __missing__(self, symbol: str) -> int:
        return UNK


class _EitherCase(_Numbering):
    """The same, but first tries the small and the capital form."""

    def __missing__(self, symbol: str) -> int:
        return self.get(symbol.lower(), self.get(symbol.upper(), UNK))


class Tokenizer(ABC):
    """A vocabulary: texts are cut into symbols, and each symbol has a number.

    A tokenizer does not change once made. Subclasses say how a text is cut (`split`) and put together
    (`join`).

    Parameters
    ----------
    symbols : iterable of str
        The known symbols, without the special ones; they get the numbers from 4 on, in this order.

    Raises
    ------
    DataError
        When a symbol appears twice or is one of `SPECIAL_SYMBOLS`.
    """

    #: How files name this kind.
    kind: ClassVar[str]
    _numbering: ClassVar[type[_Numbering]] = _Numbering

    def __init__(self, symbols: Iterable[str]) -> None:
        self._symbols = SPECIAL_SYMBOLS + tuple(symbols)
        ids = {symbol: number for number, symbol in enumerate(self._symbols)}
        if len(ids) != len(self._symbols):
            twice = next(s for n, s in enumerate(self._symbols) if ids[s] != n)
            raise DataError(
                f"{type(self).__name__}: each symbol must appear once, and {', '.join(SPECIAL_SYMBOLS)} are "
                f"taken, got {twice!r} again; rename it in the data"
            )
        for symbol in SPECIAL_SYMBOLS:  # a text that says "<eos>" must not end the sequence
            del ids[symbol]
        self._ids = self._numbering(ids)

    @classmethod
    def fit(cls, texts: Iterable[str]) -> Self:
        """Make the vocabulary of some texts; it does not depend on their order.

        Parameters
        ----------
        texts : iterable of str
            The texts, as a rule those of the training set.

        Returns
        -------
        Tokenizer
            Knows every symbol that occurs, sorted by code point.

        Raises
        ------
        DataError
            When there is no symbol at all, or one of `SPECIAL_SYMBOLS` occurs.
        """
        symbols: set[str] = set()
        for text in texts:
            symbols.update(cls.split(text))
        if not symbols:
            raise DataError(f"{cls.__name__}.fit found no symbol in the texts; give it texts that are not empty")
        return cls(sorted(symbols))

    @staticmethod
    @abstractmethod
    def split(text: str) -> list[str]:
        """Cut a text into symbols.

        Parameters
        ----------
        text : str
            The text.

        Returns
        -------
        list of str
            Its symbols, known or not.
        """

    @staticmethod
    @abstractmethod
    def join(symbols: Iterable[str]) -> str:
        """Put symbols together again.

        Parameters
        ----------
        symbols : iterable of str
            The symbols.

        Returns
        -------
        str
            The text whose symbols they are.
        """

    @property
    def symbols(self) -> tuple[str, ...]:
        """All symbols, the special ones first; a symbol's place is its number."""
        return self._symbols

    def __len__(self) -> int:
        return len(self._symbols)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other._symbols == self._symbols

    def __hash__(self) -> int:
        return hash((type(self), self._symbols))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} symbols)"

    def encode(self, text: str) -> list[int]:
        """Turn a text into numbers.

        Parameters
        ----------
        text : str
            The text.

        Returns
        -------
        list of int
            One number a symbol, `UNK` for unknown ones; neither `BOS` nor `EOS` is added.
        """
        return list(map(self._ids.__getitem__, self.split(text)))

    def decode(self, ids: Iterable[int]) -> str:
        """Turn numbers into a text.

        Parameters
        ----------
        ids : iterable of int
            Symbol numbers; what follows the first `EOS` is left out, and so are `PAD` and `BOS`.

        Returns
        -------
        str
            The text; `UNK` becomes ``<unk>``.
        """
        return self.join(self.decode_symbols(ids))

    def decode_symbols(self, ids: Iterable[int]) -> list[str]:
        """Turn numbers into symbols.

        Parameters
        ----------
        ids : iterable of int
            Symbol numbers; what follows the first `EOS` is left out, and so are `PAD` and `BOS`.

        Returns
        -------
        list of str
            The symbols; `UNK` becomes ``<unk>``.
        """
        symbols = []
        for number in ids:
            if number == EOS:
                break
            if number not in (PAD, BOS):
                symbols.append(self._symbols[number])
        return symbols

    def unknown(self, text: str) -> list[str]:
        """List the symbols of a text that this vocabulary does not know.

        Parameters
        ----------
        text : str
            The text.

        Returns
        -------
        list of str
            Each unknown symbol once, in the order of the text.
        """
        return [symbol for symbol in dict.fromkeys(self.split(text)) if self._ids[symbol] == UNK]

    def to_dict(self) -> dict[str, Any]:
        """Describe the tokenizer by plain values, as JSON takes them.

        Returns
        -------
        dict
            Format, version, kind and symbols; `tokenizer_from_dict` reads it.
        """
        own = self._symbols[len(SPECIAL_SYMBOLS) :]
        return {"format": _FORMAT, "version": _VERSION, "kind": self.kind, "symbols": list(own)}

    def save(self, path: str | PathLike[str]) -> None:
        """Write the tokenizer to a JSON file, as a whole or not at all.

        Parameters
        ----------
        path : str or path-like
            The file; `load_tokenizer` reads it.

        Raises
        ------
        CheckpointError
            When the file cannot be written; an older file is then untouched.
        """
        content = json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + "\n"
        try:
            replace_file(Path(path), content.encode())
        except OSError as error:
            raise CheckpointError(f"{path} cannot be written: {error.strerror or error}") from None


class CharacterTokenizer(Tokenizer):
    """The symbols of a text are its characters.

    A character that is unknown but whose small or capital form is known counts as that form.

    Parameters
    ----------
    symbols : iterable of str
        The known characters; they get the numbers from 4 on, in this order.

    Raises
    ------
    DataError
        When a symbol appears twice or is one of `SPECIAL_SYMBOLS`.

    Examples
    --------
    >>> tokenizer = CharacterTokenizer.fit(["chain", "rule"])
    >>> tokenizer.encode("Rail")
    [11, 4, 8, 9]
    >>> tokenizer.decode([11, 4, 8, 9])
    'rail'
    """

    kind = "characters"
    _numbering = _EitherCase

    @staticmethod
    def split(text: str) -> list[str]:
        """Cut a text into characters.

        Parameters
        ----------
        text : str
            The text.

        Returns
        -------
        list of str
            Its characters, known or not.
        """
        return list(text)

    @staticmethod
    def join(symbols: Iterable[str]) -> str:
        """Put characters together again.

        Parameters
        ----------
        symbols : iterable of str
            The characters.

        Returns
        -------
        str
            The text.
        """
        return "".join(symbols)


class SymbolTokenizer(Tokenizer):
    """The symbols of a text stand between spaces, like phonemes in ``CH EY N``.

    Parameters
    ----------
    symbols : iterable of str
        The known symbols; they get the numbers from 4 on, in this order.

    Raises
    ------
    DataError
        When a symbol appears twice or is one of `SPECIAL_SYMBOLS`.

    Examples
    --------
    >>> tokenizer = SymbolTokenizer.fit(["CH EY N", "R UW L"])
    >>> tokenizer.encode("R EY L ZH")
    [8, 5, 6, 3]
    """

    kind = "symbols"

    @staticmethod
    def split(text: str) -> list[str]:
        """Cut a text at white space.

        Parameters
        ----------
        text : str
            The text.

        Returns
        -------
        list of str
            Its symbols, known or not.
        """
        return text.split()

    @staticmethod
    def join(symbols: Iterable[str]) -> str:
        """Put symbols together, with a space between two.

        Parameters
        ----------
        symbols : iterable of str
            The symbols.

        Returns
        -------
        str
            The text.
        """
        return " ".join(symbols)


#: The tokenizers by the name that files and settings use.
TOKENIZERS: Mapping[str, type[Tokenizer]] = {cls.kind: cls for cls in (CharacterTokenizer, SymbolTokenizer)}


def choose_tokenizer(texts: Iterable[str], most_symbols: int = 1000) -> type[Tokenizer]:
    """Guess how texts are cut into symbols.

    Parameters
    ----------
    texts : iterable of str
        The texts of one column.
    most_symbols : int
        With more different space-separated pieces than this they are words rather than symbols.

    Returns
    -------
    type
        `SymbolTokenizer` when most texts have a space and the pieces are few, else `CharacterTokenizer`.
    """
    texts = list(texts)
    spaced = sum(" " in text for text in texts)
    if 2 * spaced <= len(texts):
        return CharacterTokenizer
    pieces = {piece for text in texts for piece in text.split()}
    return SymbolTokenizer if len(pieces) <= most_symbols else CharacterTokenizer


def tokenizer_from_dict(content: Mapping[str, Any], origin: str = "the tokenizer") -> Tokenizer:
    """Make the tokenizer that `Tokenizer.to_dict` described.

    Parameters
    ----------
    content : mapping
        The description.
    origin : str
        Where it came from, for the message.

    Returns
    -------
    Tokenizer
        Equal to the one described.

    Raises
    ------
    CheckpointError
        When the description is damaged or of a newer version.
    """
    if not isinstance(content, Mapping) or content.get("format") != _FORMAT:
        raise CheckpointError(f"{origin} is not a tokenizer that chainrule wrote; train the model again")
    version = content.get("version")
    if not isinstance(version, int) or version > _VERSION:
        raise CheckpointError(
            f"{origin} has format version {version}, and this chainrule reads up to {_VERSION}; install a newer one"
        )
    kind, symbols = content.get("kind"), content.get("symbols")
    if not isinstance(kind, str) or kind not in TOKENIZERS:
        raise CheckpointError(f"{origin} is damaged: kind must be one of {', '.join(TOKENIZERS)}, got {kind!r}")
    if not isinstance(symbols, list) or not all(isinstance(symbol, str) for symbol in symbols):
        raise CheckpointError(f"{origin} is damaged: symbols must be a list of texts")
    try:
        return TOKENIZERS[kind](symbols)
    except DataError as error:
        raise CheckpointError(f"{origin} is damaged: {error}") from None


def load_tokenizer(path: str | PathLike[str]) -> Tokenizer:
    """Read a tokenizer from the file that `Tokenizer.save` wrote.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    Tokenizer
        Equal to the one saved.

    Raises
    ------
    CheckpointError
        When the file is missing, damaged or of a newer version.
    """
    try:
        content = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise CheckpointError(f"{path} is damaged: it is not valid JSON; restore it from a copy") from None
    return tokenizer_from_dict(content, origin=str(path))
