"""A trained language model, loaded from a run folder: of `chainrule pretrain causal` or `finetune --task generate`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chainrule.errors import CheckpointError
from chainrule.models import LanguageModel
from chainrule.tasks.finetuning.bodies import body_from
from chainrule.tasks.pretraining.causal import mean_loss
from chainrule.tasks.pretraining.marks import Marks
from chainrule.tasks.pretraining.text import marked_texts
from chainrule.training.run import RunFolder

__all__ = ["Writer"]

_ROWS = 32


@dataclass(frozen=True)
class Writer:
    """A language model and how texts are given to it.

    Attributes
    ----------
    model : LanguageModel
        The model, in evaluation mode.
    marks : Marks
        Its symbols.
    context : int
        The most symbols that it saw at once as it learned.
    as_stream : bool
        Whether it learned from one stream of all texts.
    """

    model: LanguageModel
    marks: Marks
    context: int
    as_stream: bool

    @classmethod
    def open(cls, run: RunFolder) -> Writer:
        """Load the best model of a run.

        Parameters
        ----------
        run : RunFolder
            The run's folder; nothing else is needed.

        Returns
        -------
        Writer
            Ready to write.

        Raises
        ------
        CheckpointError
            When it is the run of no language model, or a file is missing, damaged, or does not fit the others.
        """
        body, weights = body_from(str(run.path))
        if body.marks is None:
            raise CheckpointError(f"{run.path} is a run of the task {run.config.task!r}, which writes no texts")
        try:
            body.model.load_state_dict(weights)
        except (KeyError, ValueError) as error:
            raise CheckpointError(f"the weights in {run.path} do not fit its config.json: {error}") from None
        context = run.config.settings["context"] or body.context
        return cls(body.model.eval(), body.marks, context, run.config.data["as_stream"])

    def mean_loss(self, texts: Iterable[str]) -> tuple[float, int]:
        """Score the model on texts, cut as those that it learned from.

        Parameters
        ----------
        texts : iterable of str
            The texts.

        Returns
        -------
        loss : float
            The mean cross-entropy of a symbol, in nats.
        count : int
            The number of symbols guessed.
        """
        encoded = marked_texts(texts, self.marks, self.context, _ROWS, as_stream=self.as_stream, overlap=1)
        return mean_loss(self.model, encoded.once())
