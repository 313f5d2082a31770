"""Commands for trained runs, such as ``chainrule predict``: each task has commands of its own for them."""

from chainrule.cli.probe import ProbingCommand
from chainrule.cli.task_commands import RunCommand

__all__ = ["chat", "compare", "evaluate", "generate", "predict", "translate"]

predict = RunCommand(
    "predict",
    """Answer inputs with a trained model.

    Only the run's folder is needed, not the data it was trained on. `chainrule predict RUN --help` says more for
    that run.

    \b
    Examples:
      chainrule predict runs/say chainrule backpropagation
      echo chainrule | chainrule predict runs/say --n-best 3
    """,
)

evaluate = ProbingCommand(
    "evaluate",
    """Score a trained model on a part of its data, or with --probe what it makes of other data.

    `chainrule evaluate RUN --help` says more for that run, and `chainrule evaluate --probe DATA --help` for probes.

    \b
    Examples:
      chainrule evaluate runs/say
      chainrule evaluate runs/say --split dev --json
      chainrule evaluate runs/base --probe reviews.tsv
    """,
)

compare = RunCommand(
    "compare",
    """Compare two trained models on a part of the data that both learned from.

    `chainrule compare RUN --help` says more for that run.

    \b
    Examples:
      chainrule compare runs/narrow runs/wide
      chainrule compare runs/narrow runs/wide --split dev --json
    """,
)

generate = RunCommand(
    "generate",
    """Write with a trained language model.

    \b
    Examples:
      chainrule generate runs/gpt --prompt "ROMEO:" --temperature 0.8
      chainrule generate runs/names --samples 20
    """,
)

translate = RunCommand(
    "translate",
    """Translate text line by line: one line out for each line in, in order, as it comes in.

    \b
    Examples:
      chainrule translate runs/de-en < input.txt > output.txt
      chainrule translate runs/de-en input.txt --beam-width 8
    """,
)

chat = RunCommand(
    "chat",
    """Talk with a model that was trained on dialogues.

    \b
    Examples:
      chainrule chat runs/talk
      chainrule chat runs/talk --temperature 0.7 --seed 3
    """,
)
