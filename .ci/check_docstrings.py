"""Check the docstrings of all public names of chainrule with numpydoc; no name is exempt.

Public is what a module lists in its ``__all__``, and the public methods of the classes among it.
"""

import dataclasses
import importlib
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from numpydoc.docscrape import get_doc_object
from numpydoc.validate import Validator, validate

CHECKS = {
    "GL05",  # tabs
    "GL06",  # unknown section
    "GL07",  # sections out of order
    "GL08",  # no docstring
    "SS01",  # no summary
    "SS03",  # summary without a full stop
    "PR01",  # parameter not documented
    "PR02",  # documented parameter that does not exist
    "PR03",  # parameters out of order
    "PR04",  # parameter without a type
    "PR07",  # parameter without a description
    "PR10",  # no space before a parameter's colon
    "RT01",  # no Returns section
    "RT03",  # return value without a description
    "YD01",  # no Yields section
}
OF_SECTIONS = {"PR01", "RT01", "YD01"}


class PublicName(Validator):
    """What numpydoc sees of a name: the fields of a record may be documented as its attributes."""

    def __init__(self, obj_name: str) -> None:
        super().__init__(get_doc_object(Validator._load_obj(obj_name), config={"show_class_members": False}))

    @property
    def signature_parameters(self) -> tuple[str, ...]:
        """The names that must be documented."""
        if dataclasses.is_dataclass(self.obj):
            own = inspect.get_annotations(self.obj)  # inherited fields are documented where they come from
            fields = [field for field in dataclasses.fields(self.obj) if field.name in own]
            return tuple(f.name for f in fields if not f.name.startswith("_") and "help" not in f.metadata)
        if inspect.isclass(self.obj) and not self.is_record and not _is_ours(self.obj.__init__):
            return ()
        # An operation's engine passes `wanted` to its rule; nobody else can.
        return tuple(name for name in super().signature_parameters if name != "wanted")

    @property
    def doc_all_parameters(self) -> dict[str, Any]:
        """The names that are documented."""
        return self._doc_parameters(["Parameters", "Other Parameters", *(["Attributes"] if self.is_record else [])])

    @property
    def is_record(self) -> bool:
        """Whether it is a dataclass or a named tuple."""
        return dataclasses.is_dataclass(self.obj) or hasattr(self.obj, "_fields")

    @property
    def is_said_in_a_line(self) -> bool:
        """Whether it is a function of one or two arguments, such as ``tan(x)``, with a docstring of one line."""
        return self.is_function_or_method and len(self.signature_parameters) <= 2 and "\n" not in self.raw_doc.strip()


def main() -> int:
    """Print what is wrong; the exit status is 1 if anything is."""
    names = sorted({name for module in _modules("chainrule") for name in _public_names(module)})
    complaints = [f"{name}: {code} {message}" for name in names for code, message in _complaints(name)]
    print("\n".join([*complaints, f"docstrings: {len(names)} public names, {len(complaints)} complaints"]))
    return 1 if complaints else 0


def _modules(package: str) -> Iterator[ModuleType]:
    root = importlib.import_module(package)
    yield root
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        if not any(part.startswith("_") for part in found.name.split(".")):
            yield importlib.import_module(found.name)


def _public_names(module: ModuleType) -> Iterator[str]:
    """The things in ``__all__`` by the module that defines them, each with its public methods."""
    for name in getattr(module, "__all__", ()):
        value = getattr(module, name)
        if not _is_ours(value):
            continue
        home = importlib.import_module(value.__module__)
        path = f"{home.__name__}.{name}" if getattr(home, name, None) is value else f"{module.__name__}.{name}"
        yield path
        if inspect.isclass(value):
            yield from (f"{path}.{method}" for method in vars(value) if _is_public_method(value, method))


def _is_ours(value: object) -> bool:
    """Leave out constants, modules and what belongs to another library."""
    return callable(value) and getattr(value, "__module__", "").startswith("chainrule") and hasattr(value, "__name__")


def _is_public_method(kind: type, name: str) -> bool:
    """Leave out functions that were lent to a class: they are checked where they come from."""
    value = inspect.getattr_static(kind, name)
    function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
    if name.startswith("_") or not inspect.isfunction(function):
        return False
    return function.__qualname__ == f"{kind.__qualname__}.{name}"


def _complaints(name: str) -> list[tuple[str, str]]:
    checks = CHECKS - OF_SECTIONS if PublicName(name).is_said_in_a_line else CHECKS
    return [error for error in validate(name, PublicName)["errors"] if error[0] in checks]


if __name__ == "__main__":
    sys.exit(main())
