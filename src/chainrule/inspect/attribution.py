"""What a layer sees in images, and which pixels a score hangs on."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule import ops
from chainrule.autodiff import Tensor, grad, no_grad
from chainrule.autodiff.tensor import plain
from chainrule.inspect.layers import Layer, as_numpy, evaluating, find_layer, images_of, output_of, replaced_output
from chainrule.nn import Module

Classes = int | Sequence[int] | np.ndarray | None


def feature_maps(model: Module, images: Any, layer: Layer) -> np.ndarray:
    """Return what a layer makes of images.

    Parameters
    ----------
    model : Module
        Any model of images. It runs as in evaluation, up to the layer.
    images : Tensor or Array, shape (N, C, H, W)
        The images.
    layer : str or Module
        The layer, or its path as in ``model.named_modules()``. Where it runs more than once, the first time counts.

    Returns
    -------
    ndarray
        The layer's result; (N, F, OH, OW) of a convolution: a picture for each image and filter.

    Raises
    ------
    ValueError
        If the model has no such layer, or does not run it.
    """
    return as_numpy(output_of("feature_maps", model, layer, images_of("feature_maps", images)))


def saliency(model: Module, images: Any, classes: Classes = None) -> np.ndarray:
    """Return how much each pixel could change the score of a class (K. Simonyan, A. Vedaldi and A. Zisserman, 2013).

    The absolute derivative of the class's score by the pixel, of whichever channel has the largest.

    Parameters
    ----------
    model : Module
        Returns scores (N, K). It runs as in evaluation.
    images : Tensor or Array, shape (N, C, H, W)
        The images.
    classes : int or sequence of int, optional
        Whose scores, one for all images or one for each; by default the class with the largest score.

    Returns
    -------
    ndarray, shape (N, H, W)
        The derivatives. The model's parameters get no gradients.

    Raises
    ------
    ValueError
        If the model returns no scores, or has no such class.
    """
    x = images_of("saliency", images)
    with evaluating(model), no_grad():
        slopes = grad(lambda x: _chosen_scores("saliency", model.run((x,), {}), classes).sum())(x)
    return np.abs(as_numpy(slopes)).max(axis=1)


def grad_cam(model: Module, images: Any, classes: Classes = None, layer: Layer = "") -> np.ndarray:
    """Return where a layer found what speaks for a class (R. Selvaraju et al., Grad-CAM, 2017).

    ``relu(sum over f of w[f] A[f])``, A being the layer's maps and ``w[f]`` the mean over places of the derivative of
    the class's score by ``A[f]``; then resized to the images.

    Parameters
    ----------
    model : Module
        Returns scores (N, K). It runs as in evaluation.
    images : Tensor or Array, shape (N, C, H, W)
        The images.
    classes : int or sequence of int, optional
        Whose scores, one for all images or one for each; by default the class with the largest score.
    layer : str or Module
        A layer that returns maps (N, F, OH, OW), or its path: most often the last convolution.

    Returns
    -------
    ndarray, shape (N, H, W)
        From 0 on, in the units of the score. The model's parameters get no gradients.

    Raises
    ------
    ValueError
        If the model returns no scores, has no such class or no such layer, or the layer returns no maps.
    """
    x, module = images_of("grad_cam", images), find_layer("grad_cam", model, layer)
    maps = output_of("grad_cam", model, module, x)
    if maps.ndim != 4:
        raise ValueError(
            f"grad_cam expected a layer that returns maps (N, F, OH, OW), but {module.title()} returned {maps.shape}: "
            "choose a convolution"
        )

    def score(maps: Any) -> Any:
        with replaced_output(module, maps):
            return _chosen_scores("grad_cam", model.run((x,), {}), classes).sum()

    with evaluating(model), no_grad():
        weights = grad(score)(maps).mean(axis=(2, 3), keepdims=True)  # (N, F, 1, 1)
        found = ops.relu((weights * maps).sum(axis=1, keepdims=True))
        return as_numpy(ops.interpolate(found, size=x.shape[2:], mode="bilinear"))[:, 0]


def _chosen_scores(owner: str, scores: Any, classes: Classes) -> Tensor:
    """The score of one class for each image: (N,)."""
    if getattr(scores, "ndim", 0) != 2:
        raise ValueError(f"{owner} expected a model that returns scores of shape (N, K), but got {_shape(scores)}")
    count, kinds = scores.shape
    chosen = _numbers(scores).argmax(axis=1) if classes is None else np.asarray(classes)
    if chosen.dtype.kind not in "iu" or chosen.shape not in ((), (count,)):
        raise ValueError(f"{owner} expected a class or one for each of {count} images, but got {classes!r}")
    if chosen.min() < 0 or chosen.max() >= kinds:
        raise ValueError(f"{owner} expected classes from 0 to {kinds - 1}, but got {classes!r}")
    return scores[np.arange(count), np.broadcast_to(chosen, count)]


def _numbers(tensor: Any) -> np.ndarray:
    return np.asarray(plain(tensor))


def _shape(value: Any) -> str:
    return str(tuple(value.shape)) if hasattr(value, "shape") else type(value).__name__
