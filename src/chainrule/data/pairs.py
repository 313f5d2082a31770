"""A data set of pairs: sources, each with one right answer or several, in three parts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from os import PathLike

from chainrule.data.splits import InParts, read_parts, split_rows
from chainrule.data.tables import read_pairs
from chainrule.data.tokenizers import Tokenizer, choose_tokenizer

__all__ = ["PairDataset", "Pairs"]


@dataclass(frozen=True)
class Pairs:
    """Sources and their references, in step.

    Parameters
    ----------
    sources : tuple of str
        The inputs, each once.
    references : tuple of tuple of str
        For each source the answers that count as right, at least one.
    """

    sources: tuple[str, ...]
    references: tuple[tuple[str, ...], ...]

    @classmethod
    def group(cls, pairs: Iterable[tuple[str, str]]) -> Pairs:
        """Bring the rows of one source together.

        Parameters
        ----------
        pairs : iterable of tuple of str
            Source and target, row by row; a row that repeats another is dropped.

        Returns
        -------
        Pairs
            Sources and references in the order in which they first came.
        """
        grouped: dict[str, dict[str, None]] = {}
        for source, target in pairs:
            grouped.setdefault(source, {})[target] = None
        return cls(tuple(grouped), tuple(tuple(targets) for targets in grouped.values()))

    def __len__(self) -> int:
        return len(self.sources)

    def rows(self) -> Iterator[tuple[str, str]]:
        """Give every source with each of its references.

        Yields
        ------
        tuple of str
            Source and target.
        """
        for source, targets in zip(self.sources, self.references, strict=True):
            for target in targets:
                yield source, target


@dataclass(frozen=True)
class PairDataset(InParts[Pairs]):
    """Pairs to train on, to choose a model by and to score it on.

    Parameters
    ----------
    name : str
        For messages: the data set's name or the file's path.
    splits : mapping of str to Pairs
        The parts by name: ``"train"``, ``"dev"``, ``"test"``.
    source_tokenizer : type
        The `Tokenizer` class that fits the sources.
    target_tokenizer : type
        The one that fits the targets.
    notes : tuple of str
        What the user should know of the data, such as what was left out.
    """

    name: str
    splits: Mapping[str, Pairs]
    source_tokenizer: type[Tokenizer]
    target_tokenizer: type[Tokenizer]
    notes: tuple[str, ...] = ()

    _content = "sources"

    @classmethod
    def from_pairs(
        cls,
        name: str,
        pairs: Iterable[tuple[str, str]],
        dev: float = 0.05,
        test: float = 0.10,
        tokenizer: type[Tokenizer] | None = None,
    ) -> PairDataset:
        """Split rows by a hash of their source, so that rows added later move none of these.

        Parameters
        ----------
        name : str
            For messages.
        pairs : iterable of tuple of str
            Source and target, row by row.
        dev : float
            The share of sources that goes to development.
        test : float
            The share that goes to testing.
        tokenizer : type, optional
            The `Tokenizer` class that fits both sides; guessed by default.

        Returns
        -------
        PairDataset
            A part is empty where the rows are too few to reach it.
        """
        rows = split_rows(pairs, dev, test)
        if tokenizer is not None:
            return cls(name, {part: Pairs.group(pairs) for part, pairs in rows.items()}, tokenizer, tokenizer)
        return cls._guessing_tokenizers(name, rows)

    @classmethod
    def read(cls, path: str | PathLike[str], columns: tuple[int, int] = (0, 1), encoding: str = "utf-8") -> PairDataset:
        """Read a tab-separated file, split by hash, or a folder with a file for each part.

        Parameters
        ----------
        path : str or path-like
            The file, or a folder that holds ``train.tsv`` and, if wanted, ``dev.tsv`` and ``test.tsv``.
        columns : tuple of int
            Which columns hold source and target, counted from 0.
        encoding : str
            The files' encoding.

        Returns
        -------
        PairDataset
            The pairs.

        Raises
        ------
        DataError
            When a file cannot be read; the message names file and line.
        """
        return cls._guessing_tokenizers(str(path), read_parts(path, lambda file: read_pairs(file, columns, encoding)))

    @classmethod
    def _guessing_tokenizers(cls, name: str, rows: Mapping[str, list[tuple[str, str]]]) -> PairDataset:
        everything = [pair for part in rows.values() for pair in part]
        return cls(
            name=name,
            splits={part: Pairs.group(pairs) for part, pairs in rows.items()},
            source_tokenizer=choose_tokenizer(source for source, _ in everything),
            target_tokenizer=choose_tokenizer(target for _, target in everything),
        )

    def fingerprint(self) -> str:
        """Summarise all content, so that a resumed run can tell whether its data has changed.

        Returns
        -------
        str
            32 hexadecimal digits.
        """
        digest = hashlib.blake2b(digest_size=16)
        for part, pairs in self.splits.items():
            rows = "\n".join(f"{source}\t{target}" for source, target in pairs.rows())
            digest.update(f"{part}\n{len(rows)}\n{rows}".encode())
        return digest.hexdigest()
