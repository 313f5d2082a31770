"""A reader of pickles that executes nothing: a small machine of our own for the instructions of plain data.

Python's own unpickler calls whatever a file tells it to call. This one knows containers, texts and numbers; a name in
the file is looked up in a short table that the caller gives, and every other name or instruction is refused.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from chainrule.errors import WeightsError
from chainrule.interop.quoting import shown

__all__ = ["Admitted", "read_pickle"]

_MARK = object()
# What a broken pickle leads to; pickletools warns of odd texts, and users may make errors of warnings.
_FAULTS = (ValueError, TypeError, IndexError, KeyError, OverflowError, MemoryError, Warning)
_KEYS = (str, int, float, bytes, type(None))


@dataclass(frozen=True)
class Admitted:
    """A name that a pickle may use.

    Parameters
    ----------
    name : str
        As the file writes it: module, space, name.
    call : callable, optional
        Stands for it where the file calls it; without one it is only mentioned.
    """

    name: str
    call: Callable[..., Any] | None = None


def read_pickle(
    file: BinaryIO, owner: str, names: Mapping[str, Admitted], outside: Callable[[Any], Any] | None = None
) -> Any:
    """Read a pickle up to its end, where the file is left.

    Parameters
    ----------
    file : binary file
        Stands at the beginning of the pickle.
    owner : str
        Where it came from, for messages.
    names : mapping of str to Admitted
        The names it may use.
    outside : callable, optional
        Gives what the pickle refers to as stored beside it.

    Returns
    -------
    object
        Lists, tuples, dicts, texts, numbers and what the admitted calls returned.

    Raises
    ------
    WeightsError
        If it uses any other name or instruction, or is damaged.
    """
    machine = _Machine(owner, names, outside)
    try:
        for instruction, argument, _ in pickletools.genops(file):
            machine.run(instruction.name, argument)
        return machine.result()
    except _FAULTS as error:
        if isinstance(error, WeightsError):
            raise
        raise WeightsError(f"{owner} is damaged: it holds a broken pickle ({shown(error)})") from None


class _Machine:
    """The stack and the memory of a pickle."""

    def __init__(self, owner: str, names: Mapping[str, Admitted], outside: Callable[[Any], Any] | None):
        self.owner, self.names, self.outside = owner, names, outside
        self.stack: list[Any] = []
        self.memory: dict[int, Any] = {}

    def run(self, instruction: str, argument: Any) -> None:
        """Execute one instruction."""
        if instruction in _PUSHES:
            self.stack.append(argument)
        elif instruction in _INSTRUCTIONS:
            _INSTRUCTIONS[instruction](self, argument)
        else:
            raise self.refusal(f"the pickle instruction {instruction}")

    def result(self) -> Any:
        """What is left on the stack at the end."""
        (value,) = self.stack
        return value

    def refusal(self, what: str) -> WeightsError:
        """The error for what no weights need."""
        return WeightsError(
            f"{self.owner} was refused and nothing of it run: it uses {what}, which no weights need, and which could "
            "run a program; save the model's plain state dict, best as safetensors"
        )

    def since_mark(self) -> list[Any]:
        """Take everything above the last mark, and the mark, off the stack."""
        place = len(self.stack) - 1
        while self.stack[place] is not _MARK:  # an IndexError where there is none
            place -= 1
        items = self.stack[place + 1 :]
        del self.stack[place:]
        return items

    def name(self, name: str) -> None:
        """Push what stands for a name."""
        if name not in self.names:
            raise self.refusal(_dotted(name))
        self.stack.append(self.names[name])

    def call(self) -> None:
        """Replace an admitted function and its arguments by the result."""
        arguments, function = self.stack.pop(), self.stack.pop()
        if not isinstance(function, Admitted) or function.call is None:
            is_name = isinstance(function, Admitted)
            raise self.refusal("a call of " + (_dotted(function.name) if is_name else f"a {type(function).__name__}"))
        if not isinstance(arguments, tuple):
            raise ValueError("a call without arguments")
        self.stack.append(function.call(*arguments))

    def build(self) -> None:
        """Drop the attributes of an ordered dict (a state dict's versions of layers); nothing else may have any."""
        self.stack.pop()
        if not isinstance(self.stack[-1], dict):
            raise self.refusal(f"attributes of a {type(self.stack[-1]).__name__}")

    def refer(self) -> None:
        """Replace a reference by what it refers to."""
        if self.outside is None:
            raise self.refusal("a reference to something outside of the pickle")
        self.stack.append(self.outside(self.stack.pop()))

    def extend(self, items: list[Any]) -> None:
        """Append to the list on top."""
        if not isinstance(self.stack[-1], list):
            raise ValueError("items without a list")
        self.stack[-1].extend(items)

    def update(self, items: list[Any]) -> None:
        """Add keys and values, in turn, to the dict on top."""
        if not isinstance(self.stack[-1], dict):
            raise ValueError("entries without a dict")
        self.stack[-1].update(_entries(items))

    def remember(self, place: int) -> None:
        """Keep the top of the stack."""
        self.memory[place] = self.stack[-1]

    def group(self, count: int) -> None:
        """Replace the topmost items by a tuple."""
        if len(self.stack) < count:
            raise ValueError("a tuple of too few items")
        items = tuple(self.stack[len(self.stack) - count :])
        del self.stack[len(self.stack) - count :]
        self.stack.append(items)


def _dotted(name: str) -> str:
    return shown(name.replace(" ", ".", 1))


def _entries(items: list[Any]) -> dict[Any, Any]:
    # Only keys whose hash needs no recursion: a file may hold tuples nested a million deep.
    if len(items) % 2 or not all(isinstance(key, _KEYS) for key in items[::2]):
        raise ValueError("a dict whose keys are neither texts nor numbers")
    return dict(zip(items[::2], items[1::2]))


def _nothing(machine: _Machine, argument: Any) -> None:
    """For what only announces something."""


# Instructions that push their argument as it is.
_PUSHES = frozenset(
    "INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT BINFLOAT STRING BINSTRING SHORT_BINSTRING UNICODE BINUNICODE "
    "SHORT_BINUNICODE BINUNICODE8 BINBYTES SHORT_BINBYTES BINBYTES8".split()
)

_INSTRUCTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "PROTO": _nothing,
    "FRAME": _nothing,
    "STOP": _nothing,
    "NONE": lambda machine, _: machine.stack.append(None),
    "NEWTRUE": lambda machine, _: machine.stack.append(True),
    "NEWFALSE": lambda machine, _: machine.stack.append(False),
    "MARK": lambda machine, _: machine.stack.append(_MARK),
    "DUP": lambda machine, _: machine.stack.append(machine.stack[-1]),
    "EMPTY_LIST": lambda machine, _: machine.stack.append([]),
    "EMPTY_DICT": lambda machine, _: machine.stack.append({}),
    "EMPTY_TUPLE": lambda machine, _: machine.stack.append(()),
    "LIST": lambda machine, _: machine.stack.append(machine.since_mark()),
    "DICT": lambda machine, _: machine.stack.append(_entries(machine.since_mark())),
    "TUPLE": lambda machine, _: machine.stack.append(tuple(machine.since_mark())),
    "TUPLE1": lambda machine, _: machine.group(1),
    "TUPLE2": lambda machine, _: machine.group(2),
    "TUPLE3": lambda machine, _: machine.group(3),
    "APPEND": lambda machine, _: machine.extend([machine.stack.pop()]),
    "APPENDS": lambda machine, _: machine.extend(machine.since_mark()),
    "SETITEM": lambda machine, _: machine.update([machine.stack.pop(-2), machine.stack.pop()]),
    "SETITEMS": lambda machine, _: machine.update(machine.since_mark()),
    "PUT": lambda machine, place: machine.remember(place),
    "BINPUT": lambda machine, place: machine.remember(place),
    "LONG_BINPUT": lambda machine, place: machine.remember(place),
    "MEMOIZE": lambda machine, _: machine.remember(len(machine.memory)),
    "GET": lambda machine, place: machine.stack.append(machine.memory[place]),
    "BINGET": lambda machine, place: machine.stack.append(machine.memory[place]),
    "LONG_BINGET": lambda machine, place: machine.stack.append(machine.memory[place]),
    "GLOBAL": lambda machine, name: machine.name(name),
    "STACK_GLOBAL": lambda machine, _: machine.name(" ".join([machine.stack.pop(-2), machine.stack.pop()])),
    "REDUCE": lambda machine, _: machine.call(),
    "BUILD": lambda machine, _: machine.build(),
    "BINPERSID": lambda machine, _: machine.refer(),
}
