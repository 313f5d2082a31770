"""Scores of predictions against references."""

from chainrule.metrics.accuracy import sequence_accuracy, token_accuracy
from chainrule.metrics.bootstrap import bootstrap_interval
from chainrule.metrics.classification import ClassificationScores, classification_scores, wilson_interval
from chainrule.metrics.distance import closest_reference, edit_distance
from chainrule.metrics.error_rates import ErrorRates, error_rates

__all__ = [
    "ClassificationScores",
    "ErrorRates",
    "bootstrap_interval",
    "classification_scores",
    "closest_reference",
    "edit_distance",
    "error_rates",
    "sequence_accuracy",
    "token_accuracy",
    "wilson_interval",
]
