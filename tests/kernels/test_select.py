"""Which kernels are chosen, and what choosing costs."""

import importlib
import inspect
import pkgutil
import subprocess
import sys
import time

import numpy as np
import pytest

import chainrule.kernels.cpu
import chainrule.kernels.reference
import chainrule.kernels.xla
from chainrule import Tensor
from chainrule.kernels import KernelSet, select
from chainrule.kernels.selection import CPU, REFERENCE, XLA

X = np.ones((2, 3), np.float32)


def test_numpy_gets_the_cpu_kernels():
    for arrays in ((X,), (X, X[0]), (X, 2.0), (np.float32(1),), ()):
        assert select(*arrays) is CPU


def test_tensors_and_strangers_get_the_reference():
    class Stranger:
        pass

    for arrays in ((Tensor(X),), (X, Tensor(X)), (Tensor(X), X), (Stranger(), X)):
        assert select(*arrays) is REFERENCE


def test_jax_gets_its_own():
    jax = pytest.importorskip("jax")
    on_jax = jax.numpy.asarray(X)
    assert select(on_jax) is select(X, on_jax) is select(on_jax, 1.0) is XLA
    assert select(on_jax, Tensor(X)) is REFERENCE
    jax.jit(lambda tracer: (select(tracer) is XLA) or 1 / 0)(on_jax)


def test_a_kernel_that_a_set_lacks_comes_from_the_reference():
    from chainrule.kernels.cpu import softmax as cpu
    from chainrule.kernels.reference import optimizers, softmax

    assert CPU.softmax is cpu.softmax and REFERENCE.softmax is softmax.softmax
    assert CPU.adam_rule is optimizers.adam_rule  # nothing to gain: adam_step is the fast one
    assert XLA.log_softmax is softmax.log_softmax


def test_an_unknown_kernel_is_an_error_that_names_it():
    with pytest.raises(AttributeError, match="defines a kernel named nonsense"):
        CPU.nonsense  # noqa: B018
    assert not hasattr(CPU, "namespace")  # imported by the modules, but no kernel of theirs
    assert repr(CPU) == "KernelSet('cpu', 'reference')" and isinstance(CPU, KernelSet)


@pytest.mark.parametrize("package", [chainrule.kernels.cpu, chainrule.kernels.xla], ids=["cpu", "xla"])
def test_signatures_are_those_of_the_reference(package):
    """Each family's public functions take the same arguments in every folder."""
    if package is chainrule.kernels.xla:
        pytest.importorskip("jax")
    families = {m.name for m in pkgutil.iter_modules(chainrule.kernels.reference.__path__)}
    for family in families & {m.name for m in pkgutil.iter_modules(package.__path__)}:
        ours = importlib.import_module(f"{package.__name__}.{family}")
        plain = importlib.import_module(f"chainrule.kernels.reference.{family}")
        for name, function in inspect.getmembers(plain, inspect.isfunction):
            if function.__module__ == plain.__name__ and not name.startswith("_") and hasattr(ours, name):
                found = list(inspect.signature(getattr(ours, name), follow_wrapped=False).parameters)
                expected = list(inspect.signature(function).parameters)
                assert found == expected or "settings" in expected, f"{ours.__name__}.{name}"


def test_choosing_is_quick():
    CPU.softmax  # noqa: B018 - the first look-up imports
    best = min(_seconds_of_thousand() for _ in range(20)) / 1000
    assert best < 2e-6  # 0.4 microseconds on an idle machine


def _seconds_of_thousand():
    start = time.perf_counter()
    for _ in range(1000):
        select(X, X).softmax  # noqa: B018
    return time.perf_counter() - start


def test_no_compiler_is_loaded_before_a_kernel_runs():
    program = (
        "import sys, numpy as np\n"
        "from chainrule.kernels import select\n"
        "x = np.ones((2, 3), np.float32)\n"
        "select(x).softmax, select(x).adam_step, select(x).random_bits\n"
        "assert 'numba' not in sys.modules\n"
        "select(x).softmax(x)\n"
        "assert 'numba' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
