"""Typed, frozen settings: each default, range and help text is written once, beside its name.

A group of settings is a frozen dataclass that derives from `Settings`, its fields made by `setting`. The
same field gives the check of a value, the option of the command line and the line in a file.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, Self

from chainrule.errors import ConfigError

__all__ = ["Rule", "Settings", "other_default", "setting", "setting_rules"]


@dataclasses.dataclass(frozen=True)
class Rule:
    """What a value of one setting may be, and how to explain it.

    Attributes
    ----------
    name : str
        Its name.
    kind : type
        The type of its values.
    optional : bool
        Whether it may be None.
    default : object
        Its default.
    help : str
        One line for ``--help``.
    group : str
        The heading under which ``--help`` lists it.
    minimum, maximum : float or None
        Limits that a number may reach.
    above, below : float or None
        Limits that it may not reach.
    choices : tuple of str
        The only texts allowed, if there are any.
    """

    name: str
    kind: type
    optional: bool
    default: Any
    help: str
    group: str
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    below: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def expected(self) -> str:
        """The values this setting takes, in words."""
        words = _KINDS[self.kind]
        if self.choices:
            words = "one of " + ", ".join(self.choices)
        bounds = [
            f"{text} {bound:g}"
            for text, bound in (
                ("at least", self.minimum),
                ("greater than", self.above),
                ("at most", self.maximum),
                ("less than", self.below),
            )
            if bound is not None
        ]
        words = f"{words} {' and '.join(bounds)}" if bounds else words
        return f"{words}, or nothing" if self.optional else words

    def checked(self, value: Any, owner: str) -> Any:
        """Return `value`, an integer turned into a float where a float is asked for.

        Parameters
        ----------
        value : object
            The value given.
        owner : str
            Who asks, for the message.

        Returns
        -------
        object
            The value to keep.

        Raises
        ------
        ConfigError
            When the value has another type or is out of range.
        """
        if value is None and self.optional:
            return None
        if self.kind is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)
        if type(value) is not self.kind or not self._in_range(value):
            raise ConfigError(f"{owner}: {self.name} must be {self.expected}, got {value!r}")
        return value

    def _in_range(self, value: Any) -> bool:
        if self.choices:
            return value in self.choices
        if self.kind not in (int, float):
            return True
        return (
            math.isfinite(value)
            and (self.minimum is None or value >= self.minimum)
            and (self.maximum is None or value <= self.maximum)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )


_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


def setting(default: Any, help: str, *, group: str, **limits: Any) -> Any:
    """Declare one field of a `Settings` class.

    Parameters
    ----------
    default : bool, int, float, str or None
        The only place where the default is written.
    help : str
        One line for ``--help``.
    group : str
        The heading under which ``--help`` lists it.
    **limits : float or tuple of str
        Any of ``minimum``, ``maximum``, ``above``, ``below`` (numbers) and ``choices`` (texts).

    Returns
    -------
    dataclasses.Field
        The field.
    """
    return dataclasses.field(default=default, metadata={"help": help, "group": group, **limits})


def other_default(kind: type[Settings], name: str, default: Any) -> Any:
    """Declare a field of a subclass that differs in its default only.

    Parameters
    ----------
    kind : type
        The class whose field it is.
    name : str
        The field's name.
    default : bool, int, float, str or None
        The default in the subclass.

    Returns
    -------
    dataclasses.Field
        The field.
    """
    return dataclasses.field(default=default, metadata=kind.__dataclass_fields__[name].metadata)


def setting_rules(kind: type[Settings]) -> dict[str, Rule]:
    """Read the rules of a `Settings` class from its fields, in order.

    Parameters
    ----------
    kind : type
        The class.

    Returns
    -------
    dict of str to Rule
        One rule a field.
    """
    hints = typing.get_type_hints(kind)
    rules = {}
    for field in dataclasses.fields(kind):
        hint = hints[field.name]
        members = [m for m in typing.get_args(hint) if m is not types.NoneType] or [hint]
        rules[field.name] = Rule(
            name=field.name,
            kind=members[0],
            optional=members != [hint],
            default=field.default,
            **field.metadata,
        )
    return rules


@dataclasses.dataclass(frozen=True)
class Settings:
    """Base of every group of settings; its values are checked when it is made.

    Raises
    ------
    ConfigError
        When a value has the wrong type or is out of range.
    """

    def __post_init__(self) -> None:
        for name, rule in setting_rules(type(self)).items():
            object.__setattr__(self, name, rule.checked(getattr(self, name), type(self).__name__))

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], origin: str) -> Self:
        """Make settings of what a file or the command line gave; the rest takes its default.

        Parameters
        ----------
        values : mapping of str to object
            Names and values.
        origin : str
            Where they came from, for the message.

        Returns
        -------
        Settings
            The checked settings.

        Raises
        ------
        ConfigError
            When a name is unknown or a value does not fit.
        """
        rules = setting_rules(cls)
        for name in values:
            if name not in rules:
                raise ConfigError(f"{origin}: there is no setting {name!r}{_nearest(name, rules)}")
        return cls(**{name: rules[name].checked(value, origin) for name, value in values.items()})

    def to_mapping(self) -> dict[str, Any]:
        """Return every setting by name, as JSON takes it.

        Returns
        -------
        dict of str to object
            Names and values, in the order of their declaration.
        """
        return dataclasses.asdict(self)


def _nearest(name: str, known: typing.Iterable[str]) -> str:
    known = list(known)
    close = difflib.get_close_matches(name.replace("-", "_"), known, n=1, cutoff=0.5)
    return f"; did you mean {close[0]!r}?" if close else "; the settings are " + ", ".join(known)
