"""A trained model and its tokenizers, loaded from a run folder: texts in, answers out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

from chainrule.data.codec import Codec
from chainrule.data.tokenizers import EOS
from chainrule.decoding import AllowedSymbols, Filter, ForcedPrefix, Hypothesis, Trie
from chainrule.errors import DataError
from chainrule.interop.blank import Blank
from chainrule.random import Generator
from chainrule.tasks.runs import load_best
from chainrule.tasks.seq2seq.ensemble import ModelEnsemble
from chainrule.tasks.seq2seq.model import length_limit, make_codec, make_model, read_settings, read_tokenizers
from chainrule.tasks.seq2seq.search import Sampling, Search
from chainrule.training.run import RunFolder

__all__ = ["Answer", "Predictor"]


@dataclass(frozen=True)
class Answer:
    """One answer to one input.

    Attributes
    ----------
    symbols : tuple of str
        Its symbols.
    text : str
        The symbols put together as in the training data.
    log_probability : float
        The natural logarithm of its probability.
    """

    symbols: tuple[str, ...]
    text: str
    log_probability: float


class Predictor:
    """Answers inputs with a trained model.

    Parameters
    ----------
    model : Module
        The model.
    codec : Codec
        Texts to numbers and back.
    search : Search
        How to look for answers.

    Examples
    --------
    >>> predictor = Predictor.open("runs/say")  # doctest: +SKIP
    >>> predictor.predict(["chainrule"])[0][0].text  # doctest: +SKIP
    'CH EY N R UW L'
    """

    def __init__(self, model: Any, codec: Codec, search: Search) -> None:
        self.model, self.codec, self.search = model.eval(), codec, search
        self.source_tokenizer, self.target_tokenizer = codec.source, codec.target

    @classmethod
    def open_all(cls, runs: Sequence[RunFolder | str | PathLike[str]], beam_width: int | None = None) -> Predictor:
        """Load the best models of some runs, which answer together: the probabilities of symbols are averaged.

        Parameters
        ----------
        runs : sequence of RunFolder, str or path-like
            The runs' folders; the first one's settings say how answers are looked for.
        beam_width : int, optional
            How many answers to follow.

        Returns
        -------
        Predictor
            Ready to answer.

        Raises
        ------
        CheckpointError
            When a file is missing, damaged, or does not fit the others.
        DataError
            When the runs have different symbols.
        """
        first, *others = [cls.open(run, beam_width) for run in runs]
        if not others:
            return first
        for run, other in zip(runs[1:], others):
            if other.codec != first.codec:
                raise DataError(
                    f"{_name(run)} cannot answer together with {_name(runs[0])}, because their symbols differ; train "
                    f"both on the same data with the same settings of symbols"
                )
        joint = ModelEnsemble([predictor.model for predictor in (first, *others)])
        return cls(joint, first.codec, first.search)

    @classmethod
    def open(cls, run: RunFolder | str | PathLike[str], beam_width: int | None = None) -> Predictor:
        """Load the best model of a run.

        Parameters
        ----------
        run : RunFolder, str or path-like
            The run's folder; nothing else is needed.
        beam_width : int, optional
            How many answers to follow; the run's own setting by default.

        Returns
        -------
        Predictor
            Ready to answer.

        Raises
        ------
        CheckpointError
            When a file is missing, damaged, or does not fit the others.
        """
        run = RunFolder.open(run)
        settings = read_settings(run)
        source, target = read_tokenizers(run)
        model = load_best(run, make_model(settings, source, target, Blank()))
        width = settings.beam_width if beam_width is None else beam_width
        search = Search(length_limit(run), width, settings.length_penalty)
        return cls(model, make_codec(settings, source, target), search)

    def predict(
        self, texts: Sequence[str], n_best: int = 1, *, prefix: str = "", among: Sequence[str] | None = None
    ) -> list[list[Answer]]:
        """Answer some inputs.

        Parameters
        ----------
        texts : sequence of str
            The inputs.
        n_best : int
            How many answers an input is to have.
        prefix : str
            What every answer begins with.
        among : sequence of str, optional
            The only answers that may be given.

        Returns
        -------
        list of list of Answer
            At least one and at most `n_best` an input, best first.

        Raises
        ------
        DataError
            When an input is empty or has a symbol that the model never saw, or `prefix` or `among` has one.
        """
        self.check(texts)
        filters: list[Filter] = []
        if prefix:
            filters.append(ForcedPrefix([self._target(prefix)] * len(texts)))
        if among is not None:
            filters.append(AllowedSymbols(Trie(map(self._target, among), EOS)))
        sources = self.codec.encode_sources(texts)
        return self._answers(texts, self.search.run(self.model, sources, n_best, filters))

    def sample(
        self, texts: Sequence[str], generator: Generator, sampling: Sampling | None = None, samples: int = 1
    ) -> list[list[Answer]]:
        """Draw answers to some inputs.

        Parameters
        ----------
        texts : sequence of str
            The inputs.
        generator : Generator
            Draws them.
        sampling : Sampling, optional
            What is drawn from; the model's own probabilities by default.
        samples : int
            How many answers an input is to have.

        Returns
        -------
        list of list of Answer
            So many an input, in the order drawn.

        Raises
        ------
        ConfigError
            When a value of `sampling` is out of range.
        DataError
            When an input is empty or has a symbol that the model never saw.
        """
        self.check(texts)
        sources = self.codec.encode_sources(texts)
        drawn = self.search.sample(self.model, sources, generator, sampling or Sampling(), samples)
        return self._answers(texts, drawn)

    def check(self, texts: Sequence[str], unit: str = "input", first: int = 1) -> None:
        """Make sure that the model can answer some inputs.

        Parameters
        ----------
        texts : sequence of str
            The inputs.
        unit : str
            What one is called in messages, such as ``"line"`` of a file.
        first : int
            From where they are counted in messages.

        Raises
        ------
        DataError
            When an input is empty, too long, or has a symbol that the model never saw and cannot do without.
        """
        tokenizer, most = self.source_tokenizer, self.search.limit.most
        for number, text in enumerate(texts, start=first):
            length = len(tokenizer.split(text))
            if length == 0 or (most is not None and length > most):
                reason = (
                    f"it has {length:,} symbols, and the model takes at most {most:,}"
                    if length
                    else "it has no symbols"
                )
                raise DataError(f"cannot answer {_shortened(text)} ({unit} {number}): {reason}")
        for number, text, unknown in () if tokenizer.is_open or self.codec.copies else self.unknown(texts, first):
            known = " ".join(symbol for symbol in tokenizer.symbols[4:] if symbol.strip())
            raise DataError(
                f"cannot answer {_shortened(text)} ({unit} {number}): the model never saw "
                f"{' or '.join(map(repr, unknown))}; it knows {known}"
            )

    def unknown(self, texts: Sequence[str], first: int = 1) -> Iterator[tuple[int, str, list[str]]]:
        """Find symbols that the model never saw.

        Parameters
        ----------
        texts : sequence of str
            The inputs.
        first : int
            From where they are counted.

        Yields
        ------
        tuple of int, str and list of str
            The number of an input, the input and its unknown symbols.
        """
        for number, text in enumerate(texts, start=first):
            unknown = self.source_tokenizer.unknown(text)
            if unknown:
                yield number, text, unknown

    def _target(self, text: str) -> list[int]:
        """The symbols of a given answer."""
        unknown = self.target_tokenizer.unknown(text)
        if unknown or not self.target_tokenizer.split(text):
            what = f"{' or '.join(map(repr, unknown))} was never seen in one" if unknown else "it has no symbols"
            raise DataError(f"{_shortened(text)} cannot be an answer: {what}")
        return self.target_tokenizer.encode(text)

    def _answers(self, texts: Sequence[str], found: list[list[Hypothesis]]) -> list[list[Answer]]:
        """What a search found for each text, in words."""

        def answer(text: str, found: Hypothesis) -> Answer:
            symbols = tuple(self.codec.decode(found.tokens, text))
            return Answer(symbols, self.target_tokenizer.join(symbols), found.log_probability)

        return [[answer(text, one) for one in answers] for text, answers in zip(texts, found, strict=True)]


def _shortened(text: str, limit: int = 60) -> str:
    return repr(text if len(text) <= limit else f"{text[:limit]}...")


def _name(run: RunFolder | str | PathLike[str]) -> str:
    return str(run.path if isinstance(run, RunFolder) else run)
