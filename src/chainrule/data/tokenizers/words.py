"""The symbols of a text are its words and signs."""

from __future__ import annotations

from collections.abc import Iterable

from chainrule.data.tokenizers.pieces import SPACE, join_pieces, split_pieces
from chainrule.data.tokenizers.vocabulary import SPECIAL_SYMBOLS, UNK, Tokenizer

__all__ = ["WordTokenizer"]


class WordTokenizer(Tokenizer):
    """The symbols of a text are its words, its signs and each Chinese character.

    A symbol that follows a space, or begins the text, is marked by ``▁``; so texts come back with their spaces where
    they were. Words that are not known are answered by ``<unk>``; subwords (`BPETokenizer`, `UnigramTokenizer`) know
    them by their parts.

    Parameters
    ----------
    symbols : iterable of str
        The known words and signs; they get the numbers from 4 on, in this order.
    normalization : Normalization
        How texts are written before they are cut.

    Raises
    ------
    DataError
        When a symbol appears twice or is one of `SPECIAL_SYMBOLS`.

    Examples
    --------
    >>> tokenizer = WordTokenizer.fit(["Hello, world.", "Hello."])
    >>> tokenizer.split("Hello, world.")
    ['▁Hello', ',', '▁world', '.']
    >>> tokenizer.decode(tokenizer.encode("Hello, moon."))
    'Hello, <unk>.'
    """

    kind = "words"
    is_open = True

    @staticmethod
    def _cut(text: str) -> list[str]:
        return split_pieces(text, ideographs_apart=True)

    @staticmethod
    def join(symbols: Iterable[str]) -> str:
        """Put words and signs together, with spaces where they are marked.

        Parameters
        ----------
        symbols : iterable of str
            The symbols.

        Returns
        -------
        str
            The text.
        """
        unknown = SPECIAL_SYMBOLS[UNK]
        return join_pieces(SPACE + symbol if symbol == unknown else symbol for symbol in symbols)
