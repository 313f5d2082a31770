"""The recurrent decoder against its formulas, written out in PyTorch a step at a time."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import chainrule as cr  # noqa: E402
from chainrule.models import Seq2Seq, Seq2SeqConfig  # noqa: E402

pytestmark = pytest.mark.parity

SOURCE, LENGTHS = np.array([[4, 5, 6, 4, 7], [8, 4, 8, 0, 0], [6, 6, 6, 6, 0]]), np.array([5, 3, 4])
TARGET = np.array([[1, 4, 5, 6], [1, 6, 6, 0], [1, 5, 4, 7]])
WIDTH = 8


def model(**options):
    config = Seq2SeqConfig(9, 8, embedding_size=6, encoder_size=WIDTH // 2, decoder_size=WIDTH, **options)
    return Seq2Seq(config, generator=cr.Generator(0)).eval()


def plain(weights, states, mask, hidden, target, input_feeding):
    """Logits (N, T, V): dot attention over states (N, S, H), from the first hidden state (N, H)."""

    def linear(name, x):
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    cell, found, logits = torch.zeros_like(hidden), torch.zeros_like(hidden), []
    for symbols in target.T:
        x = weights["embedding.weight"][symbols]
        if input_feeding:
            x = torch.cat([x, found], dim=-1)
        gates = x @ weights["recurrent.weight_ih_l0"].T + weights["recurrent.bias_ih_l0"]
        gates = gates + hidden @ weights["recurrent.weight_hh_l0"].T + weights["recurrent.bias_hh_l0"]
        i, f, g, o = gates.chunk(4, dim=-1)
        cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
        hidden = o.sigmoid() * cell.tanh()
        scores = torch.einsum("nh,nsh->ns", hidden, states).masked_fill(~mask, -torch.inf)
        context = torch.einsum("ns,nsh->nh", scores.softmax(dim=-1), states)
        found = linear("combine", torch.cat([context, hidden], dim=-1)).tanh()
        logits.append(linear("output", found))
    return torch.stack(logits, dim=1)


@pytest.mark.parametrize("input_feeding", [False, True])
def test_decoder_with_and_without_input_feeding(input_feeding):
    ours = model(input_feeding=input_feeding)
    ours.zero_grad()
    encoded = ours.encoder(SOURCE, LENGTHS)
    weights = {n: torch.tensor(np.array(w), requires_grad=True) for n, w in ours.decoder.state_dict().items()}
    states = torch.tensor(np.array(encoded.states.numpy()))
    summary = torch.tensor(np.array(encoded.summary.numpy()))
    hidden = (summary @ weights["bridge.weight"].T + weights["bridge.bias"]).tanh()
    mask = torch.tensor(np.arange(SOURCE.shape[1]) < LENGTHS[:, None])
    theirs = plain(weights, states, mask, hidden, torch.tensor(TARGET), input_feeding)

    logits = ours(SOURCE, LENGTHS, TARGET)
    np.testing.assert_allclose(logits.numpy(), theirs.detach().numpy(), atol=1e-5)

    projection = np.random.default_rng(0).standard_normal(theirs.shape).astype(np.float32)
    (logits * projection).sum().backward()
    (theirs * torch.tensor(projection)).sum().backward()
    for name, parameter in ours.decoder.named_parameters():
        np.testing.assert_allclose(parameter.grad.numpy(), weights[name].grad.numpy(), atol=1e-4, err_msg=name)
