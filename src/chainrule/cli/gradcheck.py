"""``chainrule gradcheck``."""

from __future__ import annotations

import importlib.util
import inspect as signatures
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from chainrule.errors import ConfigError

__all__ = ["gradcheck"]


@click.command()
@click.argument("target", metavar="FILE.py:NAME")
@click.option(
    "--input",
    "shapes",
    multiple=True,
    required=True,
    metavar="SHAPE",
    help="The shape of an argument, as in 4,3,32,32; filled with normal numbers. 8,20:int10 makes whole numbers below "
    "10. Once for each argument.",
)
@click.option("--second", is_flag=True, help="Check second derivatives too.")
@click.option(
    "--directions", type=click.IntRange(min=1), default=4, show_default=True, help="Random directions to try."
)
@click.option("--tolerance", type=float, default=1e-5, show_default=True, help="The largest relative difference.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of inputs and directions.")
def gradcheck(target: str, shapes: tuple[str, ...], second: bool, directions: int, tolerance: float, seed: int) -> None:
    """Compare the derivatives of a function or module of your own with finite differences.

    NAME is a function of arrays, a module, or a class of modules that needs no arguments. A module is checked by its
    inputs and its parameters. The file is run as Python runs it.

    \b
    Examples:
      chainrule gradcheck my_file.py:MyModule --input 4,3,32,32
      chainrule gradcheck my_file.py:my_loss --input 8,10 --input 8:int10 --second
    """
    from chainrule import inspect
    from chainrule.autodiff import GradientError
    from chainrule.random import Generator

    generator = Generator(seed)
    inputs = tuple(_array(shape, generator) for shape in shapes)
    with generator:
        function = _ready(_load(target), target)
    checks = [("first", inspect.gradcheck), *([("second", inspect.gradgradcheck)] if second else [])]
    for order, check in checks:
        try:
            check(function, inputs, directions=directions, tolerance=tolerance, seed=seed)
        except GradientError as error:
            raise click.ClickException(f"the {order} derivatives of {target} are wrong: {error}") from None
        click.echo(f"The {order} derivatives of {target} are right, by {_described(function, inputs)}.")


def _array(text: str, generator: Any) -> Any:
    """A random argument out of its description."""
    shape_text, _, kind = text.partition(":")
    try:
        shape = tuple(int(n) for n in shape_text.split(",") if n)
        limit = int(kind.removeprefix("int")) if kind else 0
        if kind and (limit < 1 or not kind.startswith("int")):
            raise ValueError
    except ValueError:
        raise ConfigError(f"--input expected a shape such as 4,3,32 or 8,20:int10, but got {text!r}") from None
    if kind:
        return generator.uniform(shape, 0, limit).astype("int64")
    return generator.normal(shape, dtype="float64")


def _load(target: str) -> Any:
    """What has that name in that file."""
    file, _, name = target.rpartition(":")
    path = Path(file)
    if not file or not path.is_file():
        raise ConfigError(f"gradcheck expected FILE.py:NAME, but there is no file {file or target!r}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ConfigError(f"gradcheck expected a Python file, but got {file!r}")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent.resolve()))  # so that it can import its neighbours, as under python FILE
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.pop(0)
    if not hasattr(module, name):
        known = ", ".join(n for n in vars(module) if not n.startswith("_") and callable(getattr(module, n)))
        raise ConfigError(f"{file} has no {name!r}; it has {known or 'nothing that can be called'}")
    return getattr(module, name)


def _ready(found: Any, target: str) -> Callable:
    """A function or a module; a class is called first."""
    if not callable(found):
        raise ConfigError(f"{target} must be a function or a module, but is a {type(found).__name__}")
    if not isinstance(found, type):
        return found
    needed = [
        p.name
        for p in signatures.signature(found).parameters.values()
        if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]
    if needed:
        raise ConfigError(
            f"{target} needs {', '.join(needed)}: make one in the file (checked = {found.__name__}(...)) and name that"
        )
    return found()


def _described(function: Callable, inputs: tuple) -> str:
    from chainrule.nn import Module

    count = sum(x.dtype.kind == "f" for x in inputs)
    text = f"{count} input{'s' * (count != 1)}"
    if isinstance(function, Module):
        tensors = len(list(function.parameters()))
        text += f" and {tensors} parameter{'s' * (tensors != 1)} ({function.num_parameters():,} numbers)"
    return text
