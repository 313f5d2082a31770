"""Recurrent kernels against PyTorch's layers, with packed sequences and in both directions."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence  # noqa: E402

from chainrule.kernels import select  # noqa: E402

pytestmark = pytest.mark.parity

N, T, D, H = 13, 7, 20, 40
LENGTHS = np.array([7, 1, 3, 7, 2, 5, 6, 1, 4, 4, 7, 2, 3])


def torch_run(kind, lengths, dtype, seed=0):
    """A bidirectional layer, its inputs, outputs and gradients."""
    torch.manual_seed(seed)
    layer = getattr(torch.nn, kind.upper())(D, H, batch_first=True, bidirectional=True).to(dtype)
    x = torch.randn(N, T, D, dtype=dtype, requires_grad=True)
    states = [torch.randn(2, N, H, dtype=dtype, requires_grad=True) for _ in range(2 if kind == "lstm" else 1)]
    first = tuple(states) if kind == "lstm" else states[0]
    if lengths is None:
        y, last = layer(x, first)
    else:
        y, last = layer(pack_padded_sequence(x, torch.tensor(lengths), batch_first=True, enforce_sorted=False), first)
        y, _ = pad_packed_sequence(y, batch_first=True, total_length=T)
    outputs = [y, *(last if kind == "lstm" else (last,))]
    grads = [torch.randn_like(output) for output in outputs]
    torch.autograd.backward(outputs, grads)
    return layer, x, states, outputs, grads


def in_direction(layer, kind, reverse):
    suffix = "_l0_reverse" if reverse else "_l0"
    w_ih, w_hh, b_ih, b_hh = (
        getattr(layer, name + suffix).detach().numpy() for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    return w_ih, w_hh, *((b_ih + b_hh,) if kind == "lstm" else (b_ih, b_hh))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "lengths"])
@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_same_as_pytorch(kind, lengths, dtype):
    layer, x, states, outputs, grads = torch_run(kind, lengths, getattr(torch, dtype))
    tolerance = 2e-6 if dtype == "float32" else 1e-12
    dx = np.zeros((N, T, D), dtype)

    def assert_close(found, expected):
        expected = expected.detach().numpy()
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * max(1.0, np.abs(expected).max()))

    for reverse in (False, True):
        side = slice(reverse * H, (reverse + 1) * H)
        weights = in_direction(layer, kind, reverse)
        inputs = [x.detach().numpy(), *(state.detach().numpy()[int(reverse)] for state in states)]
        kernels = select(*inputs)
        *found, saved = getattr(kernels, kind)(*inputs, *weights, lengths, reverse, True)
        for part, expected in zip(found, [outputs[0][:, :, side], *(output[int(reverse)] for output in outputs[1:])]):
            assert_close(part, expected)
        backward_inputs = [*inputs, *weights[:2], *(weights[3:] if kind == "gru" else ())]
        given = [grads[0].numpy()[:, :, side], *(grad.numpy()[int(reverse)] for grad in grads[1:])]
        gradients = getattr(kernels, f"{kind}_backward")(*given, *backward_inputs, lengths, reverse, saved, (True,) * 6)
        dx += gradients[0]
        for part, state in zip(gradients[1:], states):
            assert_close(part, state.grad[int(reverse)])
        names = ["weight_ih", "weight_hh", "bias_ih", *(["bias_hh"] if kind == "gru" else [])]
        for part, name in zip(gradients[1 + len(states) :], names):
            assert_close(part, getattr(layer, name + ("_l0_reverse" if reverse else "_l0")).grad)
    assert_close(dx, x.grad)
