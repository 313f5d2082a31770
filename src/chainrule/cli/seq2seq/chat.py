"""``chainrule chat`` for runs of the task `seq2seq` that learned dialogues."""

from __future__ import annotations

import contextlib
import math
import sys
from collections.abc import Container, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chainrule.cli.seq2seq.inputs import warnings_of
from chainrule.cli.seq2seq.options import sampling_options
from chainrule.errors import DataError

if TYPE_CHECKING:
    from chainrule.tasks.seq2seq import Predictor
    from chainrule.tasks.seq2seq.conversation import Conversation, Reply
    from chainrule.training.run import RunFolder

__all__ = ["chat"]

_HELP = "/reset forgets what was said, /quit or the end of input ends, /help says this."


@click.command()
@click.argument("run_folder", metavar="RUN", type=click.Path(path_type=Path))
@click.option(
    "--beam-width",
    "--beam",
    type=click.IntRange(min=1),
    metavar="N",
    help="Give the best reply of a search that follows so many, 1 being greedy, instead of drawing one.",
)
@sampling_options(temperature=0.8, top_p=0.9)
@click.option("--seed", type=click.IntRange(min=0), metavar="N", help="Of the draws; another one each time by default.")
def chat(
    run_folder: Path,
    beam_width: int | None,
    temperature: float,
    top_k: int | None,
    top_p: float,
    seed: int | None,
) -> None:
    """Talk with a model that was trained on dialogues.

    Type a line, or pipe lines in: each gets a reply, on standard output; all else goes to standard error. The model
    hears as many of the last utterances as it was trained on. At the start it is said how large it is, what it learned
    from and its perplexity on dialogues held out; replies that are copies of its training data are marked, and so are
    those that it finds less likely than it finds real ones.

    \b
    Examples:
      chainrule chat runs/talk
      chainrule chat runs/talk --temperature 0.7 --top-k 40 --seed 3
      chainrule chat runs/talk --beam-width 5
      echo "How are you?" | chainrule chat runs/talk
    """
    from chainrule.random import Generator
    from chainrule.tasks.seq2seq import Predictor, read_settings
    from chainrule.tasks.seq2seq.conversation import Conversation
    from chainrule.tasks.seq2seq.search import Sampling
    from chainrule.training.run import RunFolder

    run = RunFolder.open(run_folder)
    settings = read_settings(run)
    if settings.task != "dialogue":
        raise click.UsageError(
            f"{run.path} was trained to {settings.task}, not on dialogues: use `chainrule predict {run.path}`, or "
            f"train with --task dialogue"
        )
    predictor = Predictor.open(run, beam_width)
    generator = Generator(seed)
    turns = settings.turns or 1
    sampling = Sampling(temperature, top_k, top_p) if beam_width is None else None
    known = _training_replies(run, predictor)
    usual = _introduce(run, predictor, turns)
    if sampling is not None:
        _note(f"The draws begin at --seed {generator.seed}.")
    _note(_HELP)
    conversation = Conversation(predictor, turns=turns, known=known, sampling=sampling, generator=generator)
    for text in _utterances():
        if text == "/quit":
            break
        _answer(text, conversation, predictor, usual)


def _answer(text: str, conversation: Conversation, predictor: Predictor, usual: float) -> None:
    if text == "/reset":
        conversation.reset()
        _note("What was said is forgotten.")
    elif text.startswith("/"):
        _note(_HELP if text == "/help" else f"There is no command {text}: {_HELP}")
    elif text:
        try:
            reply = conversation.say(text)
        except DataError as error:
            _note(f"Error: {error}")
            return
        click.echo(reply.text)
        for remark in (*(warning for _, warning in warnings_of(predictor, [text])), *_remarks(reply, usual)):
            _note(f"  ({remark})")


def _remarks(reply: Reply, usual: float) -> Iterator[str]:
    if reply.copied:
        yield "word for word from its training data"
    if reply.perplexity > usual:
        yield f"a guess: at each symbol it chose among {reply.perplexity:,.0f}, as it were"


def _introduce(run: RunFolder, predictor: Predictor, turns: int) -> float:
    """Say what the model is; its perplexity on dialogues held out, or infinity where that is not known."""
    from chainrule.training.metrics_log import best_scores

    size = sum(math.prod(parameter.shape) for parameter in predictor.model.parameters())
    pairs, loss = run.config.data.get("pairs"), best_scores(run.metrics_path).get("dev_loss")
    usual = math.inf if loss is None else math.exp(loss)
    learned = "" if pairs is None else f", trained on {pairs:,} replies"
    known = "" if loss is None else f"; on dialogues held out its perplexity is {usual:.1f}"
    _note(f"A small model of {size:,} parameters{learned}{known} of {len(predictor.target_tokenizer):,} symbols.")
    heard = "the last utterance alone" if turns == 1 else f"the last {turns} utterances, its own included"
    _note(f"It puts together what it saw and understands nothing. It hears {heard}.")
    return usual


def _training_replies(run: RunFolder, predictor: Predictor) -> Container[str]:
    from chainrule.tasks.seq2seq import load_run_data
    from chainrule.tasks.seq2seq.conversation import TrainingReplies

    try:
        return TrainingReplies(predictor, load_run_data(run).split("train"))
    except DataError as error:
        _note(f"Copies of training replies cannot be marked: {error}")
        return frozenset()


def _utterances() -> Iterator[str]:
    """Lines as they are typed, with editing and history, or as they come in."""
    from chainrule.data.tables import arriving_lines

    if not sys.stdin.isatty():
        for _, lines in arriving_lines(sys.stdin.buffer):
            yield from (line.strip() for line in lines)
        return
    with contextlib.suppress(ImportError):
        import readline  # noqa: F401 - gives input() keys for editing and for what was typed before
    while True:
        try:
            yield input("> ").strip()
        except EOFError:
            click.echo()
            return
        except KeyboardInterrupt:
            click.echo()
            raise


def _note(text: str) -> None:
    click.echo(text, err=True)
