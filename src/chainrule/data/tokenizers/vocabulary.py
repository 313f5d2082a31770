"""From text to numbers and back: what all tokenizers have in common."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Self

from chainrule.data.files import replace_file
from chainrule.data.tokenizers.normalization import NFC, Normalization
from chainrule.errors import CheckpointError, DataError

__all__ = ["BOS", "EOS", "FORMAT", "PAD", "SPECIAL_SYMBOLS", "UNK", "VERSION", "Numbering", "Tokenizer"]

#: The four symbols that every vocabulary begins with: padding, begin, end, unknown. Their ids are 0 to 3.
SPECIAL_SYMBOLS = ("<pad>", "<bos>", "<eos>", "<unk>")
PAD, BOS, EOS, UNK = range(4)

#: What a tokenizer's file says of itself. Version 1 knew no normalization.
FORMAT, VERSION = "chainrule tokenizer", 2


class Numbering(dict[str, int]):
    """The numbers of the known symbols; looking up another gives `UNK`."""

    def __missing__(self, symbol: str) -> int:
        return UNK


class Tokenizer(ABC):
    """A vocabulary: texts are cut into symbols, and each symbol has a number.

    A tokenizer does not change once made. Subclasses say how a text is cut and put together (`join`).

    Parameters
    ----------
    symbols : iterable of str
        The known symbols, without the special ones; they get the numbers from 4 on, in this order.
    normalization : Normalization
        How texts are written before they are cut.

    Raises
    ------
    DataError
        When a symbol appears twice or is one of `SPECIAL_SYMBOLS`.
    """

    #: How files name this kind.
    kind: ClassVar[str]
    #: Whether texts may hold symbols that the training texts did not, as new words are.
    is_open: ClassVar[bool] = False
    _numbering: ClassVar[type[Numbering]] = Numbering

    def __init__(self, symbols: Iterable[str], normalization: Normalization = NFC) -> None:
        self._symbols = SPECIAL_SYMBOLS + tuple(symbols)
        self._normalization = normalization
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
    def fit(cls, texts: Iterable[str], *, size: int | None = None, normalization: Normalization = NFC) -> Self:
        """Make the vocabulary of some texts; it does not depend on their order.

        Parameters
        ----------
        texts : iterable of str
            The texts, as a rule those of the training set.
        size : int, optional
            The most symbols to know, the special ones included; the commonest are kept. All by default.
        normalization : Normalization
            How texts are written before they are cut.

        Returns
        -------
        Tokenizer
            Knows the symbols that occur, sorted by code point.

        Raises
        ------
        DataError
            When there is no symbol at all, or one of `SPECIAL_SYMBOLS` occurs.
        """
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(cls._cut(normalization(text)))
        check_fit(cls, counts, size)
        kept = sorted(counts, key=lambda symbol: (-counts[symbol], symbol))
        return cls(sorted(kept if size is None else kept[: size - len(SPECIAL_SYMBOLS)]), normalization)

    @staticmethod
    @abstractmethod
    def _cut(text: str) -> list[str]:
        """Cut a text that is in normal form into symbols, known or not."""

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

    @property
    def normalization(self) -> Normalization:
        """How texts are written before they are cut."""
        return self._normalization

    def __len__(self) -> int:
        return len(self._symbols)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.to_dict() == self.to_dict()

    def __hash__(self) -> int:
        return hash((type(self), self._symbols))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} symbols)"

    def split(self, text: str) -> list[str]:
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
        return self._cut(self._normalization(text))

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
            Format, version, kind, normalization and symbols; `tokenizer_from_dict` reads it.
        """
        own = self._symbols[len(SPECIAL_SYMBOLS) :]
        return {
            "format": FORMAT,
            "version": VERSION,
            "kind": self.kind,
            "normalization": self._normalization.to_dict(),
            "symbols": list(own),
        }

    @classmethod
    def from_description(cls, symbols: list[str], normalization: Normalization, description: Mapping[str, Any]) -> Self:
        """Make a tokenizer of what `to_dict` wrote.

        Parameters
        ----------
        symbols : list of str
            Its symbols, without the special ones.
        normalization : Normalization
            How texts are written before they are cut.
        description : mapping
            All that `to_dict` wrote, for what else a kind needs.

        Returns
        -------
        Tokenizer
            Equal to the one described.

        Raises
        ------
        DataError
            When what the kind needs is missing or wrong.
        """
        return cls(symbols, normalization)

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


def check_fit(kind: type[Tokenizer], counts: Mapping[str, int], size: int | None) -> None:
    """Refuse texts without symbols, and a size that leaves no room for any."""
    if not counts:
        raise DataError(f"{kind.__name__}.fit found no symbol in the texts; give it texts that are not empty")
    if size is not None and size <= len(SPECIAL_SYMBOLS):
        raise DataError(
            f"{kind.__name__}.fit: the size must be more than the {len(SPECIAL_SYMBOLS)} special symbols, got {size}"
        )
