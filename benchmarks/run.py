"""Run benchmarks and write down what they found: ``python -m benchmarks.run [WORD ...]``.

Every file in this folder that defines ``workloads()`` (a list of `Workload`) is timed against PyTorch; one
that defines ``records(wanted)`` measures by itself and returns finished records (`make_record`), for names
that ``wanted(name)`` says are asked for.
"""

import argparse
import importlib
import json
import math
import os
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.harness import Record, measure
from benchmarks.sides import check_compiler

_FOLDER = Path(__file__).parent
_RESULTS = _FOLDER / "results.json"


def main() -> None:
    """Run what the command line asks for."""
    options = _options()
    if options.compiled:
        check_compiler()
    records = []
    print(_row("benchmark", "ours ms", "torch ms", "ratio", "minima", *["compiled", "ratio"] * options.compiled))
    for record in run(options.words, options.repeats, options.seconds, options.compiled):
        records.append(record)
        print(_line(record), flush=True)
        _save(records, options.out)  # after each, so that an interrupted run leaves what it has
    if not records:
        raise SystemExit(f"benchmarks.run: no benchmark matches {' '.join(options.words)}")
    print(_summary(records))
    print(f"{len(records)} records in {os.path.relpath(options.out)}")


def run(words: list[str], repeats: int, seconds: float, with_compiled: bool = False) -> Iterator[Record]:
    """Measure benchmarks.

    Parameters
    ----------
    words : list of str
        Parts of file names; where no file is called so, parts of the names of benchmarks. All, if there are none.
    repeats : int
        Timed turns of each side.
    seconds : float
        The longest a workload may take.
    with_compiled : bool, default False
        Whether workloads are timed against compiled PyTorch too.

    Yields
    ------
    dict
        A record, as `measure` makes it.
    """
    modules = sorted(module.name for module in pkgutil.iter_modules([str(_FOLDER)]))
    named = [module for module in modules if any(word in module for word in words)]
    wanted = _filter([] if named else words)
    for module in named or modules:
        found = importlib.import_module(f"benchmarks.{module}")
        for workload in found.workloads() if hasattr(found, "workloads") else ():
            if wanted(workload.name):
                yield measure(workload, repeats, seconds, with_compiled=with_compiled)
        if hasattr(found, "records"):
            yield from found.records(wanted)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description="Time chainrule against PyTorch.")
    parser.add_argument("words", nargs="*", metavar="WORD", help="part of a file's name, or else of a benchmark's")
    parser.add_argument("--repeats", type=int, default=40, help="timed turns of each side (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=20.0, help="longest time a workload (default: %(default)s)")
    compiled = "time torch.compile's programs too; compiling takes up to minutes a benchmark and needs a C++ compiler"
    parser.add_argument("--compiled", action="store_true", help=compiled)
    parser.add_argument("--out", type=Path, default=_RESULTS, help="where the records go (default: %(default)s)")
    return parser.parse_args()


def _filter(words: list[str]) -> Callable[[str], bool]:
    """Is a benchmark of this name asked for?"""
    return lambda name: not words or any(word.lower() in name.lower() for word in words)


def _line(record: Record) -> str:
    if "unit" in record:
        return _row(f"{record['name']} ({record['unit']})", record["ours"], record["torch"], record["ratio"], None)
    more = ("compiled_ms", "compiled_ratio") if "compiled_ms" in record else ()
    return _row(*(record[key] for key in ("name", "ours_ms", "torch_ms", "ratio", "min_ratio", *more)))


def _summary(records: list[Record]) -> str:
    """The geometric means of the ratios of what was timed in turn."""
    pairs = [(r["ratio"], r["min_ratio"]) for r in records if r["interleaved"]]
    if not pairs:
        return "nothing was timed in turn with PyTorch"
    medians, minima = (math.exp(sum(map(math.log, column)) / len(pairs)) for column in zip(*pairs))
    return _row(f"geometric mean of {len(pairs)}", None, None, medians, minima)


def _row(name: str, *cells: float | str | None) -> str:
    texts = ("-" if cell is None else cell if isinstance(cell, str) else f"{cell:.2f}" for cell in cells)
    return " ".join([f"{name:<52}", *(f"{text:>10}" for text in texts)])


def _save(records: list[Record], path: Path) -> None:
    path.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
