"""Different spellings of one text made the same, before it is cut into symbols."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, cast

from chainrule.errors import ConfigError

__all__ = ["NFC", "NORMAL_FORMS", "Normalization"]

#: What `Normalization.form` may be.
NORMAL_FORMS = ("none", "NFC", "NFKC")


@dataclass(frozen=True)
class Normalization:
    """How texts are written uniformly.

    Many letters can be written in two ways, such as é as one character or as e with an accent behind it. Files mix
    both; a model that saw one would not know the other.

    Parameters
    ----------
    form : {"none", "NFC", "NFKC"}
        The Unicode normal form (Unicode Standard Annex 15): NFC makes one character of letter and accent, NFKC
        also writes compatible characters alike, such as full-width and narrow letters, and loses their difference.
    lowercase : bool
        Whether capital letters become small.

    Raises
    ------
    ConfigError
        When there is no such form.

    Examples
    --------
    >>> Normalization()("Cafe\\u0301") == "Café"
    True
    >>> Normalization("NFKC", lowercase=True)("\\uff23AF\\u00c9")
    'café'
    """

    form: str = "NFC"
    lowercase: bool = False

    def __post_init__(self) -> None:
        if self.form not in NORMAL_FORMS:
            raise ConfigError(f"Normalization: form must be one of {', '.join(NORMAL_FORMS)}, got {self.form!r}")

    def __call__(self, text: str) -> str:
        """Write a text uniformly.

        Parameters
        ----------
        text : str
            The text.

        Returns
        -------
        str
            The same in normal form.
        """
        if self.lowercase:
            text = text.lower()
        if self.form == "none":
            return text
        return unicodedata.normalize(cast(Literal["NFC", "NFKC"], self.form), text)

    def to_dict(self) -> dict[str, Any]:
        """Describe it by plain values.

        Returns
        -------
        dict
            The fields.
        """
        return {"form": self.form, "lowercase": self.lowercase}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Self:
        """Make what `to_dict` described.

        Parameters
        ----------
        content : mapping
            The description.

        Returns
        -------
        Normalization
            The same.
        """
        return cls(str(content["form"]), bool(content["lowercase"]))


#: How texts are written unless something else is asked for.
NFC = Normalization()
