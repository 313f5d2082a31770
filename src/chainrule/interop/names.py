"""Rules by which the names of one library's arrays become those of another, and back."""

from __future__ import annotations

import re

__all__ = ["NameMap"]


class NameMap:
    """Names there and here, by rules that hold in both directions.

    Parameters
    ----------
    *rules : tuple of str and str
        A name there and the same one here; each ``{}`` is a part between dots, the same in both, in the same order.

    Examples
    --------
    >>> names = NameMap(("h.{}.ln_1.{}", "blocks.{}.norm1.{}"))
    >>> names.here("h.3.ln_1.weight")
    'blocks.3.norm1.weight'
    >>> names.there("blocks.3.norm1.weight")
    'h.3.ln_1.weight'
    """

    def __init__(self, *rules: tuple[str, str]):
        self._here = [(_pattern(there), here) for there, here in rules]
        self._there = [(_pattern(here), there) for there, here in rules]

    def here(self, name: str) -> str | None:
        """Our name of what is called `name` there; None if no rule knows it."""
        return _renamed(name, self._here)

    def there(self, name: str) -> str | None:
        """The name there of what we call `name`; None if no rule knows it."""
        return _renamed(name, self._there)


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.escape(template).replace(r"\{\}", r"([^.]+)"))


def _renamed(name: str, rules: list[tuple[re.Pattern[str], str]]) -> str | None:
    for pattern, template in rules:
        if match := pattern.fullmatch(name):
            return template.format(*match.groups())
    return None
