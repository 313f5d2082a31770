"""Renew the pinned versions: install all extras into an empty environment and write down what came."""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

_FOLDER = Path(__file__).parent
_PROJECT = _FOLDER.parent
_HEADER = "# Made by `make lock`: versions for {extras}.\n"


def main() -> None:
    """Write ci.lock, and parity.lock with what PyTorch adds to it."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = next(Path(folder).glob("[bS]*/python*"))
        common = _installed(python, "data,text,image,sklearn,plot,hub,jax,test,lint")
        _write("ci.lock", "all extras but parity", common)
        _write("parity.lock", "PyTorch", _installed(python, "parity") - common)


def _installed(python: Path, extras: str) -> set[str]:
    """What is installed after these extras have been."""
    subprocess.run([python, "-m", "pip", "install", "-qq", f"{_PROJECT}[{extras}]"], check=True)
    tools = [option for name in ("chainrule", "pip", "setuptools", "wheel") for option in ("--exclude", name)]
    listing = [python, "-m", "pip", "list", "--format=freeze", *tools]
    lines = subprocess.run(listing, check=True, capture_output=True, text=True).stdout.split()
    return {line.partition("+")[0] for line in lines}  # 2.13.0+cpu is one build of 2.13.0


def _write(name: str, extras: str, pins: set[str]) -> None:
    lines = sorted(pins, key=str.lower)
    (_FOLDER / name).write_text(_HEADER.format(extras=extras) + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{name}: {len(lines)} packages", file=sys.stderr)


if __name__ == "__main__":
    main()
