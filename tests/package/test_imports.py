"""`import chainrule` loads what everybody needs, and nothing heavy."""

import subprocess
import sys

import pytest

HEAVY = ("numba", "llvmlite", "jax", "torch", "scipy", "click", "tqdm", "rapidfuzz", "safetensors", "multiprocessing")


def modules_after(statement):
    """The top-level modules that a fresh Python has loaded after a statement."""
    program = f"{statement}\nimport sys\nprint('loaded', *{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(done.stdout.rpartition("loaded")[2].split())


def test_import_is_light():
    assert not modules_after("import chainrule").intersection(HEAVY)


def test_ordinary_arithmetic_needs_no_compiler():
    statement = "import chainrule as cr\nx = cr.tensor([1.0, 2.0], requires_grad=True)\n(x * x).sum().backward()"
    assert not modules_after(statement).intersection({"numba", "jax"})


def test_help_needs_no_compiler():
    assert not modules_after(
        "from chainrule.cli import main\ntry:\n main(['--help'])\nexcept SystemExit: pass"
    ).intersection({"numba", "jax", "torch"})


@pytest.mark.parametrize("absent", ["jax", "numba", "torch"])
def test_import_without(absent):
    """The library can be imported where a library that it loads late is missing."""
    modules_after(f"import sys\nsys.modules[{absent!r}] = None\nimport chainrule")
