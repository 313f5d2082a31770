"""Pairs of texts to numbers and back, with answers that may copy from their inputs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from chainrule.data.pairs import Pairs
from chainrule.data.sequences import EncodedPairs, Sequences, encode_pairs, packed_pairs
from chainrule.data.tokenizers import EOS, UNK, Tokenizer

__all__ = ["Codec", "same_symbols"]


@dataclass(frozen=True)
class Codec:
    """The tokenizers of both sides, and what an answer can say beyond them.

    Where answers may copy, a symbol of an input that a vocabulary does not know gets a number of its own behind the
    vocabulary: its size plus the place where the symbol first stands in that input (the extended vocabulary of A. See,
    P. Liu and C. Manning, 2017, arXiv 1704.04368). Such a number means something beside its input only.

    Parameters
    ----------
    source, target : Tokenizer
        The symbols of inputs and of answers.
    copies : bool, default False
        Whether answers may take symbols from their inputs.
    ends : bool, default False
        Whether inputs end with a mark. Attention averages, so it is by such a mark that a model can tell three equal
        symbols from two.

    Examples
    --------
    >>> from chainrule.data import SymbolTokenizer
    >>> known = SymbolTokenizer.fit(["call", "now"])
    >>> codec = Codec(known, known, copies=True)
    >>> codec.encode_source("call Ada call Bob")
    [4, 7, 4, 9]
    >>> codec.encode_target("Ada now", "call Ada call Bob")
    [7, 5]
    >>> codec.decode([7, 5], "call Ada call Bob")
    ['Ada', 'now']
    """

    source: Tokenizer
    target: Tokenizer
    copies: bool = False
    ends: bool = False

    def encode_source(self, text: str) -> list[int]:
        """Turn an input into numbers.

        Parameters
        ----------
        text : str
            The input.

        Returns
        -------
        list of int
            One number a symbol, and the mark where inputs end with one.
        """
        numbers = self._read(text)
        return [*numbers, EOS] if self.ends else numbers

    def _read(self, text: str) -> list[int]:
        """An input's numbers, without a mark."""
        numbers = self.source.encode(text)
        if not self.copies or UNK not in numbers:
            return numbers
        first: dict[str, int] = {}
        for place, symbol in enumerate(self.source.split(text)):
            own = first.setdefault(symbol, place)
            if numbers[place] == UNK:
                numbers[place] = len(self.source) + own
        return numbers

    def encode_target(self, text: str, source: str) -> list[int]:
        """Turn an answer into numbers.

        Parameters
        ----------
        text : str
            The answer.
        source : str
            Its input.

        Returns
        -------
        list of int
            One number a symbol; `UNK` for what neither the vocabulary knows nor the input says.
        """
        numbers = self.target.encode(text)
        if not self.copies or UNK not in numbers:
            return numbers
        places = self._places(source)
        return [
            len(self.target) + places[symbol] if number == UNK and symbol in places else number
            for number, symbol in zip(numbers, self.target.split(text), strict=True)
        ]

    def _places(self, source: str) -> dict[str, int]:
        """Where each symbol of an input first stands; those with one number count as one."""
        first: dict[int, int] = {}
        numbers = self._read(source)
        for place, number in enumerate(numbers):
            first.setdefault(number, place)
        return {symbol: first[number] for symbol, number in zip(self.source.split(source), numbers, strict=True)}

    def encode_sources(self, texts: Iterable[str]) -> Sequences:
        """Turn inputs into numbers.

        Parameters
        ----------
        texts : iterable of str
            The inputs.

        Returns
        -------
        Sequences
            One sequence a text.
        """
        return Sequences.from_lists(map(self.encode_source, texts))

    def encode_pairs(self, pairs: Pairs) -> EncodedPairs:
        """Turn inputs and references into numbers.

        Parameters
        ----------
        pairs : Pairs
            The texts.

        Returns
        -------
        EncodedPairs
            The numbers, in the same order.

        Raises
        ------
        DataError
            When a source has no symbol or no reference.
        """
        encoded = self._encode_copying(pairs) if self.copies else encode_pairs(pairs, self.source, self.target)
        if not self.ends:
            return encoded
        rows = range(len(encoded.sources))
        return replace(encoded, sources=Sequences.from_lists([*encoded.sources[row], EOS] for row in rows))

    def _encode_copying(self, pairs: Pairs) -> EncodedPairs:
        sources = Sequences.from_lists(map(self._read, pairs.sources))
        targets = Sequences.from_lists(self.encode_target(target, source) for source, target in pairs.rows())
        return packed_pairs(pairs, sources, targets)

    def symbols(self, source: str) -> tuple[str, ...]:
        """List what an answer to an input can say.

        Parameters
        ----------
        source : str
            The input.

        Returns
        -------
        tuple of str
            The symbols by number: those of the vocabulary, and where answers may copy those of the input.
        """
        return (*self.target.symbols, *(self.source.split(source) if self.copies else ()))

    def decode(self, numbers: Iterable[int], source: str) -> list[str]:
        """Turn an answer's numbers into symbols.

        Parameters
        ----------
        numbers : iterable of int
            The numbers, without those that mark beginning and end.
        source : str
            Its input.

        Returns
        -------
        list of str
            The symbols.
        """
        known = self.target.symbols
        if not self.copies:
            return [known[number] for number in numbers]
        own = self.source.split(source)
        return [known[number] if number < len(known) else own[number - len(known)] for number in numbers]

    def text(self, numbers: Iterable[int], source: str) -> str:
        """Turn an answer's numbers into a text.

        Parameters
        ----------
        numbers : iterable of int
            The numbers, without those that mark beginning and end.
        source : str
            Its input.

        Returns
        -------
        str
            The text.
        """
        return self.target.join(self.decode(numbers, source))


def same_symbols(source: Tokenizer, target: Tokenizer) -> tuple[int, ...]:
    """Find the symbols of inputs among those of answers.

    Parameters
    ----------
    source, target : Tokenizer
        The symbols of both sides.

    Returns
    -------
    tuple of int
        For each symbol of the source the number of the same one of the target, -1 where there is none.
    """
    numbers = {symbol: number for number, symbol in enumerate(target.symbols)}
    return tuple(numbers.get(symbol, -1) for symbol in source.symbols)
