"""Estimators with scikit-learn's interface: pipelines, grid search and cross-validation take them as their own."""

try:
    import sklearn as _sklearn  # noqa: F401
except ImportError:
    raise ImportError(
        'chainrule.estimators needs scikit-learn, which is missing; run: pip install "chainrule[sklearn]"'
    ) from None

from chainrule.estimators.images import ImageClassifier
from chainrule.estimators.sequences import Seq2SeqTransducer
from chainrule.estimators.tables import MLPClassifier
from chainrule.estimators.texts import TextClassifier, TextRegressor

__all__ = ["ImageClassifier", "MLPClassifier", "Seq2SeqTransducer", "TextClassifier", "TextRegressor"]
