"""How much of a data set is labelled: a share of it, or a number of examples."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chainrule.errors import ConfigError

__all__ = ["Amount", "parse_amounts"]

_WRITTEN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(%?)\s*")


@dataclass(frozen=True)
class Amount:
    """A share or a number of examples.

    Attributes
    ----------
    value : float
        Per cent, or how many.
    is_share : bool
        Whether it is per cent.
    """

    value: float
    is_share: bool

    def of(self, total: int) -> int:
        """Tell how many examples that is.

        Parameters
        ----------
        total : int
            How many there are.

        Returns
        -------
        int
            At least 2, of which something can be learned, and at most `total`.
        """
        count = self.value * total / 100 if self.is_share else self.value
        return min(max(round(count), 2), total)


def parse_amounts(text: str) -> tuple[Amount, ...]:
    """Read amounts as a user writes them.

    Parameters
    ----------
    text : str
        Such as ``"1%,10%,100%"`` or ``"100,1000"``.

    Returns
    -------
    tuple of Amount
        In the order given.

    Raises
    ------
    ConfigError
        When an entry is neither a share of at most 100 % nor a whole number above 1.
    """
    return tuple(_parse(entry) for entry in text.split(","))


def _parse(entry: str) -> Amount:
    found = _WRITTEN.fullmatch(entry)
    if found is not None:
        value, is_share = float(found[1]), bool(found[2])
        if 0 < value <= 100 if is_share else value >= 2 and value.is_integer():
            return Amount(value, is_share)
    raise ConfigError(f"expected shares or numbers of examples such as 1%,10%,100% or 100,1000, got {entry.strip()!r}")
