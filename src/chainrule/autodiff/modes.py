"""Whether operations are recorded: a context variable, so that threads and tasks do not disturb each other."""

import itertools
from collections.abc import Callable
from contextlib import ContextDecorator
from contextvars import ContextVar, Token

# Each derivative taken inside another one gets a higher level. Level 0 is that of parameters and `backward()`.
levels = itertools.count(1)

# Tensors up to this level are not recorded. A derivative that begins inside `no_grad` gets a higher one and is.
unrecorded: ContextVar[int] = ContextVar("unrecorded", default=-1)


class Recording(ContextDecorator):
    """A context manager and decorator that sets from which level on operations are recorded."""

    def __init__(self, ceiling: Callable[[], int]):
        self._ceiling = ceiling
        self._tokens: list[Token] = []

    def _recreate_cm(self) -> "Recording":
        return Recording(self._ceiling)  # each call of a decorated function has its own tokens

    def __enter__(self) -> None:
        self._tokens.append(unrecorded.set(self._ceiling()))

    def __exit__(self, *exception: object) -> None:
        unrecorded.reset(self._tokens.pop())


def no_grad() -> Recording:
    """Stop recording: what is computed inside gets no gradient and keeps nothing for one.

    Returns
    -------
    Recording
        Use it as ``with no_grad():`` or ``@no_grad()``. A derivative taken *inside* it (`chainrule.grad`) still works.
    """
    return Recording(lambda: next(levels))


def enable_grad() -> Recording:
    """Record again inside `no_grad`.

    Returns
    -------
    Recording
        Use it as ``with enable_grad():`` or ``@enable_grad()``.
    """
    return Recording(lambda: -1)


def is_grad_enabled() -> bool:
    """Tell whether operations on parameters are recorded here.

    Returns
    -------
    bool
        False inside `no_grad`.
    """
    return unrecorded.get() < 0
