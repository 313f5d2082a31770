"""What can be set for every kind of fine-tuning."""

from __future__ import annotations

from dataclasses import dataclass

from chainrule.tasks.pretraining.text import CUTS
from chainrule.training.config import TrainingSettings
from chainrule.training.settings import other_default, setting

__all__ = ["METHODS", "FineTuningSettings", "GenerateSettings", "HeadSettings"]

METHODS = ("full", "frozen", "gradual", "lora")

_GROUP = "Fine-tuning"


@dataclass(frozen=True)
class FineTuningSettings(TrainingSettings):
    """How a pre-trained model goes on learning.

    Every field has a default; see ``chainrule finetune --help``.
    """

    learning_rate: float = other_default(TrainingSettings, "learning_rate", 5e-4)
    warmup_steps: int = other_default(TrainingSettings, "warmup_steps", 20)
    decay_fraction: float = other_default(TrainingSettings, "decay_fraction", 1.0)
    weight_decay: float = other_default(TrainingSettings, "weight_decay", 0.01)
    evaluate_every: int = other_default(TrainingSettings, "evaluate_every", 100)

    method: str = setting(
        "full",
        "What learns: everything; only the new head (frozen); one layer after the other, the last first (gradual); or "
        "small changes of the matrices (lora).",
        group=_GROUP,
        choices=METHODS,
    )
    from_scratch: bool = setting(
        False, "Begin with random weights in place of the pre-trained ones, for comparison.", group=_GROUP
    )
    layer_decay: float = setting(
        1.0,
        "What the learning rate is multiplied by from each layer to the one below it.",
        group=_GROUP,
        above=0,
        maximum=1,
    )
    unfreeze_every: int = setting(
        100, "With gradual, steps after which the next layer begins to learn.", group=_GROUP, minimum=1
    )
    base: str = setting("", "The run of `chainrule pretrain`, or the published weights, to begin with.", group=_GROUP)
    lora_rank: int = setting(8, "With lora, the rank of the changes.", group=_GROUP, minimum=1)
    lora_alpha: float = setting(16.0, "With lora, how large they are.", group=_GROUP, above=0)
    lora_targets: str = setting(
        r"layers\.", "With lora, a regular expression for the names of the matrices that change.", group=_GROUP
    )


@dataclass(frozen=True)
class HeadSettings(FineTuningSettings):
    """What can be set where a pre-trained model of texts gets a new head."""

    dropout: float = setting(0.1, "Share of what the head is given dropped.", group="Model", minimum=0, below=1)
    examples: int | None = setting(None, "Learn from so few texts.", group="Data", minimum=2)
    encoding: str = setting("utf-8", "Encoding of a file.", group="Data")
    batch_size: int = setting(32, "Most texts in a batch.", group="Data", minimum=1)


@dataclass(frozen=True)
class GenerateSettings(FineTuningSettings):
    """Everything that can be set for ``chainrule finetune BASE DATA --task generate``."""

    method: str = setting(
        "full",
        "What learns: everything; one layer after the other, the last first (gradual); or small changes of the "
        "matrices (lora).",
        group=_GROUP,
        choices=tuple(method for method in METHODS if method != "frozen"),
    )
    context: int | None = setting(
        None, "Most symbols that it sees at once; those that the base sees by default.", group="Data", minimum=2
    )
    cut: str = setting(
        "auto",
        "Learn from texts as they are, or from one stream of them all; auto: as they are if all fit into the context.",
        group="Data",
        choices=CUTS,
    )
    batch_size: int = setting(32, "Most texts or pieces in a batch.", group="Data", minimum=1)
