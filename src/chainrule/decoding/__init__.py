"""Greedy and beam search over anything that has a step.

A search needs only a `Step`: from the last symbols to the log-probabilities of the next ones. What is known of a
source sentence, its `memory`, has one row a sentence (N, ...); what belongs to a hypothesis, its `state`, has rows
(N, W, ...) for the W hypotheses of each sentence, and is all that a search has to rearrange.
"""

from chainrule.decoding.beam import beam_search
from chainrule.decoding.greedy import greedy_search
from chainrule.decoding.hypothesis import Hypothesis, Step

__all__ = ["Hypothesis", "Step", "beam_search", "greedy_search"]
