"""Copying: the mixture of the vocabulary and the source, its gradients, its extremes, symbols that nobody knows."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.data.tokenizers import UNK
from chainrule.decoding import greedy_search
from chainrule.models import Seq2Seq, Seq2SeqConfig
from chainrule.models.copying import Copier

# Source symbols 4 and 5 are target symbols 5 and 4, 6 is none; 7 and more are known to nobody.
NUMBERS = (0, 1, 2, 3, 5, 4, -1)
SOURCE = np.array([[4, 5, 4, 6, 8], [9, 9, 5, 0, 0]])
MASK = np.array([[True] * 5, [True, True, True, False, False]])
VOCABULARY, WIDTH, STEPS = 6, 3, 2


def inputs(dtype=np.float64):
    rng = np.random.default_rng(0)
    weights = np.exp(rng.normal(size=(2, STEPS, 5))) * MASK[:, None]
    arrays = rng.normal(size=(2, STEPS, VOCABULARY)), rng.normal(size=(2, STEPS, WIDTH)), weights
    return [(a / a.sum(axis=-1, keepdims=True) if a is weights else a).astype(dtype) for a in arrays]


def mixture(gate, logits, weights):
    """Probabilities (N, T, V + S), one symbol of the source at a time."""
    copy = 1 / (1 + np.exp(-gate))  # (N, T)
    named = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    found = np.concatenate([(1 - copy)[..., None] * named, np.zeros(weights.shape)], axis=-1)
    for row, symbols in enumerate(SOURCE):
        for place in np.flatnonzero(MASK[row]):
            number = NUMBERS[symbols[place]] if symbols[place] < len(NUMBERS) else -1
            if number < 0:
                number = VOCABULARY + list(symbols).index(symbols[place])
            found[row, :, number] += copy[row] * weights[row, :, place]
    return found


@pytest.fixture
def copier():
    return Copier(WIDTH, NUMBERS, generator=cr.Generator(0))


def test_the_mixture(copier):
    logits, x, weights = inputs(np.float32)
    scores = copier(logits, x, weights, copier.prepare(SOURCE, MASK))
    expected = mixture(copier.gate(x).numpy()[..., 0], logits, weights)
    np.testing.assert_allclose(cr.ops.softmax(scores).numpy(), expected, atol=1e-6)
    np.testing.assert_allclose(expected.sum(axis=-1), 1, atol=1e-6)


def test_gradients_of_any_order(copier):
    copies = copier.prepare(SOURCE, MASK)
    copies = copies._replace(same=copies.same.astype("float64"))
    projection = np.random.default_rng(1).normal(size=(2, STEPS, VOCABULARY + 5))

    def loss(logits, x, weights, values):
        scores = cr.functional_call(copier, values, logits, x, weights, copies, -20.0)
        return (cr.ops.log_softmax(scores) * projection).sum()

    values = {name: p.numpy().astype(np.float64) for name, p in copier.named_parameters()}
    logits, x, weights = inputs()
    cr.gradcheck(loss, (logits, x, weights + 0.01, values))
    cr.gradgradcheck(loss, (logits, x, weights + 0.01, values))


@pytest.mark.parametrize("size", [1e2, 1e4])
def test_extremes_stay_numbers(copier, size):
    """A sure gate, sure scores and weights of zero give finite losses and gradients."""
    logits, x, _ = inputs(np.float32)
    sure = np.eye(5, dtype=np.float32)[[[1, 3], [2, 0]]]
    tensors = [cr.tensor(a, requires_grad=True) for a in (logits * size, x * size, sure)]
    scores = copier(*tensors, copier.prepare(SOURCE, MASK))
    loss = cr.nn.functional.cross_entropy(scores.reshape(-1, scores.shape[-1]), np.array([4, 5, VOCABULARY, 4]))
    loss.backward()
    assert np.isfinite(loss.item())
    assert all(np.isfinite(tensor.grad.numpy()).all() for tensor in tensors)


def test_an_unknown_symbol_is_copied_from_its_first_place():
    """With the gate open the answer is what attention looks at, and the next step reads it as unknown."""
    config = Seq2SeqConfig(7, VOCABULARY, 4, 4, 8, copies=NUMBERS)
    model = Seq2Seq(config, generator=cr.Generator(0)).eval()
    model.decoder.copier.gate.bias.value = np.array([50.0], np.float32)
    with cr.no_grad():
        memory, state = model.start_search(SOURCE, MASK.sum(axis=1))
    read = []
    model.decoder.embedding.register_forward_hook(lambda module, args, result: read.append(np.asarray(args[0])))
    options = {"count": 2, "begin": 1, "end": 2, "max_length": 3}
    found = greedy_search(model.decoder.step, memory, state, **options)
    assert all(symbol in (4, 5, 9, 10) for symbol in found[0].tokens)
    assert all(symbol in (4, VOCABULARY) for symbol in found[1].tokens)
    assert {int(symbol) for symbol in np.ravel(read)} <= {1, 4, 5, UNK}
