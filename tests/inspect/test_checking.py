"""gradcheck of modules: by inputs and parameters, with layers that draw or keep statistics."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import differentiable, nn, ops

X = np.random.default_rng(0).standard_normal((3, 4))


def network():
    with cr.seed(0):
        return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Dropout(0.5), nn.LayerNorm(5), nn.Linear(5, 2))


def test_a_module_by_its_input_and_parameters():
    model = network()
    before = [p.numpy().copy() for p in model.parameters()]
    assert cr.gradcheck(model, (X,))
    assert cr.gradgradcheck(model, (X,))
    for parameter, numbers in zip(model.parameters(), before):
        np.testing.assert_array_equal(parameter.numpy(), numbers)
        assert parameter.grad is None


def test_integers_and_recurrence():
    with cr.seed(0):
        embedding, lstm = nn.Embedding(6, 3), nn.LSTM(3, 4)

    class Reader(nn.Module):
        def __init__(self):
            self.embedding, self.lstm = embedding, lstm

        def forward(self, ids):
            output, (h, c) = self.lstm(self.embedding(ids))
            return output, h, c

    assert cr.gradcheck(Reader(), (np.array([[1, 2, 2], [0, 5, 1]]),))


@differentiable
def wrong(x, w):
    return x * w, (lambda grad: grad * w, lambda grad: grad * x * 1.5)


def test_a_wrong_parameter_is_named():
    class Scale(nn.Module):
        def __init__(self):
            self.weight = nn.Parameter(np.ones(4, np.float32))

        def forward(self, x):
            return wrong(x, self.weight)

    with pytest.raises(cr.GradientError, match=r"worst at entry \(\d,\) of 0\.weight, shape \(4,\)"):
        cr.gradcheck(nn.Sequential(Scale()), (X,))


def test_functions_still_work():
    assert cr.gradcheck(lambda x: ops.sin(x), (X,))
    with pytest.raises(cr.GradientError):
        cr.gradcheck(lambda x: wrong(x, x), (X,))
