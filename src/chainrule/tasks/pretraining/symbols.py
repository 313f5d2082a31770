"""Which symbols of a vocabulary begin a word."""

from __future__ import annotations

from chainrule.data.tokenizers import SPECIAL_SYMBOLS, CharacterTokenizer, SymbolTokenizer, Tokenizer
from chainrule.data.tokenizers.pieces import SPACE

__all__ = ["begins_word"]


def begins_word(tokenizer: Tokenizer) -> list[bool]:
    """Tell for each symbol whether it begins a word: a given symbol, a space before letters, a piece marked so.

    Parameters
    ----------
    tokenizer : Tokenizer
        The vocabulary.

    Returns
    -------
    list of bool
        In the order of the symbols' numbers.
    """
    if isinstance(tokenizer, SymbolTokenizer):
        return [True] * len(tokenizer)
    mark = " " if isinstance(tokenizer, CharacterTokenizer) else SPACE
    return [symbol in SPECIAL_SYMBOLS or symbol.startswith(mark) for symbol in tokenizer.symbols]
