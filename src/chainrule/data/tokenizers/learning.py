"""Learning parts of words, by the package ``sentencepiece``; only learning needs it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from chainrule.errors import DataError

__all__ = ["learn_parts"]


def learn_parts(kind: str, counts: Mapping[str, int], size: int) -> dict[str, float]:
    """Learn the most useful parts of some words.

    Parameters
    ----------
    kind : {"bpe", "unigram"}
        By byte-pair encoding or by the unigram model.
    counts : mapping of str to int
        The words and how often each occurs.
    size : int
        The most parts.

    Returns
    -------
    dict of str to float
        The parts in the order learnt, with their scores; the same for the same counts.

    Raises
    ------
    DataError
        When ``sentencepiece`` is not installed, or cannot learn from so little.
    """
    try:
        import sentencepiece
    except ImportError:
        raise DataError(
            'learning subwords needs the package sentencepiece, which is missing; run: pip install "chainrule[text]", '
            "or use characters or words"
        ) from None
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=(f"{word}\t{count}" for word, count in sorted(counts.items())),
            model_writer=model,
            model_type=kind,
            vocab_size=size + 1,  # with its own symbol for unknown characters
            **_OUR_WORDS_AS_THEY_ARE,
        )
    except RuntimeError as error:
        raise DataError(f"sentencepiece could not learn subwords from these texts: {error}") from None
    learnt: Any = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    return {learnt.id_to_piece(i): learnt.get_score(i) for i in range(len(learnt)) if not learnt.is_unknown(i)}


_OUR_WORDS_AS_THEY_ARE: dict[str, Any] = {
    "input_format": "tsv",
    "normalization_rule_name": "identity",
    "add_dummy_prefix": False,
    "remove_extra_whitespaces": False,
    "split_by_unicode_script": False,
    "split_by_number": False,
    "character_coverage": 1.0,
    "hard_vocab_limit": False,
    "bos_id": -1,
    "eos_id": -1,
    "num_threads": 1,  # sums in one order: the same parts every time
    "minloglevel": 2,
}
