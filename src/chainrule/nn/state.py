"""What a module holds, by path, and loading it."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from chainrule.autodiff import Tensor
from chainrule.nn.conversion import copied
from chainrule.nn.parameter import Parameter

if TYPE_CHECKING:
    from chainrule.nn.module import Module


class Mismatch(NamedTuple):
    """A name whose numbers have another shape than the module's.

    Attributes
    ----------
    name : str
        The path.
    expected : tuple of int
        The shape in the module.
    found : tuple of int
        The shape of what was to be loaded.
    """

    name: str
    expected: tuple[int, ...]
    found: tuple[int, ...]


class LoadReport(NamedTuple):
    """What did not fit when a state was loaded.

    Attributes
    ----------
    missing_keys : list of str
        What the module has and the state has not.
    unexpected_keys : list of str
        What the state has and the module has not.
    mismatched : list of Mismatch
        What has different shapes.
    """

    missing_keys: list[str]
    unexpected_keys: list[str]
    mismatched: list[Mismatch]


def joined(path: str, name: str) -> str:
    """The path of an attribute of the module at `path`."""
    return f"{path}.{name}" if path else name


def walk(module: "Module", path: str, seen: set["Module"]) -> Iterator[tuple[str, "Module"]]:
    """`module` and all inside it that were not `seen` yet."""
    if module not in seen:
        seen.add(module)
        yield path, module
        for name, child in module.named_children():
            yield from walk(child, joined(path, name), seen)


def places(module: "Module", path: str = "", *, saved: bool = False) -> Iterator[tuple[str, tuple["Module", str]]]:
    """Where parameters and buffers stand: each path with its module and attribute, shared ones under all paths."""
    for name, value in vars(module).items():
        if isinstance(value, Parameter):
            yield joined(path, name), (module, name)
    for name, persistent in module._buffers.items():
        if vars(module).get(name) is not None and (persistent or not saved):
            yield joined(path, name), (module, name)
    for name, child in module._parts():
        yield from places(child, joined(path, name), saved=saved)


def entries(module: "Module") -> Iterator[tuple[str, Tensor]]:
    """What `state_dict` holds."""
    return ((path, vars(owner)[name]) for path, (owner, name) in places(module, saved=True))


def load(module: "Module", state: Mapping[str, Any], strict: bool) -> LoadReport:
    """Copy what fits, or under `strict` all or nothing."""
    own = dict(entries(module))
    report = _compare(own, state)
    if strict and any(report):
        raise ValueError(_explanation(type(module).__name__, own, state, report))
    skipped = {mismatch.name for mismatch in report.mismatched}
    for path, tensor in own.items():
        if path in state and path not in skipped:
            tensor.write_(copied(state[path], tensor.value))  # a copy, since JAX would alias a NumPy array
    return report


def _compare(own: Mapping[str, Tensor], state: Mapping[str, Any]) -> LoadReport:
    given = {tensor for path, tensor in own.items() if path in state}
    # A shared tensor needs only one of its names: some files leave the others out.
    missing = [path for path, tensor in own.items() if path not in state and tensor not in given]
    mismatched = [
        Mismatch(path, tensor.shape, tuple(state[path].shape))
        for path, tensor in own.items()
        if path in state and tuple(state[path].shape) != tensor.shape
    ]
    return LoadReport(missing, [path for path in state if path not in own], mismatched)


def _explanation(owner: str, own: Mapping[str, Tensor], state: Mapping[str, Any], report: LoadReport) -> str:
    faults = {
        "missing": [f"{path} {own[path].shape}" for path in report.missing_keys],
        "unexpected": [f"{path} {tuple(state[path].shape)}" for path in report.unexpected_keys],
        "of another shape": [f"{m.name} {m.found} instead of {m.expected}" for m in report.mismatched],
    }
    lists = "; ".join(f"{kind}: {_shortened(names)}" for kind, names in faults.items() if names)
    return f"{owner} got a state that does not fit, and loaded nothing of it; {lists}; strict=False loads what fits"


def _shortened(names: list[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
