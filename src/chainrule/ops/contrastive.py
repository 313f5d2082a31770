"""A loss that brings two views of one thing together and keeps those of different things apart."""

import numpy as np

from chainrule.backend import Array
from chainrule.ops.arithmetic import divide
from chainrule.ops.cross_entropy import cross_entropy
from chainrule.ops.indexing import masked_fill
from chainrule.ops.linear_algebra import matmul
from chainrule.ops.reductions import norm
from chainrule.ops.shape import concatenate, transpose


def nt_xent_loss(first: Array, second: Array, temperature: float = 0.5) -> Array:
    """Normalised, temperature-scaled cross-entropy (T. Chen, S. Kornblith, M. Norouzi and G. Hinton, SimCLR, 2020).

    For each of the 2N views, the other view of the same thing is to be told from the 2N - 2 views of other things, by
    the cosine of their angle.

    Parameters
    ----------
    first, second : Tensor or Array, shape (N, D)
        Two views of N things, N at least 2, in the same order; of any length but zero.
    temperature : float, default 0.5
        What cosines are divided by: the smaller, the more the nearest of the others count.

    Returns
    -------
    Tensor or Array, shape ()
        The mean over all views.

    Raises
    ------
    ValueError
        If the shapes differ, there are fewer than two things, or the temperature is not positive.
    """
    if len(first.shape) != 2 or first.shape != second.shape or first.shape[0] < 2:
        raise ValueError(
            f"nt_xent_loss expected two views of at least two things, both of shape (N, D), but got {first.shape} and "
            f"{second.shape}"
        )
    if not temperature > 0:
        raise ValueError(f"nt_xent_loss expected a temperature above 0, but got {temperature}")
    views = concatenate([first, second], axis=0)  # (2N, D)
    views = divide(views, norm(views, axis=1, keepdims=True))
    scores = divide(matmul(views, transpose(views)), temperature)  # (2N, 2N)
    others = masked_fill(scores, np.eye(len(scores), dtype=bool), -np.inf)  # a view is not compared with itself
    partners = np.roll(np.arange(len(scores)), len(scores) // 2)
    return cross_entropy(others, partners)
