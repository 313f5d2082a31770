"""Modules that hold other modules: in a row, in a list, in a dict."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from chainrule.nn.joining import joined, run_joined
from chainrule.nn.module import Module


class _Numbered(Module):
    """Modules under the names "0", "1", ..."""

    def __init__(self, modules: Iterable[Module]):
        for module in modules:
            self.append(module)

    def append(self, module: Module) -> "_Numbered":
        """Add a module at the end.

        Parameters
        ----------
        module : Module
            The module.

        Returns
        -------
        Module
            This container.

        Raises
        ------
        TypeError
            If it is no module.
        """
        setattr(self, str(len(self)), _checked(self, module))
        return self

    def __len__(self) -> int:
        return sum(1 for _ in self._parts())

    def __iter__(self) -> Iterator[Any]:
        return iter([value for value in vars(self).values() if isinstance(value, Module)])

    def __getitem__(self, index: int | slice) -> Any:
        modules = list(self)
        return self._of(modules[index]) if isinstance(index, slice) else modules[index]

    def __setitem__(self, index: int, module: Module) -> None:
        place = range(len(self))[index]
        setattr(self, str(place), _checked(self, module))

    def _of(self, modules: list[Module]) -> "_Numbered":
        """Another container of this kind."""
        return type(self)(modules)


class Sequential(_Numbered):
    """Modules that run one after the other, each on the result of the one before.

    Parameters
    ----------
    *modules : Module
        In the order in which they run.
    """

    def __init__(self, *modules: Module):
        super().__init__(modules)

    def forward(self, input: Any) -> Any:
        """Run all modules.

        Parameters
        ----------
        input : Tensor or Array
            What the first module takes.

        Returns
        -------
        Tensor or Array
            What the last module returns.
        """
        modules = list(self)
        while modules:
            count = joined(modules, input.shape[-1] if getattr(input, "shape", ()) else None)
            input = run_joined(modules[:count], input) if count > 1 else modules[0](input)
            del modules[: max(1, count)]
        return input

    def _of(self, modules: list[Module]) -> "Sequential":
        return Sequential(*modules)


class _Inside(Module):
    """A container that does not run itself: the path of what it holds begins with its own name."""

    def _take_name(self, name: str) -> None:
        super()._take_name(name)
        for part, module in self._parts():
            module._take_name(f"{name}.{part}")

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if isinstance(value, Module) and self._name:
            value._take_name(f"{self._name}.{name}")


class ModuleList(_Inside, _Numbered):
    """A list of modules whose parameters are found.

    Parameters
    ----------
    modules : iterable of Module, optional
        The first ones; `append` adds more.
    """

    def __init__(self, modules: Iterable[Module] = ()):
        super().__init__(modules)

    def extend(self, modules: Iterable[Module]) -> "ModuleList":
        """Add modules at the end.

        Parameters
        ----------
        modules : iterable of Module
            The modules.

        Returns
        -------
        ModuleList
            This list.
        """
        for module in modules:
            self.append(module)
        return self


class ModuleDict(_Inside):
    """Modules by name, whose parameters are found.

    Parameters
    ----------
    modules : mapping of str to Module, optional
        The first ones.
    """

    def __init__(self, modules: Mapping[str, Module] | None = None):
        for name, module in (modules or {}).items():
            self[name] = module

    def __setitem__(self, name: str, module: Module) -> None:
        if not isinstance(vars(self).get(name), Module) and (hasattr(self, name) or "." in name):
            raise ValueError(f"ModuleDict cannot hold a module named {name!r}: choose another name, without dots")
        setattr(self, name, _checked(self, module))

    def __getitem__(self, name: str) -> Module:
        return dict(self._parts())[name]

    def __delitem__(self, name: str) -> None:
        delattr(self, name)

    def __contains__(self, name: object) -> bool:
        return name in self.keys()

    def __len__(self) -> int:
        return len(self.keys())

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def keys(self) -> list[str]:
        """Return the names.

        Returns
        -------
        list of str
            In the order in which they came.
        """
        return [name for name, _ in self._parts()]

    def values(self) -> list[Module]:
        """Return the modules.

        Returns
        -------
        list of Module
            In the order in which they came.
        """
        return [module for _, module in self._parts()]

    def items(self) -> list[tuple[str, Module]]:
        """Return names and modules.

        Returns
        -------
        list of tuple of str and Module
            In the order in which they came.
        """
        return list(self._parts())


def _checked(owner: Module, module: Any) -> Module:
    if not isinstance(module, Module):
        raise TypeError(f"{type(owner).__name__} holds modules, but got a {type(module).__name__}")
    return module
