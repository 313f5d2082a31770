"""The recurrent decoder against its formulas, written out in PyTorch a step at a time."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import chainrule as cr  # noqa: E402
from chainrule.models import Seq2Seq, Seq2SeqConfig  # noqa: E402
from chainrule.models.copying import Copier  # noqa: E402

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


def test_copying_is_a_mixture_with_the_attention():
    """p = (1 - g) softmax(logits) + g attention, added up by `scatter_add` over the extended vocabulary."""
    numbers, vocabulary = (0, 1, 2, 3, 5, 4, -1), 6
    source, mask = np.array([[4, 5, 4, 6, 8], [9, 9, 5, 0, 0]]), np.arange(5) < np.array([[5], [3]])
    extended = np.array([[5, 4, 5, vocabulary + 3, vocabulary + 4], [vocabulary, vocabulary, 4, 0, 0]])
    rng = np.random.default_rng(0)
    logits, x, scores = (rng.standard_normal((2, 3, width)).astype(np.float32) for width in (vocabulary, 4, 5))
    answers = np.array([[5, vocabulary + 3, 2], [vocabulary, 4, 3]])

    copier = Copier(4, numbers, generator=cr.Generator(0))
    mine = [cr.tensor(a, requires_grad=True) for a in (logits, x, scores)]
    weights = cr.ops.softmax(cr.ops.where(mask[:, None], mine[2], -1e9))
    found = copier(mine[0], mine[1], weights, copier.prepare(source, mask))
    loss = cr.nn.functional.cross_entropy(found.reshape(-1, found.shape[-1]), answers.reshape(-1))
    loss.backward()

    theirs = [torch.tensor(a, requires_grad=True) for a in (logits, x, scores)]
    gate = torch.tensor(np.array(copier.gate.weight.numpy())), torch.tensor(np.array(copier.gate.bias.numpy()))
    share = torch.nn.functional.linear(theirs[1], *gate).sigmoid()
    attention = theirs[2].masked_fill(~torch.tensor(mask)[:, None], -torch.inf).softmax(dim=-1)
    named = torch.cat([(1 - share) * theirs[0].softmax(dim=-1), torch.zeros(2, 3, 5)], dim=-1)
    places = torch.tensor(extended)[:, None].expand(-1, 3, -1)
    probabilities = named.scatter_add(-1, places, share * attention)
    expected = -probabilities.gather(-1, torch.tensor(answers)[..., None]).log().mean()
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    for ours, other in zip(mine, theirs):
        np.testing.assert_allclose(ours.grad.numpy(), other.grad.numpy(), atol=1e-6)
