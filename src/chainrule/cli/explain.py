"""``chainrule explain``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click

__all__ = ["explain"]


@click.group()
def explain() -> None:
    """Explain how it works, with numbers computed on the spot.

    \b
    Examples:
      chainrule explain backprop
      chainrule explain conv --html conv.html
      chainrule explain seq2seq runs/say chainrule
      chainrule explain pretraining
    """


_html = click.option(
    "--html", "path", type=click.Path(dir_okay=False, path_type=Path), help="Write a page with pictures to this file."
)


def _tell(found: Any, path: Path | None, as_text: Callable[[Any], str], write: Callable[[Any, Path], Path]) -> None:
    """Print an explanation, or write its page."""
    if path is None:
        click.echo(as_text(found), nl=False)
    else:
        click.echo(f"Wrote {write(found, path)}; open it in a browser.")


@explain.command("backprop")
@_html
def backprop(path: Path | None) -> None:
    """Explain backpropagation on a small network and a real flower.

    Values forward, the chain rule backward, the same derivatives from finite differences beside it, one step, and the
    loss falling. Takes three minutes to read.

    \b
    Examples:
      chainrule explain backprop
      chainrule explain backprop --html backprop.html
    """
    from chainrule.inspect import explain_backprop
    from chainrule.inspect.explain_backprop_page import write
    from chainrule.inspect.explain_backprop_text import as_text

    _tell(explain_backprop(), path, as_text, write)


@explain.command("conv")
@_html
def conv(path: Path | None) -> None:
    """Explain convolution on a photo, and what it does in a conv net.

    A kernel sliding over pixels, the definition in a dozen lines beside the library, edges of the photo, kernels that a
    small net learns on the spot and what they find, how far a unit sees, and which algorithm computes it fastest here.
    Takes about 20 seconds to compute and three minutes to read.

    \b
    Examples:
      chainrule explain conv
      chainrule explain conv --html conv.html
    """
    from chainrule.inspect import explain_conv
    from chainrule.inspect.explain_conv_page import write
    from chainrule.inspect.explain_conv_text import as_text

    click.echo("Training a small net on the spot ...", err=True)
    _tell(explain_conv(), path, as_text, write)


@explain.command("seq2seq")
@click.argument("run_folder", required=False, metavar="[RUN]", type=click.Path(path_type=Path))
@click.argument("text", required=False, metavar="[INPUT]")
@_html
def seq2seq(run_folder: Path | None, text: str | None, path: Path | None) -> None:
    """Explain sequence-to-sequence models, as they are used in natural language processing, on one input.

    What the encoder reads, each step of the decoder with its attention and the likeliest symbols, the beam as it grows,
    and the log-probabilities that add up to the score. RUN is a trained run of the task seq2seq, and INPUT what it is
    to answer; without them a small model is trained on the spot, in about a minute.

    \b
    Examples:
      chainrule explain seq2seq
      chainrule explain seq2seq runs/say chainrule
      chainrule explain seq2seq runs/say chainrule --html say.html
    """
    from chainrule.inspect import explain_seq2seq
    from chainrule.inspect.explain_seq2seq_page import write
    from chainrule.inspect.explain_seq2seq_text import as_text

    if run_folder is None:
        click.echo("Training a small model on the spot, for about a minute ...", err=True)
        found = explain_seq2seq()
    elif text is None:
        raise click.UsageError("name an input for the run to answer: chainrule explain seq2seq RUN INPUT")
    else:
        from chainrule.tasks.seq2seq import Predictor

        found = explain_seq2seq(Predictor.open(run_folder), text)
    _tell(found, path, as_text, write)


@explain.command("pretraining")
@_html
def pretraining(path: Path | None) -> None:
    """Explain self-supervised pre-training: what a model learns from text without labels, and what that is worth.

    Words hidden and guessed, before and after; words it takes for similar; and the same small model on the same few
    labels, from scratch and pre-trained, several times with an interval. Takes about two minutes to compute.

    \b
    Examples:
      chainrule explain pretraining
      chainrule explain pretraining --html pretraining.html
    """
    from chainrule.inspect import explain_pretraining
    from chainrule.inspect.explain_pretraining_page import write
    from chainrule.inspect.explain_pretraining_text import as_text

    click.echo("Pre-training a small model and fine-tuning it 40 times, for about two minutes ...", err=True)
    _tell(explain_pretraining(progress=_bar), path, as_text, write)


def _bar(items: Iterable[Any], what: str) -> Iterable[Any]:
    """Show on a terminal how far it is."""
    from tqdm import tqdm

    return tqdm(items, desc=what, disable=None, leave=False)
