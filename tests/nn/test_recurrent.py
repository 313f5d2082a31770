"""`RNN`, `LSTM`, `GRU` and the cells."""

import numpy as np
import pytest

import chainrule as cr
from chainrule import nn

from .checks import assert_same_on, check_gradients, normal

KINDS = [nn.RNN, nn.LSTM, nn.GRU]
LENGTHS = np.array([4, 0, 1, 5])
PADDED = np.where(np.arange(5)[:, None] < LENGTHS[:, None, None], normal(4, 5, 3), 1e3).astype(np.float32)


def states(result):
    """The states after the last step, as a tuple."""
    return result[1] if isinstance(result[1], tuple) else (result[1],)


def outputs_and_states(module, parameters, x, hx, lengths):
    output, *after = nn.functional_call(module, parameters, x, hx, lengths=lengths)
    return output, after


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "bidirectional": True}, {"bias": False}])
def test_gradients(kind, options):
    layer = kind(3, 2, **options)
    places = layer.num_layers * (2 if layer.bidirectional else 1)
    h, c = normal(places, 4, 2), normal(places, 4, 2) + 1
    start = (h, c) if kind is nn.LSTM else h
    check_gradients(layer, normal(4, 5, 3), start, LENGTHS, call=outputs_and_states)


@pytest.mark.parametrize("cell", [nn.LSTMCell, nn.GRUCell])
def test_gradients_of_cells(cell):
    h, c = normal(4, 2), normal(4, 2) + 1
    check_gradients(cell(3, 2), normal(4, 3), (h, c) if cell is nn.LSTMCell else h)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_padding_changes_nothing(kind, bidirectional):
    """A sequence alone and padded in a batch: the same numbers, forward and backward."""
    layer = kind(3, 4, num_layers=2, bidirectional=bidirectional)
    x, padded = normal(4, 5, 3), PADDED
    weights = normal(4, 5, layer.hidden_size * (2 if bidirectional else 1))
    batch = layer(padded, lengths=LENGTHS)
    (batch[0] * weights).sum().backward()
    together = [p.grad.numpy() for p in layer.parameters()]
    layer.zero_grad()
    for row, length in enumerate(LENGTHS):
        assert not batch[0].numpy()[row, length:].any()
        if length:
            alone = layer(x[row : row + 1, :length])
            (alone[0] * weights[row, :length]).sum().backward()
            np.testing.assert_allclose(batch[0].numpy()[row, :length], alone[0].numpy()[0], atol=1e-6)
            for ours, theirs in zip(states(batch), states(alone)):
                np.testing.assert_allclose(ours.numpy()[:, row], theirs.numpy()[:, 0], atol=1e-6)
    for ours, p in zip(together, layer.parameters()):
        np.testing.assert_allclose(ours, p.grad.numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "bidirectional": True}, {"bias": False}])
def test_a_table_is_what_the_symbols_stand_for(kind, options):
    """The same numbers and gradients as from the rows themselves."""
    layer, table = kind(40, 50, **options), nn.Embedding(9, 40)
    symbols = np.random.default_rng(0).integers(0, 9, (4, 5))
    found = []
    for result in (layer(table(symbols), lengths=LENGTHS), layer(symbols, lengths=LENGTHS, table=table.weight)):
        (result[0] * result[0]).sum().backward()
        parameters = [*layer.parameters(), *table.parameters()]
        found.append(
            [result[0].numpy(), *(part.numpy() for part in states(result)), *(p.grad.numpy() for p in parameters)]
        )
        layer.zero_grad()
        table.zero_grad()
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_with_a_table(kind):
    symbols = np.random.default_rng(0).integers(0, 6, (4, 5))

    def call(module, parameters, table):
        return nn.functional_call(module, parameters, symbols, lengths=LENGTHS, table=table)[0]

    check_gradients(kind(3, 2), normal(6, 3), call=call)


def test_a_table_of_another_width_is_refused():
    with pytest.raises(ValueError, match=r"LSTM\(3 -> 2\) got table of shape \(6, 4\)"):
        nn.LSTM(3, 2)(np.zeros((4, 5), np.int64), table=normal(6, 4))


@pytest.mark.parametrize("kind", KINDS)
def test_a_sequence_of_length_zero_keeps_its_state(kind):
    h, c = normal(1, 4, 2), normal(1, 4, 2) + 1
    result = kind(3, 2)(normal(4, 5, 3), (h, c) if kind is nn.LSTM else h, lengths=LENGTHS)
    for after, before in zip(states(result), (h, c)):
        np.testing.assert_array_equal(after.numpy()[0, 1], before[0, 1])


