"""What fine-tuning begins with: a model that describes each place of a text, and how texts are given to it.

A run keeps all of it in its own folder, so that nothing of where it began is needed afterwards.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chainrule.data.tokenizers import BOS, EOS, UNK, Tokenizer, tokenizer_from_dict
from chainrule.errors import CheckpointError, ConfigError
from chainrule.interop.blank import Blank
from chainrule.interop.report import TransferredArray, TransferReport
from chainrule.nn import Module
from chainrule.nn.lora import LoRA
from chainrule.random import Generator
from chainrule.tasks.finetuning import published
from chainrule.tasks.finetuning.body import Body
from chainrule.tasks.finetuning.policy import with_lora
from chainrule.tasks.finetuning.settings import GenerateSettings
from chainrule.tasks.pretraining import causal, masked
from chainrule.tasks.pretraining.marks import Marks
from chainrule.tasks.pretraining.text import TOKENIZER, TextSettings, read_tokenizer
from chainrule.tasks.runs import is_run, load_best, settings_of
from chainrule.training.files import read_json
from chainrule.training.run import RunFolder

__all__ = ["BODY", "body_from", "rebuilt_body"]

#: The file in which a run keeps the description of the body that it begins with.
BODY = "body.json"


@dataclass(frozen=True)
class _Kind:
    """How runs of one task are made into bodies."""

    settings: type[TextSettings]
    make_model: Callable[[Any, Any, Generator], Module]
    part: str  # the path of the body in the model
    reads_backwards: bool  # or else it writes


_KINDS: Mapping[str, _Kind] = {
    "causal": _Kind(causal.CausalSettings, causal.make_model, "", False),
    "masked": _Kind(masked.MaskedSettings, masked.make_model, "encoder", True),
}


def body_from(name: str) -> tuple[Body, dict[str, Any]]:
    """Take the body out of a run of `pretrain`, or make one of published weights.

    Parameters
    ----------
    name : str
        The run's folder; or what `chainrule.interop.load` takes, such as ``"all-minilm-l6-v2"``.

    Returns
    -------
    body : Body
        With weights drawn anew.
    weights : dict of str to ndarray
        Those that it had, by their names in the body.

    Raises
    ------
    ConfigError
        When the run is of a task that leaves no body for texts.
    CheckpointError
        When it cannot be opened, or a file is damaged.
    WeightsError
        When it is no run, and no published weights are to be had under that name.
    """
    if not is_run(Path(name)):
        return published.body_from(name)
    run = RunFolder.open(Path(name))
    if run.config.task == "generate":
        return _finished(run)
    kind = _KINDS.get(run.config.task)
    if kind is None:
        raise ConfigError(
            f"{name} is a run of the task {run.config.task!r}: texts are fine-tuned from runs of {', '.join(_KINDS)}, "
            "generate"
        )
    prefix = f"{kind.part}." if kind.part else ""
    found = run.load_model()
    description = {
        "source": str(run.path),
        "task": run.config.task,
        "settings": run.config.settings,
        "tokenizer": read_tokenizer(run).to_dict(),
    }
    body = rebuilt_body(description, str(run.path), Blank())
    own = body.model.state_dict()
    loaded = tuple(TransferredArray("loaded", path, array.shape) for path, array in found.items())
    report = TransferReport(str(run.path), "", loaded).within(kind.part, own, "it answered what was asked before")
    body.description["became"] = report.to_json()
    return body, {path: found[prefix + path] for path in own}


def _finished(run: RunFolder) -> tuple[Body, dict[str, Any]]:
    """What a language model has become by fine-tuning, with LoRA's changes in its own matrices."""
    body = rebuilt_body(read_json(run.path / BODY), str(run.path), Blank())
    model = load_best(run, with_lora(body.model, settings_of(run, GenerateSettings, "generate"), Blank()))
    if isinstance(model, LoRA):
        model.merge()
    weights = {path: tensor.numpy() for path, tensor in body.model.state_dict().items()}
    report = TransferReport.by_names(str(run.path), body.model, weights)
    body.description.update(source=str(run.path), became=report.to_json())
    return body, weights


def rebuilt_body(description: Mapping[str, Any], source: str, generator: Generator) -> Body:
    """Make a body with weights drawn anew.

    Parameters
    ----------
    description : mapping
        That of a body.
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
    if "published" in description:
        return published.rebuilt_body(description, source, generator)
    try:
        kind = _KINDS[description["task"]]
        settings = kind.settings.from_mapping(description["settings"], source)
    except (KeyError, ConfigError) as error:
        raise CheckpointError(
            f"{source} does not describe its model in a way that this version knows: {error}"
        ) from None
    tokenizer = tokenizer_from_dict(description["tokenizer"], f"{source}/{TOKENIZER}")
    model: Any = kind.make_model(settings, tokenizer, generator)
    return Body(
        getattr(model, kind.part) if kind.part else model,
        lambda text: [BOS, *tokenizer.encode(text), EOS],
        functools.partial(_encode_words, tokenizer),
        settings.width,
        settings.context,
        settings.layers,
        kind.reads_backwards,
        dict(description),
        source,
        None if kind.reads_backwards else Marks.of(tokenizer),
    )


def _encode_words(tokenizer: Tokenizer, words: Sequence[str]) -> tuple[list[int], list[tuple[int, int]]]:
    """All kinds of tokenizers cut a text at its spaces, so that words can be encoded one by one."""
    places: list[tuple[int, int]] = []
    symbols, space = [BOS], tokenizer.encode(" ")
    for word in words:
        symbols += space if places else []
        start = len(symbols)
        symbols += tokenizer.encode(word) or [UNK]
        places.append((start, len(symbols)))
    return [*symbols, EOS], places
