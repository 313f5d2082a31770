"""The symbols of a text stand between spaces."""

from __future__ import annotations

from collections.abc import Iterable

from chainrule.data.tokenizers.vocabulary import Tokenizer

__all__ = ["SymbolTokenizer"]


class SymbolTokenizer(Tokenizer):
    """The symbols of a text stand between spaces, like phonemes in ``CH EY N``.

    Parameters
    ----------
    symbols : iterable of str
        The known symbols; they get the numbers from 4 on, in this order.
    normalization : Normalization
        How texts are written before they are cut.

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
    def _cut(text: str) -> list[str]:
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