@pytest.mark.parametrize("kind", KINDS)
def test_no_state_means_zeros_and_no_lengths_means_all_steps(kind):
    layer = kind(3, 2, num_layers=2)
    x, zeros = normal(4, 5, 3), np.zeros((2, 4, 2), np.float32)
    start = (zeros, zeros) if kind is nn.LSTM else zeros
    for ours, theirs in [(layer(x), layer(x, start)), (layer(x), layer(x, lengths=[5, 5, 5, 5]))]:
        np.testing.assert_allclose(ours[0].numpy(), theirs[0].numpy(), atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_shapes(kind):
    result = kind(3, 2, num_layers=3, bidirectional=True)(normal(4, 5, 3))
    assert result[0].shape == (4, 5, 4)
    assert [state.shape for state in states(result)] == [(6, 4, 2)] * (2 if kind is nn.LSTM else 1)
    np.testing.assert_array_equal(states(result)[0].numpy()[-2], result[0].numpy()[:, -1, :2])
    np.testing.assert_array_equal(states(result)[0].numpy()[-1], result[0].numpy()[:, 0, 2:])


@pytest.mark.parametrize("kind", KINDS)
def test_backends(backend, kind):
    class Outputs(nn.Module):
        def __init__(self):
            self.layer = kind(3, 4, bidirectional=True)

        def forward(self, x):
            return self.layer(x, lengths=LENGTHS)[0]

    assert_same_on(backend, Outputs(), PADDED)


@pytest.mark.parametrize(("cell", "kind"), [(nn.LSTMCell, nn.LSTM), (nn.GRUCell, nn.GRU)])
def test_a_cell_is_a_step_of_its_layer(cell, kind):
    step, layer = cell(3, 4), kind(3, 4)
    layer.load_state_dict({f"{name}_l0": p for name, p in step.named_parameters()})
    x, state = normal(2, 5, 3), None
    for t in range(5):
        state = step(x[:, t], state)
    hidden = state[0] if isinstance(state, tuple) else state
    np.testing.assert_allclose(hidden.numpy(), layer(x)[0].numpy()[:, -1], atol=1e-6)


def test_dropout_between_layers_in_training_only():
    layer = nn.LSTM(3, 8, num_layers=2, dropout=0.5)
    x = normal(2, 5, 3)
    with cr.seed(1):
        first, other = layer(x)[0].numpy(), layer(x)[0].numpy()
    with cr.seed(1):
        again = layer(x)[0].numpy()
    assert (first != other).any()
    np.testing.assert_array_equal(first, again)
    layer.eval()
    np.testing.assert_array_equal(layer(x)[0].numpy(), layer(x)[0].numpy())


def test_lengths_may_be_a_list_an_array_or_a_tensor():
    layer = nn.GRU(3, 2)
    x = normal(4, 5, 3)
    expected = layer(x, lengths=LENGTHS)[0].numpy()
    for lengths in (LENGTHS.tolist(), LENGTHS.astype(np.int32), cr.Tensor(LENGTHS)):
        np.testing.assert_array_equal(layer(x, lengths=lengths)[0].numpy(), expected)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: f(normal(4, 3)), r"LSTM\(3 -> 2\) got input of shape \(4, 3\): it must be \(N, T, 3\)"),
        (lambda f: f(normal(4, 5, 2)), r"got input of shape \(4, 5, 2\)"),
        (lambda f: f(normal(4, 5, 3), lengths=[5, 5]), r"got lengths of shape \(2,\): it must be \(4,\)"),
        (lambda f: f(normal(4, 5, 3), lengths=[5, 5, 6, 1]), "expected lengths from 0 to 5, but got 6"),
        (lambda f: f(normal(4, 5, 3), lengths=[5, 5, -1, 1]), "expected lengths from 0 to 5, but got -1"),
        (lambda f: f(normal(4, 5, 3), (normal(4, 2),) * 2), r"got h_0 of shape \(4, 2\): it must be \(1, 4, 2\)"),
        (lambda f: f(normal(4, 5, 3), (normal(1, 4, 2),)), "expected states h_0, c_0, but got 1"),
    ],
)
def test_bad_inputs(call, message):
    with pytest.raises(ValueError, match=message):
        call(nn.LSTM(3, 2))


def test_lengths_are_whole_numbers():
    with pytest.raises(TypeError, match="expected whole numbers as lengths, but got float64"):
        nn.LSTM(3, 2)(normal(4, 5, 3), lengths=np.ones(4))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"batch_first": False}, "GRU takes the batch first"),
        ({"num_layers": 0}, "GRU expected num_layers to be a whole number from 1 on, but got 0"),
        ({"num_layers": 2, "dropout": 1.0}, "GRU expected a probability"),
        ({"dropout": 0.1}, "GRU drops between layers, but got dropout=0.1 with one layer"),
    ],
)
def test_bad_settings(options, message):
    with pytest.raises(ValueError, match=message):
        nn.GRU(3, 2, **options)


def test_bad_input_of_a_cell():
    with pytest.raises(ValueError, match=r"GRUCell\(3 -> 2\) got h of shape \(2,\): it must be \(4, 2\)"):
        nn.GRUCell(3, 2)(normal(4, 3), normal(2))
