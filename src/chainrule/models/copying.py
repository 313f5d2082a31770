"""Answers that copy from their sources: a pointer beside the vocabulary."""

from typing import Any, NamedTuple

import numpy as np

from chainrule import nn, ops
from chainrule.autodiff import Tensor
from chainrule.backend import namespace
from chainrule.data.tokenizers import UNK
from chainrule.random import Generator

NEVER = -1e9  # the score of what cannot be copied; finite, so that differences of scores stay numbers
_LEAST = 1e-30  # weights of attention that are smaller count as this, whose logarithm is finite


class Copies(NamedTuple):
    """What N sources of S symbols offer."""

    same: Tensor  # (N, S, S): 1 where the symbol in the row stands in the column first
    known: Any  # (N, 1, S): the number of a symbol in the vocabulary, where it stands first; else -1
    own: Any  # (N, 1, S): True where a symbol stands first that the vocabulary has not


class Copier(nn.Module):
    """A gate between naming a symbol and copying one (A. See, P. Liu and C. Manning, 2017, arXiv 1704.04368).

    With the gate's logit z, the vocabulary's scores l and the weights a of attention, the probability of a symbol v is
    ``sigmoid(-z) softmax(l)[v] + sigmoid(z) sum(a[s] for each place s where v stands)``. Times ``sum(exp(l)) /
    sigmoid(-z)``, which is the same for all v, that is ``exp(l[v]) + exp(logsumexp(l) + z + log sum(a[s]))``: so only
    what stands in the source is scored anew, in logarithms all the way.

    Behind the V symbols of the vocabulary come S more scores, one for each place of the source: that of a symbol which
    the vocabulary has not, at the place where it stands first.

    Parameters
    ----------
    width : int
        The width H of what symbols are named from.
    numbers : sequence of int
        For each symbol of the source its number in the target's vocabulary, -1 where that has it not; symbols beyond
        (see `chainrule.data.Codec`) have none.
    generator : Generator, optional
        Draws the initial weights.
    """

    def __init__(self, width: int, numbers: tuple[int, ...], *, generator: Generator | None = None):
        super().__init__()
        self.gate = nn.Linear(width, 1, generator=generator)
        self._numbers = np.array([*numbers, -1])

    def prepare(self, source: Any, mask: Any) -> Copies:
        """Find out what sources offer.

        Parameters
        ----------
        source : Array of int, shape (N, S)
            The sources, where each symbol that their vocabulary does not know has a number of its own beyond it.
        mask : Array of bool, shape (N, S)
            False at padding.

        Returns
        -------
        Copies
            The same for all places of the targets.
        """
        source, mask = ops.asarray(source).constant(), ops.asarray(mask).constant()
        xp = namespace(source)
        places = xp.arange(source.shape[1])
        equal = (source[:, :, None] == source[:, None]) & mask[:, None]  # (N, S, S)
        first = xp.argmax(equal, axis=-1)  # (N, S)
        same = (first[:, :, None] == places) & mask[:, :, None]
        numbers = xp.take(xp.asarray(self._numbers), xp.minimum(source, len(self._numbers) - 1))
        stands_first = (first == places) & mask
        known = xp.where(stands_first, numbers, -1)
        own = stands_first & (numbers < 0)
        return Copies(ops.astype(same, self.gate.weight.dtype), known[:, None], own[:, None])

    def forward(self, logits: Tensor, x: Tensor, weights: Tensor, copies: Copies, never: float = NEVER) -> Tensor:
        """Score what can be named and what can be copied.

        Parameters
        ----------
        logits : Tensor, shape (N, T, V)
            Scores of the vocabulary.
        x : Tensor, shape (N, T, H)
            What they were made from.
        weights : Tensor, shape (N, T, S)
            How much of the attention each place of the source has.
        copies : Copies
            What `prepare` found.
        never : float
            The score of what cannot be copied.

        Returns
        -------
        Tensor, shape (N, T, V + S)
            Unnormalised log-probabilities.
        """
        looked = ops.maximum(ops.matmul(weights, copies.same), _LEAST)  # at all places of a symbol: (N, T, S)
        copied = ops.logsumexp(logits, axis=-1, keepdims=True) + self.gate(x) + ops.log(looked)
        numbers = ops.broadcast_to(ops.maximum(copies.known, 0), copied.shape)
        more = ops.softplus(copied - ops.take_along_axis(logits, numbers, axis=-1))  # than its score so far
        raised = ops.put_along_axis(ops.where(copies.known >= 0, more, 0.0), numbers, -1, logits.shape)
        return ops.concatenate([logits + raised, ops.where(copies.own, copied, never)], axis=-1)


def readable(symbols: Any, vocabulary: int) -> Any:
    """Symbols as an embedding takes them: those beyond the vocabulary count as unknown.

    Parameters
    ----------
    symbols : Array of int
        The symbols.
    vocabulary : int
        How many it has.

    Returns
    -------
    Array of int
        The same shape.
    """
    return ops.where(ops.less(symbols, vocabulary), symbols, UNK)
