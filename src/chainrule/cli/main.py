"""The top of the command line."""

from __future__ import annotations

import click

from chainrule.cli.average import average
from chainrule.cli.curve import curve
from chainrule.cli.data import data
from chainrule.cli.doctor import doctor, print_version
from chainrule.cli.errors import SafeGroup
from chainrule.cli.explain import explain
from chainrule.cli.finetune import finetune
from chainrule.cli.gradcheck import gradcheck
from chainrule.cli.pretrain import pretrain
from chainrule.cli.resume import resume
from chainrule.cli.runs import chat, compare, evaluate, generate, predict, translate
from chainrule.cli.train import train
from chainrule.cli.warmup import warmup
from chainrule.cli.weights import weights

__all__ = ["main"]


@click.group(cls=SafeGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=print_version,
    help="Show the version and what a bug report needs.",
)
def main() -> None:
    """Train neural networks on the machine you already have.

    A run lives in a folder of its own: train it, ask it, score it, go on with it.

    \b
    Examples:
      chainrule train seq2seq cmudict --out runs/say --minutes 5
      chainrule predict runs/say chainrule backpropagation
      chainrule evaluate runs/say --split test
      chainrule resume runs/say --minutes 5
      chainrule explain backprop
      chainrule data list
      chainrule weights list

    Exit status: 0 when all went well, 1 for an error, 2 for a wrong command line, 130 after Ctrl-C and
    143 after SIGTERM.
    """


for command in (
    train,
    pretrain,
    finetune,
    predict,
    translate,
    chat,
    generate,
    evaluate,
    compare,
    curve,
    resume,
    average,
    explain,
    gradcheck,
    data,
    weights,
    warmup,
    doctor,
):
    main.add_command(command)
