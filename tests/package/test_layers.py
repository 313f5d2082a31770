"""Each folder of the package imports only from itself and from the folders below it."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2] / "src" / "chainrule"
# From the bottom to the top; a module of the package itself counts as a folder of its name.
LAYERS = (
    "errors",
    "folders",
    "backend",
    "kernels",
    "random",
    "autodiff",
    "ops",
    "nn",
    "optim",
    "data",
    "decoding",  # a search needs only a step, so it knows no model
    "models",
    "interop",
    "training",
    "metrics",
    "tasks",
    "inspect",
    "estimators",
    "cli",
)
# Tensor.__array_namespace__ answers with the operations: array code asks a Tensor for its functions.
ANSWER = ("autodiff/tensor.py", "ops")


def test_every_folder_has_a_layer():
    found = {path.stem for path in ROOT.iterdir() if path.is_dir() or path.suffix == ".py"}
    assert found - {"__init__", "__main__", "__pycache__"} <= set(LAYERS)


def test_imports_point_downwards():
    upwards = [
        f"{path.relative_to(ROOT)}:{line} imports chainrule.{target}"
        for path in ROOT.rglob("*.py")
        if (layer := path.relative_to(ROOT).parts[0].removesuffix(".py")) in LAYERS
        for target, line in _imported_layers(path)
        if target not in LAYERS[: LAYERS.index(layer) + 1] and (path.relative_to(ROOT).as_posix(), target) != ANSWER
    ]
    assert not upwards, "\n".join(upwards)


def test_only_the_kernels_know_numba():
    strangers = [
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if path.relative_to(ROOT).parts[:2] != ("kernels", "cpu")
        and any(name.partition(".")[0] in ("numba", "llvmlite") for name, _ in _imports(path))
    ]
    assert not strangers


def _imported_layers(path: Path) -> Iterator[tuple[str, int]]:
    for name, line in _imports(path):
        package, _, rest = name.partition(".")
        if package == "chainrule":
            yield rest.partition(".")[0], line


def _imports(path: Path) -> Iterator[tuple[str, int]]:
    """Everything that a file imports anywhere in it, as far as modules can be told from names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level or node.module == "chainrule":
                base = ".".join(
                    ["chainrule", *path.relative_to(ROOT).parts[: -node.level]] if node.level else ["chainrule"]
                )
                base = f"{base}.{node.module}" if node.level and node.module else base
                yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield node.module or "", node.lineno
