"""Attention of a decoder over what its encoder found: three ways to score, one way to average.

`prepare` does once for a sentence what does not depend on the query. Looking up is a call of the module, so that hooks
see the weights.
"""

from typing import Any

from chainrule import nn, ops
from chainrule.autodiff import Tensor
from chainrule.random import Generator


class Attention(nn.Module):
    """How a query is compared with the places of a memory."""

    def prepare(self, memory: Tensor) -> Tensor:
        """Keys of a memory (N, S, M): (N, S, Q)."""
        raise NotImplementedError(f"{type(self).__name__} has to say what its keys are")

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """Queries (N, T, Q) against keys (N, S, Q): (N, T, S), by default their products."""
        return ops.matmul(query, ops.swapaxes(keys, -1, -2))

    def forward(self, query: Tensor, keys: Tensor, memory: Tensor, mask: Any) -> tuple[Tensor, Tensor]:
        """Average a memory by how well its places fit each query.

        Parameters
        ----------
        query : Tensor, shape (N, T, Q)
            What is looked for.
        keys : Tensor, shape (N, S, Q)
            What `prepare` made of the memory.
        memory : Tensor, shape (N, S, M)
            What is averaged.
        mask : Array of bool, shape (N, S)
            False at padding, which gets weight zero.

        Returns
        -------
        context : Tensor, shape (N, T, M)
            The averages.
        weights : Tensor, shape (N, T, S)
            Their weights, which sum to one.
        """
        weights = ops.softmax(ops.where(ops.expand_dims(mask, 1), self.score(query, keys), -1e9))
        return ops.matmul(weights, memory), weights


class DotAttention(Attention):
    """Score = query . key (T. Luong, H. Pham and C. Manning, 2015, arXiv 1508.04025).

    Parameters
    ----------
    query_size : int
        The width Q of queries.
    memory_size : int
        The width M of the memory; a linear map brings it to Q where they differ.
    generator : Generator, optional
        Draws the initial weights.
    """

    def __init__(self, query_size: int, memory_size: int, *, generator: Generator | None = None):
        super().__init__()
        self.projection: nn.Module | None = None
        if query_size != memory_size:
            self.projection = nn.Linear(memory_size, query_size, bias=False, generator=generator)

    def prepare(self, memory: Tensor) -> Tensor:
        """Keys of a memory (N, S, M): (N, S, Q)."""
        return memory if self.projection is None else self.projection(memory)


class GeneralAttention(Attention):
    """Score = query . W memory (T. Luong, H. Pham and C. Manning, 2015, arXiv 1508.04025).

    Parameters
    ----------
    query_size : int
        The width Q of queries.
    memory_size : int
        The width M of the memory.
    generator : Generator, optional
        Draws the initial weights.
    """

    def __init__(self, query_size: int, memory_size: int, *, generator: Generator | None = None):
        super().__init__()
        self.projection = nn.Linear(memory_size, query_size, bias=False, generator=generator)

    def prepare(self, memory: Tensor) -> Tensor:
        """Keys of a memory (N, S, M): (N, S, Q)."""
        return self.projection(memory)


class AdditiveAttention(Attention):
    """Score = v . tanh(U query + W memory) (D. Bahdanau, K. Cho and Y. Bengio, 2014, arXiv 1409.0473).

    Parameters
    ----------
    query_size : int
        The width Q of queries, and of the hidden layer.
    memory_size : int
        The width M of the memory.
    generator : Generator, optional
        Draws the initial weights.
    """

    def __init__(self, query_size: int, memory_size: int, *, generator: Generator | None = None):
        super().__init__()
        self.query = nn.Linear(query_size, query_size, bias=False, generator=generator)
        self.projection = nn.Linear(memory_size, query_size, generator=generator)
        self.energy = nn.Linear(query_size, 1, bias=False, generator=generator)

    def prepare(self, memory: Tensor) -> Tensor:
        """Keys of a memory (N, S, M): (N, S, Q)."""
        return self.projection(memory)

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """Queries (N, T, Q) against keys (N, S, Q): (N, T, S)."""
        mixed = ops.tanh(ops.expand_dims(self.query(query), 2) + ops.expand_dims(keys, 1))  # (N, T, S, Q)
        return ops.squeeze(self.energy(mixed), -1)


ATTENTIONS: dict[str, type] = {"dot": DotAttention, "general": GeneralAttention, "additive": AdditiveAttention}
