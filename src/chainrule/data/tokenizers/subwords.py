"""What tokenizers that cut words into parts have in common."""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, Self

from chainrule.data.tokenizers.learning import learn_parts
from chainrule.data.tokenizers.normalization import NFC, Normalization
from chainrule.data.tokenizers.pieces import SPACE, join_pieces, split_pieces
from chainrule.data.tokenizers.vocabulary import SPECIAL_SYMBOLS, UNK, Tokenizer, check_fit
from chainrule.errors import DataError

__all__ = ["SubwordTokenizer"]

#: The symbols that write an unknown character by its UTF-8 bytes.
_BYTES = tuple(f"<0x{value:02X}>" for value in range(256))
_BYTE_VALUES: Mapping[str, int] = {symbol: value for value, symbol in enumerate(_BYTES)}

_RARE = 3  # with byte fallback, characters that occur less often are left to the bytes, which so are learnt too
_REMEMBERED = 1 << 16  # pieces whose parts are kept: most words of a text are common ones


class SubwordTokenizer(Tokenizer):
    """The symbols of a text are parts of its words, learnt so that common words stay whole.

    Parameters
    ----------
    symbols : iterable of str
        The known parts; they get the numbers from 4 on, in this order.
    normalization : Normalization
        How texts are written before they are cut.

    Raises
    ------
    DataError
        When a symbol appears twice or is one of `SPECIAL_SYMBOLS`.
    """

    is_open = True
    #: How many symbols `fit` learns when it is not told.
    usual_size: ClassVar[int] = 4000

    def __init__(self, symbols: Iterable[str], normalization: Normalization = NFC) -> None:
        super().__init__(symbols, normalization)
        self._writes_bytes = _BYTES[0] in self._ids
        self._parts = functools.lru_cache(_REMEMBERED)(self._segment)

    @classmethod
    def fit(
        cls,
        texts: Iterable[str],
        *,
        size: int | None = None,
        normalization: Normalization = NFC,
        byte_fallback: bool = False,
    ) -> Self:
        """Learn the parts from some texts; needs the package ``sentencepiece``, which using them does not.

        Parameters
        ----------
        texts : iterable of str
            The texts, as a rule those of the training set.
        size : int, optional
            The most symbols to know, the special ones included; `usual_size` by default.
        normalization : Normalization
            How texts are written before they are cut.
        byte_fallback : bool
            Whether to keep 256 of the symbols for writing unknown characters by their UTF-8 bytes, so that nothing is
            unknown; characters that occur less than three times are then left to them.

        Returns
        -------
        Tokenizer
            Knows the characters of the texts and the most useful parts.

        Raises
        ------
        DataError
            When there is no text, when the characters alone are more than `size`, or when
            ``sentencepiece`` is missing.
        """
        size = cls.usual_size if size is None else size
        pieces = Counter(piece for text in texts for piece in cls._cut(normalization(text)))
        characters = Counter({SPACE: _RARE})
        for piece, count in pieces.items():
            characters.update(dict.fromkeys(piece, count))
        check_fit(cls, pieces, size)
        alphabet = sorted(c for c, count in characters.items() if count >= _RARE or not byte_fallback)
        spare = _BYTES if byte_fallback else ()
        room = size - len(SPECIAL_SYMBOLS) - len(spare)
        if room < len(alphabet):
            raise DataError(
                f"{cls.__name__}.fit: {size} symbols cannot hold the {len(alphabet)} different characters of the "
                f"texts; raise the size to {size - room + len(alphabet)} or more"
            )
        known = frozenset(alphabet)
        words = {piece: count for piece, count in pieces.items() if known.issuperset(piece) and piece != "\n"}
        learnt = learn_parts(cls.kind, words, room) if words else {}
        longer = [part for part in learnt if len(part) > 1][: room - len(alphabet)]
        return cls._of([*spare, *alphabet, *longer], learnt, normalization)

    @classmethod
    @abstractmethod
    def _of(cls, symbols: list[str], scores: Mapping[str, float], normalization: Normalization) -> Self:
        """Make a tokenizer of what was learnt."""

    @abstractmethod
    def _segment(self, piece: str) -> tuple[str, ...]:
        """Cut a piece into known parts and unknown characters."""

    @staticmethod
    def _cut(text: str) -> list[str]:
        return split_pieces(text)

    def split(self, text: str) -> list[str]:
        """Cut a text into parts of words.

        Parameters
        ----------
        text : str
            The text.

        Returns
        -------
        list of str
            Its parts; an unknown character as its bytes where the vocabulary has them, else as it is.
        """
        parts = (part for piece in self._cut(self._normalization(text)) for part in self._parts(piece))
        return list(self._with_bytes(parts))

    def _with_bytes(self, parts: Iterable[str]) -> Iterator[str]:
        for part in parts:
            if self._writes_bytes and self._ids[part] == UNK:
                yield from (_BYTES[value] for value in part.encode(errors="replace"))
            else:
                yield part

    @staticmethod
    def join(symbols: Iterable[str]) -> str:
        """Put parts together, with spaces where they are marked.

        Parameters
        ----------
        symbols : iterable of str
            The parts.

        Returns
        -------
        str
            The text; bytes that are no character become U+FFFD.
        """
        content = b"".join(
            bytes([_BYTE_VALUES[symbol]]) if symbol in _BYTE_VALUES else symbol.encode() for symbol in symbols
        )
        return join_pieces([content.decode(errors="replace")])
