"""Every model with every decoder: one line adds a model, one a decoder, and the table of docs/ shows them."""

from pathlib import Path

import numpy as np
import pytest

import chainrule as cr
from chainrule.decoding import (
    Ensemble,
    ForcedPrefix,
    NoRepeatedNgrams,
    TopP,
    beam_search,
    greedy_search,
    sample,
)
from chainrule.models import (
    LanguageModel,
    LanguageModelConfig,
    Seq2Seq,
    Seq2SeqConfig,
    Transformer,
    TransformerConfig,
)
from chainrule.random import Generator

BEGIN, END, SYMBOLS, LENGTH = 1, 2, 9, 5
SOURCE = np.array([[4, 5, 6, 7], [8, 4, 0, 0], [5, 5, 5, 0]])
LENGTHS = np.array([4, 2, 3])


def _recurrent(cell, attention, layers=1, **options):
    config = Seq2SeqConfig(SYMBOLS, SYMBOLS, 6, 6, 8, layers, layers, cell, attention, **options)
    return lambda: Seq2Seq(config, generator=Generator(0))


def _transformer(positions):
    config = TransformerConfig(
        SYMBOLS, SYMBOLS, encoder_layers=2, decoder_layers=2, width=8, heads=2, positions=positions, max_length=16
    )
    return lambda: Transformer(config, generator=Generator(0))


def _language_model(positions):
    config = LanguageModelConfig(SYMBOLS, 2, width=8, heads=2, positions=positions, max_length=16)
    return lambda: LanguageModel(config, generator=Generator(0))


MODELS = {
    "LSTM, dot": _recurrent("lstm", "dot"),
    "LSTM, 2 layers, general": _recurrent("lstm", "general", 2),
    "GRU, additive": _recurrent("gru", "additive"),
    "LSTM, input feeding": _recurrent("lstm", "dot", input_feeding=True),
    "GRU, 2 layers, input feeding": _recurrent("gru", "general", 2, input_feeding=True),
    "LSTM, copying": _recurrent("lstm", "dot", copies=(*range(6), -1, 6, -1)),
    "Transformer, sinusoidal": _transformer("sinusoidal"),
    "Transformer, learned": _transformer("learned"),
    "Transformer, rotary": _transformer("rotary"),
    "GPT, learned": _language_model("learned"),
    "GPT, rotary": _language_model("rotary"),
}


def _flat(found):
    return [answer if isinstance(answer, list) else [answer] for answer in found]


def _ensemble(step, memory, state, **options):
    return beam_search(Ensemble([step, step]), [memory, memory], [state, state], width=3, **options)


DECODERS = {
    "greedy": greedy_search,
    "beam": lambda *given, **options: beam_search(*given, width=4, **options),
    "n best": lambda *given, **options: beam_search(*given, width=4, n_best=3, length_penalty=0.6, **options),
    "wider than the vocabulary": lambda *given, **options: beam_search(*given, width=2 * SYMBOLS, **options),
    "forced prefix": lambda *given, **options: beam_search(
        *given, width=3, filters=[ForcedPrefix([[3], [4, 5], []])], **options
    ),
    "no repeated n-gram": lambda *given, **options: greedy_search(*given, filters=[NoRepeatedNgrams(2)], **options),
    "sampling": lambda *given, **options: sample(*given, generator=Generator(5), samples=2, **options),
    "nucleus": lambda *given, **options: sample(*given, generator=Generator(5), filters=[TopP(0.8)], **options),
    "ensemble": _ensemble,
}


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    model = MODELS[request.param]().eval()
    rng = np.random.default_rng(0)
    for parameter in model.parameters():  # larger weights, so that the answers differ
        parameter.value = (parameter.numpy() + rng.normal(0, 0.5, parameter.shape)).astype(np.float32)
    return model


def _start(model, rows=slice(None)):
    """The step, memory and state of a search with some of the sources."""
    with cr.no_grad():
        source, lengths = SOURCE[rows, : LENGTHS[rows].max()], LENGTHS[rows]
        step = model.decoder.step if hasattr(model, "decoder") else model.step
        return (step, *model.start_search(source, lengths))


def _search(decoder, model, rows=slice(None), **options):
    given = {"count": len(LENGTHS[rows]), "begin": BEGIN, "end": END, "max_length": LENGTH}
    return _flat(DECODERS[decoder](*_start(model, rows), **given, **options))


@pytest.mark.parametrize("decoder", DECODERS)
def test_scores_sum(decoder, model):
    """The log-probability of an answer is the sum of those of its steps, taken one by one."""
    for sentence, answers in enumerate(_search(decoder, model)):
        assert answers
        for answer in answers:
            step, memory, state = _start(model, slice(sentence, sentence + 1))
            total, last = 0.0, BEGIN
            for symbol in [*answer.tokens, *([END] if answer.finished else [])]:
                with cr.no_grad():
                    log_probs, state = step(np.array([[last]]), memory, state)
                log_probs = np.asarray(log_probs)[0, 0]
                np.testing.assert_allclose(np.exp(log_probs).sum(), 1, rtol=1e-5)
                total, last = total + float(log_probs[symbol]), symbol
            assert answer.log_probability == pytest.approx(total, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("decoder", DECODERS)
def test_company_changes_nothing(decoder, model):
    together = _search(decoder, model)
    for sentence in range(len(SOURCE)):
        if decoder == "forced prefix" and sentence:
            continue  # its prefixes are numbered
        options = {"sentences": np.array([sentence])} if decoder in ("sampling", "nucleus") else {}
        alone = _search(decoder, model, slice(sentence, sentence + 1), **options)[0]
        assert [answer.tokens for answer in alone] == [answer.tokens for answer in together[sentence]]


def test_a_wide_beam_finds_the_best_of_all(model):
    """Against every answer of up to two symbols, each scored by itself."""
    step, memory, state = _start(model, slice(0, 1))
    scores = {}
    with cr.no_grad():
        first, state = step(np.array([[BEGIN]]), memory, state)
        scores[()] = float(np.asarray(first)[0, 0, END])
        symbols = range(first.shape[-1])
        for a in symbols:
            if a != END:
                second, after = step(np.array([[a]]), memory, state)
                before = float(np.asarray(first)[0, 0, a])
                scores[a,] = before + float(np.asarray(second)[0, 0, END])
                for b in symbols:
                    if b != END:
                        third, _ = step(np.array([[b]]), memory, after)
                        both = before + float(np.asarray(second)[0, 0, b])
                        scores[a, b] = both + float(np.asarray(third)[0, 0, END])
    found = beam_search(*_start(model, slice(0, 1)), count=1, begin=BEGIN, end=END, max_length=2, width=90, n_best=5)[0]
    expected = sorted(scores, key=scores.__getitem__, reverse=True)[:5]
    assert [tuple(answer.tokens) for answer in found] == expected
    np.testing.assert_allclose(
        [answer.log_probability for answer in found], [scores[key] for key in expected], rtol=1e-4
    )


def test_the_table_of_the_documentation():
    rows = [["", *DECODERS], ["---"] * (len(DECODERS) + 1), *([model, *["yes"] * len(DECODERS)] for model in MODELS)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    document = Path(__file__).parents[2] / "docs" / "text-in-text-out.md"
    assert table in document.read_text(encoding="utf-8"), f"docs/text-in-text-out.md needs this table:\n{table}"
