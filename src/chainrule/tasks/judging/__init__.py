"""Judging what was learned: probes of a representation, and learning curves with and without pre-training."""
