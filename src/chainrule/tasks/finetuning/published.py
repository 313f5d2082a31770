"""Bodies of published weights: BERT and what is shaped like it, sentence encoders, GPT-2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.errors import CheckpointError, WeightsError
from chainrule.interop import PublishedTokenizer, load_model
from chainrule.interop.blank import Blank
from chainrule.interop.families import family_of_model
from chainrule.interop.model import model_of
from chainrule.interop.sentences import longest_sentence
from chainrule.models.language_model import LanguageModel
from chainrule.models.transformer_encoder import MaskedLanguageModel, TransformerEncoderModel
from chainrule.random import Generator
from chainrule.tasks.finetuning.body import Body
from chainrule.tasks.pretraining.marks import Marks

__all__ = ["body_from", "rebuilt_body"]


def body_from(name: str) -> tuple[Body, dict[str, np.ndarray]]:
    """Make a body of published weights and the tokenizer that lies beside them.

    Parameters
    ----------
    name : str
        As for `chainrule.interop.load`.

    Returns
    -------
    body : Body
        With weights drawn anew.
    weights : dict of str to ndarray
        The published ones, by their names in the body.

    Raises
    ------
    WeightsError
        When they cannot be had, or are not those of a model of texts.
    """
    model, report, weights = load_model(name)
    part = "encoder" if isinstance(model, MaskedLanguageModel) else ""
    described = getattr(model, part) if part else model
    if not isinstance(described, (TransformerEncoderModel, LanguageModel)) or weights.folder is None:
        raise WeightsError(f"{weights.source} is a {type(model).__name__}, which describes no texts")
    tokenizer = PublishedTokenizer.of_folder(weights.folder)
    description = {
        "source": f"{name} at revision {weights.revision}" if weights.revision else name,
        "published": family_of_model(described).describe(described),
        "tokenizer": tokenizer.to_dict(),
        "longest": longest_sentence(weights.folder, described.config.max_length),
    }
    body = rebuilt_body(description, name, Blank())
    own = body.model.state_dict()  # no pooler, which fine-tuning has no use for
    narrowed = report.within(part, own, "fine-tuning describes texts without it")
    body.description["became"] = narrowed.to_json()
    return body, {path: tensor.numpy() for path, tensor in described.state_dict().items() if path in own}


def rebuilt_body(description: Mapping[str, Any], source: str, generator: Generator) -> Body:
    """Make a body with weights drawn anew.

    Parameters
    ----------
    description : mapping
        That of a body of published weights.
    source : str
        Where it came from, for messages.
    generator : Generator
        Draws the weights.

    Returns
    -------
    Body
        The body.

    Raises
    ------
    CheckpointError
        When the description is damaged.
    """
    try:
        with generator:
            model: Any = model_of(description["published"], source)
        tokenizer = PublishedTokenizer.from_dict(description["tokenizer"], description["longest"])
        uncut = PublishedTokenizer.from_dict(description["tokenizer"])
    except (KeyError, WeightsError) as error:
        raise CheckpointError(f"{source} does not describe its model and tokenizer: {error}") from None
    return Body(
        model,
        tokenizer.encode,
        uncut.encode_words,
        model.config.width,
        description["longest"],
        model.config.layers,
        isinstance(model, TransformerEncoderModel),
        dict(description),
        source,
        _marks(model, uncut),
    )


def _marks(model: Any, tokenizer: PublishedTokenizer) -> Marks | None:
    """GPT-2 has one symbol that stands between texts."""
    between = tokenizer.number("<|endoftext|>")
    return None if between is None or not isinstance(model, LanguageModel) else Marks(tokenizer, between, between)
