"""``chainrule finetune BASE DATA --task generate``."""

from chainrule.cli.training import training_command
from chainrule.tasks.finetuning.generate import TASK

__all__ = ["finetune"]

finetune = training_command(
    TASK,
    """Let a language model go on learning, on other texts.

    BASE is a run of `chainrule pretrain causal` or of this command, or a folder or repository with weights of GPT-2 and
    its tokenizer. DATA is a data set's name (see `chainrule data list`), a text file, or a folder with train.txt,
    dev.txt and test.txt, read as by `chainrule pretrain causal`. Symbols that BASE does not know stay unknown.

    The folder of the run holds all that is needed afterwards; BASE is not. The run is a language model as BASE was one:
    `chainrule generate` and `evaluate` work with it, and it can be the BASE of another one.

    \b
    Examples:
      chainrule finetune runs/gpt sonnets.txt --task generate --out runs/sonnets --minutes 2
      chainrule finetune path/to/gpt2 letters.txt --task generate --out runs/letters --method lora --context 128
      chainrule generate runs/sonnets --prompt "Shall I"
    """,
    begins_with="base",
)
