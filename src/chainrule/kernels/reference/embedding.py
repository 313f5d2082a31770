"""Rows of a table by number."""

from chainrule.backend import Array, namespace


def embedding(weight: Array, ids: Array) -> Array:
    """Read rows of a table: ``weight[ids]``.

    Parameters
    ----------
    weight : Array, shape (V, D)
        The table.
    ids : Array of int
        Any shape, from 0 to V - 1.

    Returns
    -------
    Array, shape (*ids.shape, D)
        The rows.
    """
    return namespace(weight).take(weight, ids)


def embedding_backward(g: Array, ids: Array, rows: int) -> Array:
    """Gradient of `embedding`: each row is the sum of the gradients at its number, in the order of `ids`.

    Parameters
    ----------
    g : Array, shape (*ids.shape, D)
        Gradient of the result.
    ids : Array of int
        As for `embedding`.
    rows : int
        V.

    Returns
    -------
    Array, shape (V, D)
        Gradient of the table.
    """
    return namespace(g).put(g, ids, (rows, g.shape[-1]))
