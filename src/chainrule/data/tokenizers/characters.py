"""The symbols of a text are its characters."""

from __future__ import annotations

from collections.abc import Iterable

from chainrule.data.tokenizers.vocabulary import UNK, Numbering, Tokenizer

__all__ = ["CharacterTokenizer"]


class _EitherCase(Numbering):
    """The same, but first tries the small and the capital form."""

    def __missing__(self, symbol: str) -> int:
        return self.get(symbol.lower(), self.get(symbol.upper(), UNK))


class CharacterTokenizer(Tokenizer):
    """The symbols of a text are its characters.

    A character that is unknown but whose small or capital form is known counts as that form.

    Parameters
    ----------
    symbols : iterable of str
        The known characters; they get the numbers from 4 on, in this order.
    normalization : Normalization
        How texts are written before they are cut.

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
    def _cut(text: str) -> list[str]:
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
