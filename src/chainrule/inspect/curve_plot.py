"""Learning curves as a picture."""

from pathlib import Path
from typing import Any

from chainrule.errors import ConfigError
from chainrule.tasks.judging.curves import LearningCurves

__all__ = ["check_plot", "draw_curves"]

_SUFFIXES = (".svg", ".png", ".pdf")


def check_plot(path: Path) -> None:
    """Make sure that a picture can be written, before hours of training.

    Parameters
    ----------
    path : Path
        Its file.

    Raises
    ------
    ConfigError
        When the name ends in no format that we write, or Matplotlib is not installed.
    """
    if path.suffix.lower() not in _SUFFIXES:
        raise ConfigError(f"{path} must end in {', '.join(_SUFFIXES[:-1])} or {_SUFFIXES[-1]}")
    _figure()


def draw_curves(curves: LearningCurves, title: str, path: Path) -> None:
    """Draw the mean of each way to begin against the number of examples, with its 95 % interval.

    Parameters
    ----------
    curves : LearningCurves
        What was measured.
    title : str
        What stands above the picture.
    path : Path
        Where it goes; the ending says in which format.
    """
    figure = _figure()(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    scale = 100 if curves.per_cent else 1
    for number, arm in enumerate(curves.arms):
        found = [(examples, point) for examples in curves.amounts if (point := curves.point(arm, examples))]
        means = [scale * point.mean for _, point in found]
        # A single seed has no interval.
        reach = [scale * (point.interval[1] - point.mean) if len(point.values) > 1 else 0.0 for _, point in found]
        shift = 1 + 0.015 * number  # so that bars stand beside each other
        axes.errorbar([shift * n for n, _ in found], means, reach, marker="o", capsize=3, label=arm)
    axes.set_xscale("log")
    axes.set_xticks(curves.amounts, [f"{examples:,}" for examples in curves.amounts], minor=False)
    axes.set_xticks([], minor=True)
    axes.set(title=title, xlabel="labelled examples", ylabel=f"{curves.score}, %" if curves.per_cent else curves.score)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path)


def _figure() -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ConfigError('plots need Matplotlib: pip install "chainrule[plot]"') from None
    return Figure
