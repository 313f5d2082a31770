"""The GRU of g2p_en, against its equations written out in NumPy, with random weights."""

import numpy as np
import pytest

import chainrule as cr
from chainrule.errors import WeightsError
from chainrule.interop import Pronouncer, Weights, load_model
from chainrule.interop.pronouncer import _LETTERS, _PHONEMES


@pytest.fixture(scope="module")
def weights():
    rng = np.random.default_rng(0)
    shapes = {"enc_emb": (29, 6), "dec_emb": (74, 6), "fc_w": (74, 5), "fc_b": (74,)}
    for side in ("enc", "dec"):
        shapes |= {f"{side}_w_ih": (15, 6), f"{side}_w_hh": (15, 5), f"{side}_b_ih": (15,), f"{side}_b_hh": (15,)}
    return Weights("it", {name: rng.normal(0, 0.8, shape).astype("f4") for name, shape in shapes.items()})


def cell(x, h, arrays, side):
    of_input, of_state = (
        arrays[f"{side}_w_{kind}"] @ value + arrays[f"{side}_b_{kind}"] for kind, value in (("ih", x), ("hh", h))
    )
    r, z = (1 / (1 + np.exp(-(of_input[k : k + 5] + of_state[k : k + 5]))) for k in (0, 5))
    return (1 - z) * np.tanh(of_input[10:] + r * of_state[10:]) + z * h


def spoken(word, arrays):
    h = np.zeros(5)
    for number in [_LETTERS.index(letter) if letter in _LETTERS else 1 for letter in word] + [2]:
        h = cell(arrays["enc_emb"][number], h, arrays, "enc")
    answer, last = [], 2
    while len(answer) < 20:
        h = cell(arrays["dec_emb"][last], h, arrays, "dec")
        last = int((arrays["fc_w"] @ h + arrays["fc_b"]).argmax())
        if last == 3:
            break
        answer.append(_PHONEMES[last])
    return answer


def test_words_together_and_alone(weights):
    pronouncer = Pronouncer(load_model(weights).model)
    words = ["a", "backpropagation", "Zürich", "", "autograd", "x" * 30]
    expected = [spoken(word.lower(), weights.arrays) for word in words]
    assert len({tuple(answer) for answer in expected}) > 3
    assert pronouncer.pronounce(words) == expected
    assert [pronouncer.pronounce([word])[0] for word in words] == expected
    assert pronouncer.pronounce([]) == []


def test_scores_of_given_targets_are_those_of_the_search(weights):
    model = load_model(weights).model
    source, lengths, target = np.array([[3, 4, 2], [5, 2, 0]]), np.array([3, 2]), np.array([[2, 9, 4], [2, 7, 7]])
    scores = cr.ops.log_softmax(model(source, lengths, target)).numpy()
    memory, state = model.start_search(source, lengths)
    for place in range(3):
        step, state = model.step(target[:, place : place + 1], memory, state)
        np.testing.assert_allclose(step.numpy()[:, 0], scores[:, place], rtol=1e-4, atol=1e-5)


def test_a_model_of_other_symbols(weights):
    fewer = {**weights.arrays, "enc_emb": weights.arrays["enc_emb"][:9]}
    with pytest.raises(WeightsError, match=r"from 29 letters to 74 phonemes, not \(9, 74\)"):
        Pronouncer(load_model(Weights("it", fewer)).model)
