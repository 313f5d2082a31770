"""Dropout with a mask that is given: operations draw no random numbers."""

from chainrule.autodiff import differentiable
from chainrule.backend import Array
from chainrule.ops.constants import constant


@differentiable
def _dropout(x, *, mask):
    """d(x m) = m dx; the mask is a constant."""
    return x * mask, (lambda grad: grad * mask,)


def dropout(x: Array, mask: Array) -> Array:
    """Set elements to zero and scale the others up (N. Srivastava et al., 2014).

    Parameters
    ----------
    x : Tensor or Array
        Any shape.
    mask : Tensor or Array
        0 where an element is dropped and 1 / (1 - p) where it is kept, as `Generator.dropout_mask` draws it; of x's
        shape, or one that broadcasts to it.

    Returns
    -------
    Tensor or Array
        ``x * mask``.
    """
    return _dropout(x, mask=constant(mask))
