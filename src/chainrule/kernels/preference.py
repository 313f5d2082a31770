"""Which algorithms may be used here: a context variable, so that threads and tasks do not disturb each other."""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

_allowed: ContextVar[frozenset[str] | None] = ContextVar("chainrule_allowed_algorithms", default=None)


def allowed() -> frozenset[str] | None:
    """Return the names of the algorithms of convolution that may be used here; None if all may.

    Returns
    -------
    frozenset of str or None
        What the innermost `allowing` was given.
    """
    return _allowed.get()


@contextlib.contextmanager
def allowing(names: frozenset[str] | None) -> Iterator[None]:
    """Use these algorithms only, inside a ``with`` block.

    Parameters
    ----------
    names : frozenset of str or None
        Which; None for all.
    """
    token = _allowed.set(names)
    try:
        yield
    finally:
        _allowed.reset(token)
