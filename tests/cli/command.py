"""Calling the command, and small data for it."""

import json

import numpy as np
from click.testing import CliRunner

from chainrule.cli import main

SMALL = ["--embedding-size", "8", "--encoder-size", "8", "--decoder-size", "16", "--batch-size", "32"]
SMALL_ENCODER = ["--layers", 1, "--heads", 2, "--width", 16, "--context", 16, "--batch-size", 16]


def call(*arguments, stdin=None):
    return CliRunner().invoke(main, [str(a) for a in arguments], input=stdin)


def fails(*arguments, status=1, stdin=None):
    """Call the command, make sure that it fails as it should, and return its one sentence."""
    result = call(*arguments, stdin=stdin)
    assert isinstance(result.exception, SystemExit), result.output
    assert result.exit_code == status
    last = result.stderr.strip().split("\n")[-1]
    assert last.startswith("Error: ")
    assert "Traceback" not in result.output
    return last.removeprefix("Error: ")


def write_pairs(path, count=300, seed=0):
    """Words of four letters and their mirror images."""
    generator = np.random.default_rng(seed)
    words = dict.fromkeys("".join(generator.choice(list("abcd"), size=generator.integers(2, 7))) for _ in range(count))
    path.write_text("".join(f"{word}\t{' '.join(reversed(word.upper()))}\n" for word in words))
    return path


def change_json(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
