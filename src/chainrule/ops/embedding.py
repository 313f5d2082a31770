"""Rows of a table by number."""

import numpy as np

from chainrule.autodiff import Tensor, differentiable
from chainrule.backend import Array, namespace
from chainrule.kernels import select
from chainrule.ops.constants import constant


@differentiable
def _embedding(weight, *, ids, padding_idx):
    """Reads rows; the pull-back adds gradients up by row."""
    rows = weight.shape[0]

    def pull_back(grad):
        if padding_idx is not None:
            real = namespace(ids).expand_dims(ids != padding_idx, -1)
            grad = grad * namespace(real).astype(real, grad.dtype)
        return _rows_added(grad, ids=ids, rows=rows)

    return select(weight).embedding(weight, ids), (pull_back,)


@differentiable
def _rows_added(grad, *, ids, rows):
    """The transpose of reading rows, of which reading rows is the transpose."""
    return select(grad).embedding_backward(grad, ids, rows), (lambda g: _embedding(g, ids=ids, padding_idx=None),)


def embedding(ids: Array, weight: Array, padding_idx: int | None = None) -> Array:
    """Read rows of a table by number.

    Parameters
    ----------
    ids : Tensor or Array of int
        Any shape, each from 0 to V - 1.
    weight : Tensor or Array, shape (V, D)
        The table.
    padding_idx : int, optional
        The row that gets no gradient.

    Returns
    -------
    Tensor or Array, shape (*ids.shape, D)
        The rows.

    Raises
    ------
    IndexError
        If an id is no row of the table.
    TypeError
        If `ids` are not integers.
    """
    plain = _checked(constant(ids), weight.shape[0])
    row = padding_idx if padding_idx is None or padding_idx >= 0 else padding_idx + weight.shape[0]
    return _embedding(weight, ids=plain, padding_idx=row)


def _checked(ids: Array, rows: int) -> Array:
    if ids.dtype.kind not in "iu":
        raise TypeError(f"embedding expected ids of an integer dtype, but got {ids.dtype}: .astype('int64')")
    if isinstance(ids, np.ndarray) and ids.size and not (ids.min() >= 0 and ids.max() < rows):
        wrong = ids.min() if ids.min() < 0 else ids.max()
        raise IndexError(f"embedding expected ids from 0 to {rows - 1}, one for each row of the table, but got {wrong}")
    return ids


def one_hot(ids: Array, num_classes: int) -> Array:
    """Turn numbers into rows of zeros with a single one.

    Parameters
    ----------
    ids : Tensor or Array of int
        Any shape, each from 0 to num_classes - 1.
    num_classes : int
        The length C of a row.

    Returns
    -------
    Tensor or Array of int64, shape (*ids.shape, C)
        1 at each number's place; a constant.

    Raises
    ------
    IndexError
        If an id is out of range.
    TypeError
        If `ids` are not integers.
    """
    plain = _checked(constant(ids), num_classes)
    xp = namespace(plain)
    rows = xp.astype(xp.expand_dims(plain, -1) == xp.arange(num_classes), xp.asarray(0).dtype)
    return Tensor(rows) if isinstance(ids, Tensor) else rows
