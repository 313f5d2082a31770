"""Texts, described by the mean of what the encoder of an encoder-decoder makes of their places."""

from __future__ import annotations

from chainrule.interop.blank import Blank
from chainrule.random import Generator
from chainrule.tasks.judging.representation import Representation
from chainrule.tasks.judging.texts import described_by
from chainrule.tasks.pretraining import denoising
from chainrule.tasks.runs import load_best
from chainrule.tasks.seq2seq.model import make_codec, make_model, read_settings, read_tokenizers
from chainrule.training.run import RunFolder

__all__ = ["represent"]


def represent(run: RunFolder, generator: Generator | None) -> Representation:
    """Describe texts with a run of denoising, or of learning from pairs.

    Parameters
    ----------
    run : RunFolder
        The run.
    generator : Generator, optional
        Draws its weights anew.

    Returns
    -------
    Representation
        Of texts.
    """
    settings = denoising.read_settings(run) if run.config.task == "denoise" else read_settings(run)
    source, target = read_tokenizers(run)
    model = make_model(settings, source, target, generator or Blank())
    if generator is None:
        load_best(run, model)
    codec = make_codec(settings, source, target)
    return described_by(model.eval(), codec.encode_sources, "mean", str(run.path))
