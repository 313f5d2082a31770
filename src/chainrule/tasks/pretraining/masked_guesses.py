"""What a masked language model guesses where a user's text says ``<mask>``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chainrule import ops
from chainrule.autodiff import no_grad
from chainrule.data.tokenizers import BOS, EOS, SPECIAL_SYMBOLS, Tokenizer
from chainrule.errors import DataError
from chainrule.tasks.pretraining.masked import load_model
from chainrule.training.run import RunFolder

__all__ = ["MASK", "guess_masks"]

#: How a user writes a hidden symbol.
MASK = "<mask>"


@no_grad()
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
    context, found = model.encoder.config.max_length, []
    for text in texts:
        tokens = _encode(text, tokenizer)
        if len(tokens) > context:
            raise DataError(f"{text[:40]!r} has {len(tokens)} symbols, but this model sees {context}: shorten it")
        places = np.flatnonzero(np.array(tokens) == len(tokenizer))
        scores = model(np.array([tokens]), places=places)[:, len(SPECIAL_SYMBOLS) : len(tokenizer)]
        found.append([_best(row, tokenizer, n_best) for row in ops.softmax(scores).numpy()])
    return found


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
