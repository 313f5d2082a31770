"""Does pre-training help?  ``python -m benchmarks.pretraining_helps glosses|letters [--out DIR]``.

Learns without labels, then draws the learning curves of the same model with and without what it learned: five seeds,
the mean and its 95 % interval. It types the commands that it shows; an interrupted curve goes on where it stopped.
"""

import argparse
import shlex
from pathlib import Path

from chainrule.cli import main as chainrule

STUDIES = {
    "glosses": (
        "pretrain masked wordnet --out {out}/base --steps 4000 --symbols words --vocabulary-size 4000 --layers 2 "
        "--width 64 --context 32 --batch-size 64 --dropout 0 --learning-rate 2e-3",
        "curve {out}/base wordnet --task classify --out {out}/curve --examples 100,1000 --epochs 20 --batch-size 16 "
        "--learning-rate 1e-3 --evaluate-every 2000 --plot {out}/curve.svg",
    ),
    "letters": (
        "pretrain denoise cmudict --out {out}/base --steps 3000 --evaluation-size 1000",
        "curve {out}/base cmudict --task seq2seq --out {out}/curve --examples 500,5000 --steps 800 --batch-size 64 "
        "--dropout 0.2 --evaluate-every 200 --evaluation-size 1000 --beam-width 1 --plot {out}/curve.svg",
    ),
}


def main() -> None:
    """Run the study that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pretraining_helps", description="Does it help?")
    parser.add_argument("study", choices=STUDIES)
    parser.add_argument("--out", type=Path, help="folder of the study (default: runs/NAME)")
    options = parser.parse_args()
    out = options.out or Path("runs") / options.study
    pretrain, curve = (command.format(out=shlex.quote(str(out))) for command in STUDIES[options.study])
    if not (out / "base" / "config.json").is_file():
        _type(pretrain)
    _type(curve)


def _type(command: str) -> None:
    print(f"$ chainrule {command}", flush=True)
    chainrule(shlex.split(command), standalone_mode=False)


if __name__ == "__main__":
    main()
