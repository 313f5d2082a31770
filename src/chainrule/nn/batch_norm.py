"""Batch normalisation layers."""

import math
from typing import Any

from chainrule import ops
from chainrule.nn.checks import check_images
from chainrule.nn.running_statistics import RunningStatistics


class _BatchNorm(RunningStatistics):
    """The layers `BatchNorm1d`, `BatchNorm2d` and `BatchNorm3d`."""

    _axes: int

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
    ):
        self._set_up(num_features, eps, momentum, affine, track_running_stats)

    def forward(self, input: Any, residual: Any = None, relu: bool = False) -> Any:
        """Normalise each channel; in training, take mean and variance from the batch and remember them.

        What often comes next costs less in the same pass.

        Parameters
        ----------
        input : Tensor or Array, shape (N, C, *S)
            The images.
        residual : Tensor or Array, shape (N, C, *S), optional
            What is added to the result.
        relu : bool, default False
            Whether `relu` is applied then.

        Returns
        -------
        Tensor
            The same shape.

        Raises
        ------
        ValueError
            If the images have other channels, or a training batch has a single element a channel.
        """
        self._check(input)
        if not self.training and self._tracks:
            y = self._normalized_by_memory(input)
            y = y if residual is None else y + residual
            return ops.relu(y) if relu else y
        count = math.prod(input.shape) // self.num_features
        if self.training and count < 2:
            raise ValueError(
                f"{self.title()} in training got input of shape {tuple(input.shape)}: it needs more than one element a "
                "channel to take a variance from"
            )
        limits = (0.0, math.inf) if relu else (-math.inf, math.inf)
        y, mean, var = ops.batch_norm(input, self.weight, self.bias, self.eps, residual=residual, limits=limits)
        if self.training and self._tracks:
            self._remember(mean, var, count)
        return y

    def _check(self, input: Any) -> None:
        check_images(self, input, self._axes, self.num_features)


class BatchNorm1d(_BatchNorm):
    """Normalises each channel of sequences, or each feature of rows, over the batch.

    Parameters
    ----------
    num_features : int
        The number C of channels of an input (N, C, L) or (N, C).
    eps, momentum, affine, track_running_stats : as for `BatchNorm2d`
        The same.

    Raises
    ------
    ValueError
        If `num_features` is not a positive whole number.
    """

    _axes = 1

    def _check(self, input: Any) -> None:
        check_images(self, input, 0 if len(input.shape) == 2 else 1, self.num_features)


class BatchNorm2d(_BatchNorm):
    """Normalises each channel of images over the batch (S. Ioffe and C. Szegedy, 2015).

    In training by mean and variance of the batch, of which it keeps running averages; in evaluation by these.

    Parameters
    ----------
    num_features : int
        The number C of channels.
    eps : float, default 1e-5
        Added to the variance.
    momentum : float or None, default 0.1
        How far the running averages move towards those of a batch; None for the plain average of all batches.
    affine : bool, default True
        Whether each channel is multiplied by a weight, which begins as 1, and a bias is added, which begins as 0.
    track_running_stats : bool, default True
        False to keep no averages, and use those of the batch in evaluation too.

    Raises
    ------
    ValueError
        If `num_features` is not a positive whole number.
    """

    _axes = 2


class BatchNorm3d(_BatchNorm):
    """Normalises each channel of volumes over the batch.

    Parameters
    ----------
    num_features : int
        The number C of channels.
    eps, momentum, affine, track_running_stats : as for `BatchNorm2d`
        The same.

    Raises
    ------
    ValueError
        If `num_features` is not a positive whole number.
    """

    _axes = 3
