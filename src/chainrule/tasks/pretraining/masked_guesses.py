"""What a masked language model guesses where a user's text says ``<mask>``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule import ops
from chainrule.autodiff import no_grad
from chainrule.data.tokenizers import BOS, EOS, SPECIAL_SYMBOLS, Tokenizer
from chainrule.errors import DataError
from chainrule.models import MaskedLanguageModel
from chainrule.tasks.pretraining.masked import load_model
from chainrule.training.run import RunFolder

__all__ = ["MASK", "guess_masks", "mask_chances"]

#: How a user writes a hidden symbol.
MASK = "<mask>"


def guess_masks(run: RunFolder, texts: Sequence[str], n_best: int = 3) -> list[list[list[tuple[str, float]]]]:
    """Guess hidden symbols.

    Parameters
    ----------
    run : RunFolder
        The run of a masked language model.
    texts : sequence of str
        Texts with `MASK` in them, each of which stands for one symbol.
    n_best : int
        How many guesses a mask is to have.

    Returns
    -------
    list of list of list of (str, float)
        For each text and each of its masks the likeliest symbols with their probabilities, best first.

    Raises
    ------
    DataError
        When a text has no mask or is longer than the model's context.
    CheckpointError
        When a file of the run is missing, damaged, or does not fit the others.
    """
    model, tokenizer = load_model(run)
    return [[_best(row, tokenizer, n_best) for row in mask_chances(model, tokenizer, text)] for text in texts]


@no_grad()
def mask_chances(model: MaskedLanguageModel, tokenizer: Tokenizer, text: str) -> np.ndarray:
    """Let a model say what may stand where a text has a mask.

    Parameters
    ----------
    model : MaskedLanguageModel
        The model, in evaluation mode.
    tokenizer : Tokenizer
        Its symbols; the number behind the last is the mask.
    text : str
        A text with `MASK` in it, each of which stands for one symbol.

    Returns
    -------
    ndarray of float32, shape (M, S)
        For each mask the probability of each symbol of the tokenizer, those of `SPECIAL_SYMBOLS` left out.

    Raises
    ------
    DataError
        When the text has no mask or is longer than the model's context.
    """
    tokens, context = _encode(text, tokenizer), model.encoder.config.max_length
    if len(tokens) > context:
        raise DataError(f"{text[:40]!r} has {len(tokens)} symbols, but this model sees {context}: shorten it")
    places = np.flatnonzero(np.array(tokens) == len(tokenizer))
    scores = model(np.array([tokens]), places=places)[:, len(SPECIAL_SYMBOLS) : len(tokenizer)]
    return ops.softmax(scores).numpy()


def _encode(text: str, tokenizer: Tokenizer) -> list[int]:
    """A text as numbers, with one behind the tokenizer's last for each mask."""
    first, *rest = text.split(MASK)
    if not rest:
        raise DataError(f"there is no {MASK} in {text[:40]!r}; write it where a symbol is to be guessed")
    tokens = [BOS, *tokenizer.encode(first)]
    for piece in rest:
        tokens += [len(tokenizer), *tokenizer.encode(piece)]
    return [*tokens, EOS]


def _best(chances: np.ndarray, tokenizer: Tokenizer, count: int) -> list[tuple[str, float]]:
    best = np.argsort(-chances, kind="stable")[:count]
    return [(tokenizer.symbols[len(SPECIAL_SYMBOLS) + i], float(chances[i])) for i in best]
