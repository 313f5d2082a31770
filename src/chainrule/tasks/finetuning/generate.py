"""Fine-tuning of a language model: it goes on learning to guess the next symbol, on other texts."""

from __future__ import annotations

from pathlib import Path

from chainrule.data.registry import lasting_name
from chainrule.data.texts import TextDataset
from chainrule.errors import ConfigError
from chainrule.interop.blank import Blank
from chainrule.nn import Module
from chainrule.random import Generator
from chainrule.tasks.finetuning.beginning import begin_run, introduction, kept_body, take_over
from chainrule.tasks.finetuning.bodies import body_from
from chainrule.tasks.finetuning.body import Body
from chainrule.tasks.finetuning.policy import optimizer_with_paces, with_lora
from chainrule.tasks.finetuning.settings import GenerateSettings
from chainrule.tasks.pretraining import text
from chainrule.tasks.pretraining.causal import objective_on
from chainrule.tasks.pretraining.text import EncodedTexts
from chainrule.tasks.runs import first_stage, settings_of
from chainrule.tasks.task import Task
from chainrule.training.loop import Trainer
from chainrule.training.progress import Progress
from chainrule.training.run import RunConfig, RunFolder
from chainrule.training.stages import Plan

__all__ = ["TASK"]

_NAME = "generate"


def _read_settings(run: RunFolder) -> GenerateSettings:
    return settings_of(run, GenerateSettings, _NAME)


def _create_run(
    path: Path, name_or_path: str, data: TextDataset, settings: GenerateSettings, plan: Plan | None
) -> RunFolder:
    body, weights = body_from(settings.base)
    if body.marks is None:
        raise ConfigError(
            f"{settings.base} writes no texts: go on from a run of `chainrule pretrain causal`, or from weights of "
            "GPT-2 with its tokenizer"
        )
    context = settings.context or body.context
    if context > body.context:
        raise ConfigError(
            f"context must be at most the {body.context} symbols that {settings.base} sees, got {context}"
        )
    train = data.split("train")
    data.split("dev")
    described = {
        "name": lasting_name(name_or_path),
        "fingerprint": data.fingerprint(),
        "as_stream": text.is_stream(train, body.marks, settings.cut, context),
    }
    config = RunConfig(_NAME, described, settings.to_mapping(), plan or Plan((first_stage(settings),)))
    return begin_run(path, config, body, None if settings.from_scratch else weights)


def _make_model(run: RunFolder, generator: Generator) -> tuple[Module, Body]:
    body = kept_body(run, generator)
    return with_lora(body.model, _read_settings(run), generator), body


def _make_trainer(run: RunFolder, data: TextDataset, progress: Progress) -> Trainer:
    settings = _read_settings(run)
    generator = Generator(settings.seed)
    model, body = _make_model(run, generator)
    if not settings.from_scratch:
        take_over(run, body)
    optimizer, paces = optimizer_with_paces(model, settings, body.layers)
    train, dev = (_encoded(run, data.split(part), body, settings) for part in ("train", "dev"))
    return Trainer(
        model,
        optimizer,
        train.training(settings.seed),
        objective_on(dev),
        settings,
        run,
        generator=generator,
        progress=progress,
        paces=paces,
    )


def _encoded(run: RunFolder, texts: tuple[str, ...], body: Body, settings: GenerateSettings) -> EncodedTexts:
    assert body.marks is not None
    context = settings.context or body.context
    as_stream = run.config.data["as_stream"]
    return text.marked_texts(texts, body.marks, context, settings.batch_size, as_stream=as_stream, overlap=1)


def _introduce(run: RunFolder) -> str:
    model, body = _make_model(run, Blank())
    return introduction(model, body, from_scratch=_read_settings(run).from_scratch)


TASK = Task(
    _NAME,
    GenerateSettings,
    text.read_data,
    _create_run,
    text.load_run_data,
    _make_trainer,
    trial="generate {run} --prompt TEXT",
    introduce=_introduce,
)
