"""Tokenizers of published text models, through the package ``tokenizers``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from chainrule.errors import WeightsError
from chainrule.interop.sharded import read_json_object

__all__ = ["PublishedTokenizer"]


class PublishedTokenizer:
    """From text to a published model's symbols and back, with the marks that it wants at beginning and end.

    Parameters
    ----------
    tokenizer : tokenizers.Tokenizer
        What does the work.
    max_length : int, optional
        The most symbols of a text, marks included; what is longer is cut.
    """

    def __init__(self, tokenizer: Any, max_length: int | None = None):
        self._tokenizer = tokenizer
        tokenizer.no_padding()
        if max_length is None:
            tokenizer.no_truncation()
        else:
            tokenizer.enable_truncation(max_length)

    @classmethod
    def of_folder(cls, folder: str | Path, max_length: int | None = None) -> PublishedTokenizer:
        """Read the tokenizer that lies beside weights.

        Parameters
        ----------
        folder : str or Path
            Holds ``tokenizer.json``; or ``vocab.txt``, as BERT's may; or ``vocab.json`` and ``merges.txt``, as GPT-2's.
        max_length : int, optional
            As for the class.

        Returns
        -------
        PublishedTokenizer
            The tokenizer.

        Raises
        ------
        WeightsError
            If there is none, it is damaged, or the package ``tokenizers`` is missing.
        """
        tokenizers = _library()
        folder = Path(folder)
        for names, make in (
            (("tokenizer.json",), tokenizers.Tokenizer.from_file),
            (("vocab.txt",), lambda vocab: _wordpieces(tokenizers, folder, vocab)),
            (("vocab.json", "merges.txt"), lambda *files: _byte_pairs(tokenizers, *files)),
        ):
            files = [folder / name for name in names]
            if all(file.is_file() for file in files):
                try:
                    return cls(make(*map(str, files)), max_length)
                except Exception as error:  # of no narrower type
                    raise WeightsError(f"{files[0]} is damaged: {error}") from None
        raise WeightsError(f"{folder} has no tokenizer: put the tokenizer.json of the model there, or its vocab.txt")

    @classmethod
    def from_dict(cls, content: Mapping[str, Any], max_length: int | None = None) -> PublishedTokenizer:
        """Make the tokenizer that `to_dict` described.

        Parameters
        ----------
        content : mapping
            The content of a ``tokenizer.json``.
        max_length : int, optional
            As for the class.

        Returns
        -------
        PublishedTokenizer
            The tokenizer.

        Raises
        ------
        WeightsError
            If the content is damaged, or the package ``tokenizers`` is missing.
        """
        tokenizers = _library()
        try:
            return cls(tokenizers.Tokenizer.from_str(json.dumps(content)), max_length)
        except Exception as error:  # of no narrower type
            raise WeightsError(f"the tokenizer is damaged: {error}") from None

    def to_dict(self) -> dict[str, Any]:
        """Return the content of a ``tokenizer.json``, which `from_dict` reads."""
        return json.loads(self._tokenizer.to_str())

    def __len__(self) -> int:
        return self._tokenizer.get_vocab_size()

    def encode(self, text: str) -> list[int]:
        """Turn a text into numbers, the marks included.

        Parameters
        ----------
        text : str
            The text.

        Returns
        -------
        list of int
            The number of each symbol.
        """
        return self._tokenizer.encode(text).ids

    def encode_words(self, words: Sequence[str]) -> tuple[list[int], list[tuple[int, int]]]:
        """Turn a text into numbers, and find each of its words in them.

        Parameters
        ----------
        words : sequence of str
            The words of the text, which has a space between two.

        Returns
        -------
        ids : list of int
            What `encode` returns for the text.
        places : list of tuple of int
            For each word the place of its first symbol, and of the one behind its last; those of the first symbol of
            all where it has none.
        """
        found = self._tokenizer.encode(" ".join(words))
        places, start = [], 0
        for word in words:
            stop = start + len(word)
            symbols = [place for at in range(start, stop) if (place := found.char_to_token(at)) is not None]
            places.append((symbols[0], symbols[-1] + 1) if symbols else (0, 1))
            start = stop + 1
        return found.ids, places

    def encode_all(self, texts: Sequence[str]) -> list[list[int]]:
        """Turn many texts into numbers, faster than one by one.

        Parameters
        ----------
        texts : sequence of str
            The texts.

        Returns
        -------
        list of list of int
            For each what `encode` returns.
        """
        return [found.ids for found in self._tokenizer.encode_batch(list(texts))]

    def decode(self, ids: Iterable[int]) -> str:
        """Turn numbers into a text, without the marks.

        Parameters
        ----------
        ids : iterable of int
            The numbers.

        Returns
        -------
        str
            The text.
        """
        return self._tokenizer.decode(list(ids))

    def number(self, symbol: str) -> int | None:
        """Return a symbol's number, for instance that of ``"[MASK]"``; None if there is no such symbol."""
        return self._tokenizer.token_to_id(symbol)


def _library() -> Any:
    try:
        import tokenizers
    except ImportError:
        raise WeightsError(
            'the tokenizers of published models need the package tokenizers; run: pip install "chainrule[text]"'
        ) from None
    return tokenizers


def _wordpieces(tokenizers: Any, folder: Path, vocabulary: str) -> Any:
    """BERT's tokenizer of before 2020: a list of pieces, and whether letters are made small."""
    settings = folder / "tokenizer_config.json"
    lowercase = read_json_object(settings).get("do_lower_case", True) if settings.is_file() else True
    return tokenizers.BertWordPieceTokenizer(vocabulary, lowercase=lowercase)._tokenizer


def _byte_pairs(tokenizers: Any, vocabulary: str, merges: str) -> Any:
    """GPT-2's tokenizer of before 2020."""
    return tokenizers.ByteLevelBPETokenizer(vocabulary, merges)._tokenizer
