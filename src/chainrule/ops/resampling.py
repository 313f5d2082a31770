"""Linear maps along the axes of images: averages, interpolation."""

import math
from collections.abc import Sequence

import numpy as np

from chainrule.backend import Array, namespace
from chainrule.kernels.reference.windows import channels_first, channels_last
from chainrule.ops.constants import constant
from chainrule.ops.linear_algebra import matmul
from chainrule.ops.shape import reshape


def resample(x: Array, matrices: Sequence[np.ndarray]) -> Array:
    """Multiply each axis of images by a matrix.

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, *S)
        The images.
    matrices : sequence of ndarray
        For each of the axes S a matrix (O, S).

    Returns
    -------
    Tensor or Array, shape (N, C, *O)
        The results, channels last in memory.
    """
    y = channels_last(x)
    for axis, matrix in enumerate(matrices, 1):
        shape = y.shape
        weights = namespace(constant(x)).asarray(matrix, dtype=x.dtype)
        columns = reshape(y, shape=(math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])))
        y = reshape(matmul(weights, columns), shape=(*shape[:axis], len(matrix), *shape[axis + 1 :]))
    return channels_first(y)
