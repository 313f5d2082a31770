"""A classifier of images."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_array, check_consistent_length, check_is_fitted

from chainrule.autodiff import no_grad
from chainrule.errors import ConfigError
from chainrule.estimators.network import NetworkClassifier
from chainrule.nn import Linear, Module
from chainrule.random import Generator
from chainrule.tasks.image.beginning import network_weights
from chainrule.tasks.image.network import NETWORKS, Shape, make_network
from chainrule.training.run import RunFolder

__all__ = ["ImageClassifier"]

_AT_ONCE = 256


class ImageClassifier(TransformerMixin, NetworkClassifier):
    """A convolutional network for images.

    Parameters
    ----------
    network : {"convnet", "lenet", "resnet20", "resnet18", "mobilenet", "vit"}, default "convnet"
        The kind of network.
    width : float, default 0.25
        What its numbers of filters are multiplied by.
    image_shape : tuple of int, optional
        (H, W) or (H, W, C), where the rows of X are images laid out in a line, as in scikit-learn's digits.
    pretrained : str or path-like, optional
        A run of ``chainrule train image`` or ``chainrule pretrain`` with the same network, width and image size, whose
        weights to begin with as far as they fit.
    learning_rate : float, default 2e-3
        AdamW's highest rate.
    epochs : int, default 10
        Passes over the data in `fit`.
    batch_size : int, default 32
        Images in a step.
    weight_decay : float, default 1e-3
        AdamW's.
    random_state : int, RandomState or None
        Where all random numbers start; a number makes the result reproducible to the bit.

    Attributes
    ----------
    classes_ : ndarray
        The classes, sorted.
    n_features_in_ : int
        The number of values of an image.
    loss_curve_ : list of float
        The mean loss of each epoch.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> model = ImageClassifier(image_shape=(8, 8), epochs=2, random_state=0).fit(X[:200], y[:200])
    >>> model.predict(X[:3]).shape, model.transform(X[:3]).shape[0]
    ((3,), 3)
    """

    def __init__(
        self,
        network: str = "convnet",
        *,
        width: float = 0.25,
        image_shape: tuple[int, ...] | None = None,
        pretrained: Any = None,
        learning_rate: float = 2e-3,
        epochs: int = 10,
        batch_size: int = 32,
        weight_decay: float = 1e-3,
        random_state: Any = None,
    ) -> None:
        self.network = network
        self.width = width
        self.image_shape = image_shape
        self.pretrained = pretrained
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.weight_decay = weight_decay
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from images with a class each.

        Parameters
        ----------
        X : array-like, shape (n, H, W), (n, H, W, C) or (n, features)
            The images.
        y : array-like, shape (n,)
            Their classes.

        Returns
        -------
        ImageClassifier
            This estimator.
        """
        images = self._begin_images(X, y)
        self._learn(((images - self.mean_) / self.scale_, self._numbers(y)), self.epochs)
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """Go once through some images; the first call fixes the classes and how pixels are standardised.

        Parameters
        ----------
        X : array-like, shape (n, H, W), (n, H, W, C) or (n, features)
            The images.
        y : array-like, shape (n,)
            Their classes.
        classes : array-like, optional
            All classes; those of `y` by default. Looked at in the first call.

        Returns
        -------
        ImageClassifier
            This estimator.
        """
        if not hasattr(self, "_model"):
            self._begin_images(X, y, classes)
        self._learn(self._examples(X, self._numbers(y)), 1, decay=False)
        return self

    @no_grad()
    def transform(self, X: Any) -> np.ndarray:
        """Describe images by what the last layer classifies them by.

        Parameters
        ----------
        X : array-like
            As for `fit`.

        Returns
        -------
        ndarray of float32, shape (n, features)
            A row an image.
        """
        check_is_fitted(self, "_model")
        (images,) = self._arguments(X)
        seen: list[np.ndarray] = []
        last = [module for module in self._model.modules() if isinstance(module, Linear)][-1]
        remove = last.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].numpy()))
        try:
            for start in range(0, len(images), _AT_ONCE):
                self._model(images[start : start + _AT_ONCE])
        finally:
            remove()
        return np.concatenate(seen)

    def _begin_images(self, X: Any, y: Any, classes: Any = None) -> np.ndarray:
        if self.network not in NETWORKS:
            raise ConfigError(f"ImageClassifier: network must be one of {', '.join(NETWORKS)}, got {self.network!r}")
        images = self._as_images(X)
        check_consistent_length(images, y)
        self._begin_classes(y, classes)
        self._shape, self.n_features_in_ = images.shape[1:], int(np.prod(images.shape[1:]))
        self.mean_ = images.mean(axis=(0, 2, 3), keepdims=True)
        deviation = images.std(axis=(0, 2, 3), keepdims=True)
        self.scale_ = np.where(deviation > 0, deviation, 1).astype(np.float32)
        self._begin()
        if self.pretrained is not None:
            self._take_over(RunFolder.open(Path(self.pretrained)))
        return images

    def _take_over(self, run: RunFolder) -> None:
        own = self._model.state_dict()
        fitting = {
            name: array
            for name, array in network_weights(run).items()
            if name in own and tuple(own[name].shape) == array.shape
        }
        if not fitting:
            raise ConfigError(f"ImageClassifier: nothing in {run.path} fits the network {self.network!r} of this width")
        self._model.load_state_dict(fitting, strict=False)

    def _as_images(self, X: Any) -> np.ndarray:
        """Images (n, C, H, W), of float32."""
        X = check_array(X, allow_nd=True, ensure_2d=False, dtype=np.float32)
        if X.ndim == 2:
            if self.image_shape is None:
                raise ValueError(
                    f"ImageClassifier expected images (n, H, W) or (n, H, W, C), but got shape {X.shape}: give "
                    "image_shape=(H, W) if each row is an image"
                )
            X = X.reshape(len(X), *self.image_shape)
        if X.ndim == 3:
            X = X[..., None]
        if X.ndim != 4:
            raise ValueError(f"ImageClassifier expected images (n, H, W) or (n, H, W, C), but got shape {X.shape}")
        return np.moveaxis(X, -1, 1)

    def _arguments(self, X: Any) -> tuple[np.ndarray, ...]:
        images = self._as_images(X)
        if images.shape[1:] != self._shape:
            raise ValueError(
                f"ImageClassifier was fitted on images of shape {self._shape} (C, H, W), but got {images.shape[1:]}"
            )
        return ((images - self.mean_) / self.scale_,)

    def _make_model(self, generator: Generator) -> Module:
        channels, height, width = self._shape
        return make_network(self.network, Shape(channels, height, width, len(self.classes_), self.width), generator)
