"""Several models that answer together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from chainrule.decoding import Ensemble, Step

__all__ = ["ModelEnsemble"]


@dataclass(frozen=True)
class _JointDecoder:
    step: Step


class ModelEnsemble:
    """Models with the same symbols, searched as if they were one.

    Parameters
    ----------
    models : sequence of Module
        The models.
    """

    def __init__(self, models: Sequence[Any]) -> None:
        self._models = list(models)
        self.decoder = _JointDecoder(Ensemble([model.decoder.step for model in self._models]))

    def eval(self) -> Self:
        """Put all into evaluation mode.

        Returns
        -------
        ModelEnsemble
            Itself.
        """
        for model in self._models:
            model.eval()
        return self

    def start_search(self, source: Any, source_lengths: Any) -> tuple[list[Any], list[Any]]:
        """Prepare a search, whose step is `decoder.step`.

        Parameters
        ----------
        source : Array of int, shape (N, S)
            Source symbols.
        source_lengths : Array of int, shape (N,)
            How many symbols each source has.

        Returns
        -------
        memory : list
            That of each model.
        state : list
            That of each model.
        """
        memory, state = zip(*(model.start_search(source, source_lengths) for model in self._models))
        return list(memory), list(state)
