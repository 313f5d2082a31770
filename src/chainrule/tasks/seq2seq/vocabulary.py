"""The tokenizers of a new run, fitted to its training data."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from chainrule.data.pairs import PairDataset, Pairs
from chainrule.data.tokenizers import TOKENIZERS, Normalization, SubwordTokenizer, Tokenizer
from chainrule.errors import ConfigError
from chainrule.tasks.seq2seq.beginning import Beginning
from chainrule.tasks.seq2seq.settings import Seq2SeqSettings

__all__ = ["fit_tokenizers"]


def fit_tokenizers(
    settings: Seq2SeqSettings, data: PairDataset, train: Pairs | None = None, beginning: Beginning | None = None
) -> tuple[Tokenizer, Tokenizer]:
    """Make the vocabularies of both sides.

    Parameters
    ----------
    settings : Seq2SeqSettings
        Their kinds and sizes.
    data : PairDataset
        Guesses their kinds where the settings leave that open.
    train : Pairs, optional
        The texts; its whole training part by default.
    beginning : Beginning, optional
        What another run has learned, whose symbols stay.

    Returns
    -------
    tuple of Tokenizer
        That of the inputs and that of the answers; the same one when they are joint.

    Raises
    ------
    ConfigError
        When a joint vocabulary is asked for and the sides are cut differently.
    DataError
        When the texts do not give a vocabulary.
    """
    source = TOKENIZERS.get(settings.source_symbols, data.source_tokenizer)
    target = TOKENIZERS.get(settings.target_symbols, data.target_tokenizer)
    train = data.split("train") if train is None else train
    targets = itertools.chain.from_iterable(train.references)
    if beginning is not None:
        one_table = settings.model == "transformer" and settings.tied == "all"
        return beginning.source, beginning.target if one_table else _fit(target, targets, settings)
    if not settings.joint_vocabulary:
        return _fit(source, train.sources, settings), _fit(target, targets, settings)
    if source is not target:
        raise ConfigError(
            f"a joint vocabulary needs both sides to have the same kind of symbols, got {source.kind} and "
            f"{target.kind}; set source_symbols and target_symbols to one kind"
        )
    joint = _fit(source, itertools.chain(train.sources, targets), settings)
    return joint, joint


def _fit(kind: type[Tokenizer], texts: Iterable[str], settings: Seq2SeqSettings) -> Tokenizer:
    normalization = Normalization(settings.normal_form, settings.lowercase)
    if issubclass(kind, SubwordTokenizer):
        return kind.fit(
            texts,
            size=settings.vocabulary_size,
            normalization=normalization,
            byte_fallback=settings.byte_fallback,
        )
    return kind.fit(texts, size=settings.vocabulary_size, normalization=normalization)
