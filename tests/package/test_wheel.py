"""The built package holds what it should and runs where nothing but its own requirements is installed."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT]
    subprocess.run(pip, check=True)
    return next(folder.glob("chainrule-*.whl"))


def test_wheel_holds_the_package_and_nothing_else(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    files = (path for path in (ROOT / "src").rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    sources = {path.relative_to(ROOT / "src").as_posix() for path in files}
    assert "chainrule/py.typed" in sources
    assert sources == {name for name in names if ".dist-info/" not in name}
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert any(name.endswith("entry_points.txt") for name in names)


def test_wheel_works_on_its_own_requirements(wheel, tmp_path):
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    programs = next(folder for name in ("bin", "Scripts") if (folder := environment / name).exists())
    subprocess.run([programs / "python", "-m", "pip", "install", "--quiet", wheel], check=True)
    said = subprocess.run([programs / "chainrule", "--version"], check=True, capture_output=True, text=True).stdout
    assert "chainrule" in said
    pairs = tmp_path / "pairs.tsv"
    pairs.write_text("".join(f"{'ab' * (i % 3 + 1)}{'c' * (i % 5)}\tA B C\n" for i in range(60)))
    train = ["train", "seq2seq", pairs, "--out", tmp_path / "run", "--steps", "2"]
    subprocess.run([programs / "chainrule", *train], check=True, capture_output=True, cwd=tmp_path)
