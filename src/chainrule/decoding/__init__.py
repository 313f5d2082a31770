"""Greedy and beam search, sampling and ensembles, over anything that has a step.

A search needs only a `Step`: from the last symbols to the log-probabilities of the next ones. What is known of a
source sentence, its `memory`, has one row a sentence (N, ...); what belongs to a hypothesis, its `state`, has rows
(N, W, ...) for the W hypotheses of each sentence, and is all that a search has to rearrange. Filters say what may be
written.
"""

from chainrule.decoding.beam import beam_search
from chainrule.decoding.ensemble import Ensemble
from chainrule.decoding.filters import (
    AllowedSymbols,
    Filter,
    ForbiddenSymbols,
    ForcedPrefix,
    MinimalLength,
    NoRepeatedNgrams,
    RepetitionPenalty,
    Written,
)
from chainrule.decoding.greedy import greedy_search
from chainrule.decoding.hypothesis import Hypothesis, Step
from chainrule.decoding.sampling import sample
from chainrule.decoding.sharpening import Temperature, TopK, TopP
from chainrule.decoding.trie import Trie

__all__ = [
    "AllowedSymbols",
    "Ensemble",
    "Filter",
    "ForbiddenSymbols",
    "ForcedPrefix",
    "Hypothesis",
    "MinimalLength",
    "NoRepeatedNgrams",
    "RepetitionPenalty",
    "Step",
    "Temperature",
    "TopK",
    "TopP",
    "Trie",
    "Written",
    "beam_search",
    "greedy_search",
    "sample",
]
