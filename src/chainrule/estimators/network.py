"""What estimators around a network have in common."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from chainrule import ops
from chainrule.autodiff import no_grad
from chainrule.errors import ConfigError
from chainrule.interop.safetensors_files import decode_arrays, encode_arrays
from chainrule.nn import Module, functional
from chainrule.random import Generator
from chainrule.training.fine_tuning import Examples, fine_tune

__all__ = ["NetworkClassifier", "NetworkEstimator"]

_PREDICTED_AT_ONCE = 256


class NetworkEstimator(BaseEstimator):
    """An estimator around a network.

    Copies and files of it hold its parameters, plain attributes, and the weights as safetensors: never a module.
    Subclasses make the network out of fitted attributes.
    """

    _model: Any
    loss_curve_: list[float]

    def _make_model(self, generator: Generator) -> Module:
        raise NotImplementedError(f"{type(self).__name__} must define _make_model(generator)")

    def _arguments(self, X: Any) -> tuple[np.ndarray, ...]:
        """The arguments of the network for all of X, each with a row an input."""
        raise NotImplementedError(f"{type(self).__name__} must define _arguments(X)")

    def _examples(self, X: Any, y: np.ndarray) -> Any:
        return (self._arguments(X), y)

    def _loss(self, outputs: Any, targets: Any) -> Any:
        return functional.cross_entropy(outputs, targets)

    def _seed(self) -> int:
        """The seed of a fit: the random state itself where it is a number, as scikit-learn has it."""
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _begin(self) -> None:
        """Make a new network."""
        self._next_seed, self.loss_curve_ = self._seed(), []
        self._model = self._make_model(Generator(self._next_seed))

    def _learn(self, examples: Examples | tuple[Any, Any], epochs: int, *, decay: bool = True) -> None:
        self.loss_curve_ = self.loss_curve_ + fine_tune(
            self._model,
            examples,
            self.learning_rate,
            epochs=epochs,
            batch_size=self.batch_size,
            loss=self._loss,
            weight_decay=self.weight_decay,
            decay=decay,
            seed=self._next_seed,
        )
        self._next_seed += 1  # a further pass is shuffled in another way

    @no_grad()
    def _outputs(self, X: Any) -> np.ndarray:
        """What the network returns for all of X, (n, ...)."""
        check_is_fitted(self, "_model")
        arguments = self._arguments(X)
        parts = [
            self._model(*(array[i : i + _PREDICTED_AT_ONCE] for array in arguments)).numpy()
            for i in range(0, len(arguments[0]), _PREDICTED_AT_ONCE)
        ]
        return np.concatenate(parts)

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        model = state.pop("_model", None)
        if model is not None:
            state["_weights"] = encode_arrays(model.state_dict())
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        weights = state.pop("_weights", None)
        super().__setstate__(state)
        if weights is not None:
            self._model = self._make_model(Generator(0))
            self._model.load_state_dict(decode_arrays(weights, type(self).__name__))
            self._model.eval()


class NetworkClassifier(ClassifierMixin, NetworkEstimator):
    """A classifier around a network, from whatever `_arguments` makes of the inputs."""

    def _begin_classes(self, y: Any, classes: Any = None) -> None:
        check_classification_targets(y)
        self.classes_ = np.unique(y if classes is None else classes)
        if len(self.classes_) < 2:
            raise ConfigError(
                f"{type(self).__name__} expected at least two classes, but got one class: {self.classes_[0]!r}"
            )

    def _numbers(self, y: Any) -> np.ndarray:
        y = np.asarray(y)
        known = np.isin(y, self.classes_)
        if not known.all():
            raise ConfigError(
                f"{type(self).__name__} knows the classes {', '.join(map(str, self.classes_))}, but got "
                f"{y[~known][0]!r}; name all classes in the first call of partial_fit"
            )
        return np.searchsorted(self.classes_, y)

    def _log_probabilities(self, X: Any) -> np.ndarray:
        return np.asarray(ops.log_softmax(self._outputs(X)), np.float64)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Tell how likely each class is.

        Parameters
        ----------
        X : array-like
            As for `fit`.

        Returns
        -------
        ndarray of float64, shape (n, classes)
            Probabilities in the order of ``classes_``.
        """
        found = np.exp(self._log_probabilities(X))
        return found / found.sum(axis=1, keepdims=True)

    def predict(self, X: Any) -> np.ndarray:
        """Name the likeliest class.

        Parameters
        ----------
        X : array-like
            As for `fit`.

        Returns
        -------
        ndarray, shape (n,)
            One of ``classes_`` for each input.
        """
        best = self._log_probabilities(X).argmax(axis=1)
        return self.classes_[best]
