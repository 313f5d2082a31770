"""The numbers behind the explanation of sequence-to-sequence models: one input, every step of its answer."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from chainrule.autodiff import no_grad
from chainrule.inspect.attention import Alignment, align
from chainrule.inspect.small_seq2seq import Trained, dates, learn, pronunciations

if TYPE_CHECKING:
    from chainrule.inspect.beam_recorder import Path, Round
    from chainrule.tasks.seq2seq import Predictor

_CANDIDATES = 4
_MOST_WIDTH = 3


class Candidate(NamedTuple):
    """A symbol that might come next.

    Attributes
    ----------
    symbol : str
        The symbol.
    probability : float
        What the model gives it.
    """

    symbol: str
    probability: float


class Choice(NamedTuple):
    """One step of the best answer.

    Attributes
    ----------
    given : str
        The symbol before.
    weights : ndarray, shape (S,)
        Where the decoder looked, the mean over layers and heads.
    candidates : list of Candidate
        The likeliest symbols.
    chosen : str
        The one of the answer.
    log_probability : float
        Of that one.
    """

    given: str
    weights: np.ndarray
    candidates: list[Candidate]
    chosen: str
    log_probability: float


class Explanation(NamedTuple):
    """Everything that the terminal and the page show.

    Attributes
    ----------
    text : str
        The input.
    numbers : list of int
        Its symbols' numbers.
    alignment : Alignment
        The symbols of both sides, and where each one of the answer looked.
    choices : list of Choice
        The best answer, step by step.
    rounds : list of Round
        The beam as it grew.
    width : int
        How many hypotheses it followed.
    answers : list of Path
        The best answers, with the log-probability of each symbol.
    greedy : Path
        What comes of the likeliest symbol at each step.
    symbols : tuple of str
        Those of the answers, by number.
    kind : str
        The model's class.
    parameters : int
        How many numbers it learned.
    trained : Trained or None
        How it was trained, if that was on the spot.
    """

    text: str
    numbers: list[int]
    alignment: Alignment
    choices: list[Choice]
    rounds: "list[Round]"
    width: int
    answers: "list[Path]"
    greedy: "Path"
    symbols: tuple[str, ...]
    kind: str
    parameters: int
    trained: Trained | None

    def words(self, path: "Path") -> tuple[str, ...]:
        """The symbols of a hypothesis."""
        return tuple(shown_symbol(self.symbols, number) for number in path.symbols)


def shown_symbol(symbols: tuple[str, ...], number: int) -> str:
    """A symbol for a reader.

    Parameters
    ----------
    symbols : tuple of str
        By number.
    number : int
        The symbol's.

    Returns
    -------
    str
        Those that mark beginning and end are called so, and a space is made visible.
    """
    from chainrule.data.tokenizers import BOS, EOS

    special = {BOS: "(begin)", EOS: "(end)"}
    return special.get(number, symbols[number].replace(" ", "_"))


def explain_seq2seq(predictor: "Predictor | None" = None, text: str | None = None) -> Explanation:
    """Compute the explanation of sequence-to-sequence models on one input.

    Parameters
    ----------
    predictor : Predictor, optional
        A trained model. Without one, a small model is trained on the spot, for about a minute: on CMUdict if this
        machine has it, else on dates.
    text : str, optional
        The input; by default one that fits the model that was trained on the spot.

    Returns
    -------
    Explanation
        The input's answer step by step, and the search for it.

    Raises
    ------
    DataError
        If the input is empty or has a symbol that the model never saw.
    ValueError
        If there is a model and no input, or the model has no attention.
    """
    trained = None
    if predictor is None:
        trained = learn(pronunciations() or dates())
        predictor, text = trained.predictor, text or trained.lesson.example
    if not text:
        raise ValueError("explain_seq2seq expected an input to explain the model by")
    return _explained(predictor, text, trained)


def _explained(predictor: "Predictor", text: str, trained: Trained | None) -> Explanation:
    from dataclasses import replace

    from chainrule.data.tokenizers import BOS
    from chainrule.inspect.beam_recorder import Recorder

    predictor.check([text])
    sources, model = predictor.codec.encode_sources([text]), predictor.model
    width = max(2, min(predictor.search.width, _MOST_WIDTH))
    recorder = Recorder(model)
    found = replace(predictor.search, width=width).run(recorder, sources, n_best=width)[0]
    greedy = replace(predictor.search, width=1).run(model, sources)[0][0]
    symbols = predictor.codec.symbols(text)
    answers = [_scored(model, sources, answer.tokens) for answer in found]
    numbers = [int(number) for number in sources[0]]
    alignment = align(predictor, text, found[0].tokens)
    steps = _next_symbols(model, sources, [BOS, *found[0].tokens])
    return Explanation(
        text=text,
        numbers=numbers,
        alignment=alignment._replace(
            source=tuple(symbol.replace(" ", "_") for symbol in alignment.source),
            target=tuple(symbol.replace(" ", "_") for symbol in alignment.target),
        ),
        choices=_choices(symbols, steps, [BOS, *answers[0].symbols], alignment.mean),
        rounds=recorder.rounds(width),
        width=width,
        answers=answers,
        greedy=_scored(model, sources, greedy.tokens),
        symbols=symbols,
        kind=type(model).__name__,
        parameters=model.num_parameters(),
        trained=trained,
    )


def _next_symbols(model: Any, sources: Any, given: list[int]) -> np.ndarray:
    """Log-probabilities after each of some symbols, in one pass: (T, V)."""
    source = np.asarray(sources[0])[None]
    with no_grad():
        logits = model(source, np.array([source.shape[1]]), np.array([given])).numpy()[0].astype(np.float64)
    return logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)


def _scored(model: Any, sources: Any, tokens: list[int]) -> "Path":
    """An answer with the log-probability of each of its symbols, the end included."""
    from chainrule.data.tokenizers import BOS, EOS
    from chainrule.inspect.beam_recorder import Path

    chosen = (*tokens, EOS)
    steps = _next_symbols(model, sources, [BOS, *tokens])
    return Path(chosen, tuple(float(row[number]) for row, number in zip(steps, chosen)))


def _choices(symbols: tuple[str, ...], steps: np.ndarray, path: list[int], weights: np.ndarray) -> list[Choice]:
    found = []
    for row, given, chosen, looked in zip(steps, path[:-1], path[1:], weights):
        best = np.argsort(-row, kind="stable")[:_CANDIDATES]
        candidates = [Candidate(shown_symbol(symbols, int(n)), float(np.exp(row[n]))) for n in best]
        names = shown_symbol(symbols, given), shown_symbol(symbols, chosen)
        found.append(Choice(names[0], looked, candidates, names[1], float(row[chosen])))
    return found
