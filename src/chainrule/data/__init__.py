"""Readers, tokenisers, splits, batching and data sets."""
