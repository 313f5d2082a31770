"""Which examples train a model, which choose it, which score it: a choice that never moves.

A hash of the source text decides. Adding rows to a file leaves every old row where it was, and all rows of
one source stay together, so that no test source is ever trained on.
"""

from __future__ import annotations

import hashlib

from chainrule.errors import DataError

__all__ = ["SPLITS", "split_of"]

#: The names of the three parts.
SPLITS = ("train", "dev", "test")


def split_of(source: str | bytes, dev: float = 0.05, test: float = 0.10) -> str:
    """Tell which part of the data a source belongs to.

    Parameters
    ----------
    source : str or bytes
        The source text, or whatever else tells examples apart.
    dev : float
        The share of sources, between 0 and 1, that goes to development.
    test : float
        The share that goes to testing; changing `dev` moves nothing in or out of it.

    Returns
    -------
    str
        ``"train"``, ``"dev"`` or ``"test"``; the same on every machine and in every version.

    Raises
    ------
    DataError
        When the shares are negative or leave nothing to train on.
    """
    if not (dev >= 0 and test >= 0 and dev + test < 1):
        raise DataError(f"the shares of dev and test must be at least 0 and below 1 together, got {dev} and {test}")
    digest = hashlib.blake2b(source.encode() if isinstance(source, str) else source, digest_size=8).digest()
    place = int.from_bytes(digest, "big") / 2**64
    if place < test:
        return "test"
    return "dev" if place < test + dev else "train"
