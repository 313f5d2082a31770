"""The kinds of tokenizers by name, and reading one from its file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from chainrule.data.tokenizers.bpe import BPETokenizer
from chainrule.data.tokenizers.characters import CharacterTokenizer
from chainrule.data.tokenizers.normalization import Normalization
from chainrule.data.tokenizers.separated import SymbolTokenizer
from chainrule.data.tokenizers.unigram import UnigramTokenizer
from chainrule.data.tokenizers.vocabulary import FORMAT, VERSION, Tokenizer
from chainrule.data.tokenizers.words import WordTokenizer
from chainrule.errors import CheckpointError, ConfigError, DataError

__all__ = ["TOKENIZERS", "choose_tokenizer", "load_tokenizer", "tokenizer_from_dict"]

_KINDS = (CharacterTokenizer, SymbolTokenizer, WordTokenizer, BPETokenizer, UnigramTokenizer)

#: The tokenizers by the name that files and settings use.
TOKENIZERS: Mapping[str, type[Tokenizer]] = {cls.kind: cls for cls in _KINDS}


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
    if not isinstance(content, Mapping) or content.get("format") != FORMAT:
        raise CheckpointError(f"{origin} is not a tokenizer that chainrule wrote; train the model again")
    version = content.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise CheckpointError(
            f"{origin} has format version {version}, and this chainrule reads up to {VERSION}; install a newer one"
        )
    kind, symbols = content.get("kind"), content.get("symbols")
    if not isinstance(kind, str) or kind not in TOKENIZERS:
        raise CheckpointError(f"{origin} is damaged: kind must be one of {', '.join(TOKENIZERS)}, got {kind!r}")
    if not isinstance(symbols, list) or not all(isinstance(symbol, str) for symbol in symbols):
        raise CheckpointError(f"{origin} is damaged: symbols must be a list of texts")
    try:
        return TOKENIZERS[kind].from_description(symbols, _normalization(version, content), content)
    except (DataError, ConfigError, KeyError, TypeError) as error:
        raise CheckpointError(f"{origin} is damaged: {error}") from None


def _normalization(version: int, content: Mapping[str, Any]) -> Normalization:
    return Normalization("none") if version == 1 else Normalization.from_dict(content["normalization"])


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
