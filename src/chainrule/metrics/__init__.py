"""Scores of predictions against references."""

from chainrule.metrics.accuracy import sequence_accuracy, token_accuracy
from chainrule.metrics.bootstrap import bootstrap_interval
from chainrule.metrics.classification import (
    ClassificationScores,
    accuracy_measurement,
    classification_scores,
    wilson_interval,
)
from chainrule.metrics.distance import closest_reference, edit_distance
from chainrule.metrics.diversity import Diversity, distinct, diversity
from chainrule.metrics.error_rates import ErrorRates, error_measurements, error_rates
from chainrule.metrics.likelihood import perplexity
from chainrule.metrics.measurement import Comparison, Measurement, compare_measurements
from chainrule.metrics.regression import regression_measurements
from chainrule.metrics.repetition import student_interval
from chainrule.metrics.translation import translation_measurements

__all__ = [
    "ClassificationScores",
    "Comparison",
    "Diversity",
    "ErrorRates",
    "Measurement",
    "accuracy_measurement",
    "bootstrap_interval",
    "classification_scores",
    "closest_reference",
    "compare_measurements",
    "distinct",
    "diversity",
    "edit_distance",
    "error_measurements",
    "error_rates",
    "perplexity",
    "regression_measurements",
    "sequence_accuracy",
    "student_interval",
    "token_accuracy",
    "translation_measurements",
    "wilson_interval",
]
