"""``chainrule predict``, ``evaluate``, ``compare`` and ``generate``: each task has commands of its own for its runs."""

from chainrule.cli.probe import ProbingCommand
from chainrule.cli.task_commands import RunCommand

__all__ = ["compare", "evaluate", "generate", "predict"]

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
