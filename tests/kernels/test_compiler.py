"""Kernels are compiled late, kept between runs, and never mixed up."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from chainrule.kernels.cpu import compiler, softmax
from chainrule.kernels.cpu.compiler import cache_folder, fingerprint_of, inlined, kernel, kernels_of, warmup

PROGRAM = """
import sys
import numpy as np
from chainrule.kernels.cpu.compiler import inlined, kernel

def scaling(factor):
    @kernel("void(float32[::1])", name=f"scale_{factor}")
    def scale(x):
        for i in range(x.size):
            x[i] *= np.float32(factor)
    return scale

double, triple = scaling(2), scaling(3)
assert "numba" not in sys.modules
x = np.ones(1, np.float32)
double(x), triple(x)
print(x[0], sum(sum(k.compiled.stats.cache_hits.values()) for k in (double, triple)))
"""


def run_program(folder, **environment):
    program = folder / "program.py"
    program.write_text(PROGRAM)
    command = [sys.executable, str(program)]
    caches = dict.fromkeys(("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"), str(folder / "cache"))
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, **caches, **environment}
    )
    return done.stdout.split(), done.stderr


def test_machine_code_is_kept_for_the_next_run(tmp_path):
    first, said = run_program(tmp_path)
    assert first == ["6.0", "0"]
    assert said.startswith("chainrule: compiling CPU kernels, once") and said.count("\n") == 1
    second, said = run_program(tmp_path)
    assert second == ["6.0", "2"] and said == ""


@pytest.mark.skipif(sys.platform != "linux", reason="the cache folder depends on the system")
def test_a_cache_that_cannot_be_written_to_is_replaced_by_a_temporary_folder(tmp_path):
    (tmp_path / "cache").write_text("not a folder")
    found, said = run_program(tmp_path, TMPDIR=str(tmp_path))
    assert found == ["6.0", "0"] and f"{tmp_path}/chainrule-" in said
    assert run_program(tmp_path, TMPDIR=str(tmp_path)) == (["6.0", "2"], "")


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no permissions")
def test_a_temporary_folder_that_others_can_write_to_is_not_trusted(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    first = compiler._temporary_folder()
    assert first == compiler._temporary_folder() and first.stat().st_mode & 0o077 == 0
    first.chmod(0o777)
    assert compiler._temporary_folder() != first


def test_an_edit_to_any_kernel_source_is_noticed(tmp_path):
    (tmp_path / "helper.py").write_text("A = 1\n")
    (tmp_path / "kernel.py").write_text("from helper import A\n")
    before = fingerprint_of(tmp_path)
    assert fingerprint_of(tmp_path) == before
    (tmp_path / "helper.py").write_text("A = 2\n")
    assert fingerprint_of(tmp_path) != before


def test_cache_folder_is_the_users():
    assert cache_folder().is_dir() and Path(compiler.__file__).parent not in cache_folder().parents


def test_folders_of_other_versions_are_removed_when_nothing_has_used_them_for_a_month(tmp_path):
    folders = [tmp_path / f"kernels-{name}" for name in ("mine", "recent", "old")]
    for folder in folders:
        folder.mkdir()
    for folder in (folders[0], folders[2]):
        os.utime(folder, (0, 0))
    compiler._remove_unused(folders[0])
    assert [folder.exists() for folder in folders] == [True, True, False]


def test_kernels_with_values_around_them_need_a_name():
    factor = np.float32(2)

    def scale(x):
        x[0] *= factor

    with pytest.raises(TypeError, match=r"expected name= for .*scale"):
        kernel("void(float32[::1])")(scale)


def test_division_by_zero_is_as_in_numpy_and_fastmath_may_be_chosen():
    @inlined
    def quotient(a, b):
        return a / b

    @kernel("float32(float32, float32)", name="divide", fastmath={"contract"})
    def divide(a, b):
        return quotient(a, b)

    assert divide(1.0, 0.0) == np.inf
    assert np.isnan(divide(0.0, 0.0))


def test_other_types_than_the_kernels_are_refused():
    with pytest.raises(TypeError, match="No matching definition"):
        softmax.softmax_rows(np.ones((2, 2)), np.ones((2, 2)), 0, 2)


def test_kernels_of_a_module_are_found():
    names = {k.name for k in kernels_of(softmax)}
    assert {"softmax_rows", "log_softmax_rows", "cross_entropy_rows", "cross_entropy_backward_rows"} <= names


@pytest.mark.slow
def test_warmup_compiles_every_kernel():
    assert warmup() >= 20
    assert all("compiled" in vars(k) for k in kernels_of(softmax))
