"""The embedding layer."""

from typing import Any

import numpy as np

from chainrule import ops
from chainrule.nn import init
from chainrule.nn.checks import check_sizes
from chainrule.nn.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.random import Generator


class Embedding(Module):
    """A table with one row for each symbol.

    Parameters
    ----------
    num_embeddings : int
        The number V of rows.
    embedding_dim : int
        Their length D.
    padding_idx : int, optional
        A row that begins as zero and gets no gradient; negative numbers count from the end.
    generator : Generator, optional
        Draws the initial weights, standard normal; the ambient one by default.

    Raises
    ------
    ValueError
        If a size is not a positive whole number, or `padding_idx` is no row.
    """

    num_embeddings: int
    embedding_dim: int
    padding_idx: int | None
    weight: Parameter  # (V, D)

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        *,
        generator: Generator | None = None,
    ):
        check_sizes("Embedding", num_embeddings=num_embeddings, embedding_dim=embedding_dim)
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(f"Embedding with {num_embeddings} rows has no row padding_idx={padding_idx}")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = None if padding_idx is None else padding_idx % num_embeddings
        self.weight = Parameter(np.empty((num_embeddings, embedding_dim), np.float32))
        self.reset_parameters(generator=generator)

    def reset_parameters(self, *, generator: Generator | None = None) -> None:
        """Draw the initial weights again.

        Parameters
        ----------
        generator : Generator, optional
            The source; the ambient one by default.
        """
        init.normal_(self.weight, generator=generator)
        if self.padding_idx is not None:
            rows = np.array(self.weight.numpy())
            rows[self.padding_idx] = 0.0
            self.weight.write_(rows)

    def forward(self, input: Any) -> Any:
        """Read rows.

        Parameters
        ----------
        input : Tensor or Array of int
            Any shape, each from 0 to V - 1.

        Returns
        -------
        Tensor, shape (*input.shape, D)
            The rows.

        Raises
        ------
        IndexError
            If there is no such row.
        """
        return ops.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self) -> str:
        """Describe the settings."""
        padding = "" if self.padding_idx is None else f", padding_idx={self.padding_idx}"
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"
