"""Seeing operations and pull-backs as they run: what the NaN guard and the traces are made of.

Watchers stand in a context variable, so that only the thread or task that asked is watched. Where there are none,
an operation pays for one look-up.
"""

import sys
from contextvars import ContextVar, Token
from pathlib import Path
from typing import Any, NamedTuple

from chainrule.autodiff.graph import Node, module_names

watchers: ContextVar[tuple["Watcher", ...]] = ContextVar("watchers", default=())

_PACKAGE = str(Path(__file__).resolve().parents[1])


class Origin(NamedTuple):
    """Where an operation was called."""

    operation: str
    module: str  # the path of the running module, as in named_modules(); "" outside of any
    line: str  # the file and line of the user's code


class Watcher:
    """Something that is told of every operation and pull-back between ``with watcher:`` and its end."""

    _tokens: list[Token]

    def __enter__(self) -> Any:
        self._tokens = [*getattr(self, "_tokens", []), watchers.set((*watchers.get(), self))]
        return self

    def __exit__(self, *exception: object) -> None:
        watchers.reset(self._tokens.pop())

    def forward(self, operation: Any, inputs: list, constants: dict[str, Any], value: Any, node: Node | None) -> None:
        """Be told that an operation ran, on which arrays and with which constants by name; `node` is None where it
        was not recorded."""

    def backward(self, node: Node, grad: Any, parts: list[tuple[Node, Any]], seconds: float) -> None:
        """Be told that a node's pull-backs ran, with what came in and what goes on to which parents."""


def origin(operation: Any) -> Origin:
    """Where the operation that runs now was called from."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return Origin(operation.__name__, ".".join(module_names.get()), f"{frame.f_code.co_filename}:{frame.f_lineno}")
