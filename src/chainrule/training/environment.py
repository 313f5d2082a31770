"""What a bug report and an exact resume need to know of the machine."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from chainrule.kernels.cpu.pool import thread_count

__all__ = ["describe_environment", "environment_differences"]

_LIBRARIES = ("chainrule", "numpy", "numba", "llvmlite", "safetensors", "jax")


def describe_environment() -> dict[str, str]:
    """Describe processor, system and library versions.

    Returns
    -------
    dict of str to str
        What the bits of a training run may depend on.
    """
    facts = {
        "processor": _processor(),
        "threads": str(thread_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    for name in _LIBRARIES:
        try:
            facts[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            facts[name] = "not installed"
    facts["blas"] = _blas()
    return facts


def environment_differences(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """List what differs between two descriptions.

    Parameters
    ----------
    then, now : mapping of str to str
        Results of `describe_environment`.

    Returns
    -------
    list of str
        One short text a difference.
    """
    names = list(dict.fromkeys([*then, *now]))
    return [
        f"{name} {then.get(name, 'unknown')} -> {now.get(name, 'unknown')}"
        for name in names
        if then.get(name) != now.get(name)
    ]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine() or "unknown"


def _blas() -> str:
    config = np.show_config(mode="dicts")
    blas = config.get("Build Dependencies", {}).get("blas", {}) if isinstance(config, dict) else {}
    return f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip()
