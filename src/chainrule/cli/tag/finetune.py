"""``chainrule finetune BASE DATA --task tag``."""

from chainrule.cli.training import training_command
from chainrule.tasks.finetuning.tag import TASK

__all__ = ["finetune"]

finetune = training_command(
    TASK,
    """Fine-tune a pre-trained model on sentences whose words have a tag each: parts of speech, names.

    BASE is a run of `chainrule pretrain`, or published weights with their tokenizer: a name (see `chainrule weights
    list`), a folder, or a repository of the Hugging Face hub. DATA is a data set's name (see `chainrule data list`), a
    file as CoNLL writes it, a token and its tag a line with a tab or a space between them and an empty line behind each
    sentence; or a folder with train.conll, dev.conll and test.conll. A single file is split by a hash of the sentence.

    A word is described by one of its pieces. A sentence that is longer than the model's context is halved. Before
    training it says what was loaded, what begins anew, what is frozen and what was left aside. The folder of the run
    holds all that is needed afterwards; BASE is not.

    \b
    Examples:
      chainrule finetune all-minilm-l6-v2 brown --task tag --out runs/speech --minutes 2 --learning-rate 3e-4
      chainrule finetune runs/base names.conll --task tag --out runs/names --tag-column 4
      chainrule finetune runs/base names.conll --task tag --out runs/few --examples 100 --method lora
    """,
    begins_with="base",
)
