"""Derivatives against torch.func and JAX, of random expressions and of networks, in float64."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import chainrule as cr
from chainrule import nn, ops

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.parity

_SPEC = importlib.util.spec_from_file_location("expressions", Path(__file__).parents[1] / "autodiff" / "expressions.py")
ex = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(ex)

RNG = np.random.default_rng(11)
X = RNG.standard_normal((6, 4))
Y = RNG.standard_normal((6, 2))


class TorchWithNumpysNames:
    """What the expressions use, where PyTorch has another name or argument for it."""

    def __getattr__(self, name):
        return getattr(torch, name)

    def asarray(self, x):
        return torch.as_tensor(x)

    def transpose(self, x):
        return x.permute(*reversed(range(x.ndim)))

    def sum(self, x, axis=None, keepdims=False):
        return x.sum() if axis is None else x.sum(dim=axis, keepdim=keepdims)

    def mean(self, x, axis, keepdims):
        return x.mean(dim=axis, keepdim=keepdims)

    def max(self, x, axis, keepdims):
        return torch.amax(x, dim=axis, keepdim=keepdims)

    def min(self, x, axis, keepdims):
        return torch.amin(x, dim=axis, keepdim=keepdims)

    def prod(self, x, axis, keepdims):
        return torch.prod(x, dim=axis, keepdim=keepdims)

    def cumsum(self, x, axis):
        return torch.cumsum(x, dim=axis)

    def flip(self, x, axis):
        return torch.flip(x, (axis,))

    def roll(self, x, shift, axis):
        return torch.roll(x, shift, axis)

    def concatenate(self, parts, axis):
        return torch.cat(parts, dim=axis)

    def stack(self, parts, axis):
        return torch.stack(parts, dim=axis)

    def pad(self, x, widths):
        return torch.nn.functional.pad(x, [n for pair in reversed(widths) for n in pair])


def tensors(arrays):
    return tuple(map(torch.from_numpy, arrays))


@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(ex.expressions())
def test_random_expressions_agree_with_torch_func(expression):
    of_torch = lambda *xs: ex.evaluate(expression, TorchWithNumpysNames(), xs)
    gradient = torch.func.grad(of_torch, argnums=(0, 1, 2))
    gradients, pull_back = torch.func.vjp(gradient, *tensors(ex.point()))
    products = pull_back(tensors(ex.direction()))  # the second derivatives are symmetric
    of_ours = lambda *xs: ex.evaluate(expression, ops, xs)
    value, pull_back = cr.vjp(of_ours, *ex.point())
    ex.assert_same((value,), (of_torch(*tensors(ex.point())).numpy(),), "value")
    ex.assert_same(pull_back(np.float64(1.0)), tuple(g.numpy(force=True) for g in gradients), "gradient")
    product = cr.hessian_vector_product(of_ours, ex.point(), ex.direction())
    ex.assert_same(product, tuple(p.numpy(force=True) for p in products), "product")


def networks():
    """The same network in both libraries, in float64."""
    with cr.seed(0):
        ours = nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.LayerNorm(5), nn.Linear(5, 2)).to("float64")
    theirs = torch.nn.Sequential(
        torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.LayerNorm(5), torch.nn.Linear(5, 2)
    ).double()
    theirs.load_state_dict({name: torch.from_numpy(x.numpy().copy()) for name, x in ours.state_dict().items()})
    return ours, theirs


def losses():
    """The loss of both networks as a function of parameters and examples."""
    ours, theirs = networks()
    ours_of = lambda p, x, y: ((cr.functional_call(ours, p, x) - y) ** 2).mean()
    theirs_of = lambda p, x, y: ((torch.func.functional_call(theirs, p, (x,)) - y) ** 2).mean()
    return (
        ours_of,
        {name: p.numpy() for name, p in ours.named_parameters()},
        theirs_of,
        {name: p.detach() for name, p in theirs.named_parameters()},
    )


def assert_trees_close(found, expected, rtol=1e-9):
    assert found.keys() == expected.keys()
    for name, array in found.items():
        np.testing.assert_allclose(array, expected[name].numpy(), rtol=rtol, atol=1e-12, err_msg=name)


def test_gradient_by_a_networks_parameters():
    ours, p, theirs, q = losses()
    assert_trees_close(cr.grad(ours)(p, X, Y), torch.func.grad(theirs)(q, *tensors((X, Y))))


def test_gradients_an_example():
    ours, p, theirs, q = losses()
    expected = torch.func.vmap(torch.func.grad(theirs), in_dims=(None, 0, 0))(
        q, torch.from_numpy(X[:, None]), torch.from_numpy(Y[:, None])
    )
    assert_trees_close(cr.per_example_grad(ours, p, X, Y), expected)


def test_product_with_the_hessian_of_a_network():
    ours, p, theirs, q = losses()
    v = {name: RNG.standard_normal(x.shape) for name, x in p.items()}
    (found,) = cr.hessian_vector_product(lambda p: ours(p, X, Y), (p,), (v,))
    _, pull_back = torch.func.vjp(torch.func.grad(lambda q: theirs(q, *tensors((X, Y)))), q)
    (expected,) = pull_back({name: torch.from_numpy(x) for name, x in v.items()})
    assert_trees_close(found, expected)


def test_jacobian_hessian_and_jvp():
    ours, theirs = networks()
    frozen = {name: p.numpy() for name, p in ours.named_parameters()}
    of_input = lambda x: cr.functional_call(ours, frozen, x)
    x, v = X[0], RNG.standard_normal(4)
    jacobian = torch.func.jacrev(theirs)(torch.from_numpy(x)).detach().numpy()
    np.testing.assert_allclose(cr.jacobian(of_input)(x), jacobian, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(cr.jvp(of_input, (x,), (v,))[1], jacobian @ v, rtol=1e-9, atol=1e-12)
    loss = lambda x: theirs(x).square().sum()
    hessian = torch.func.jacrev(torch.func.jacrev(loss))(torch.from_numpy(x)).detach().numpy()
    found = cr.hessian(lambda x: (of_input(x) ** 2).sum())(x)
    np.testing.assert_allclose(found, hessian, rtol=1e-8, atol=1e-10)


def test_gradient_penalty_through_backward():
    ours, theirs = networks()
    x = cr.Tensor(X)
    slope = cr.grad(lambda x: ours(x).sum())(x)
    ((slope**2).sum() + ours(x).sum()).backward()
    y = torch.from_numpy(X).requires_grad_()
    (slope_torch,) = torch.autograd.grad(theirs(y).sum(), y, create_graph=True)
    (slope_torch.square().sum() + theirs(torch.from_numpy(X)).sum()).backward()
    for (name, found), expected in zip(ours.named_parameters(), theirs.parameters()):
        np.testing.assert_allclose(found.grad.numpy(), expected.grad.numpy(), rtol=1e-8, atol=1e-11, err_msg=name)


def test_inner_step_of_maml():
    ours, p, theirs, q = losses()
    rate = 0.1

    def after_a_step(loss, gradient, parameters, x, y):
        slopes = gradient(loss)(parameters, x[:3], y[:3])
        adapted = {name: w - rate * slopes[name] for name, w in parameters.items()}
        return loss(adapted, x[3:], y[3:])

    found = cr.grad(lambda p: after_a_step(ours, cr.grad, p, X, Y))(p)
    expected = torch.func.grad(lambda q: after_a_step(theirs, torch.func.grad, q, *tensors((X, Y))))(q)
    assert_trees_close(found, expected)


def test_third_derivative_of_an_lstm():
    with cr.seed(1):
        ours = nn.LSTM(2, 3).to("float64")
    theirs = torch.nn.LSTM(2, 3, batch_first=True).double()
    theirs.load_state_dict({name: torch.from_numpy(x.numpy().copy()) for name, x in ours.state_dict().items()})
    base, way = RNG.standard_normal((2, 4, 2)), RNG.standard_normal((2, 4, 2))
    frozen = {name: p.numpy() for name, p in ours.named_parameters()}

    def of_ours(t):
        return cr.functional_call(ours, frozen, base + t * way)[0].sum()

    def of_theirs(t):
        return theirs(torch.from_numpy(base) + t * torch.from_numpy(way))[0].sum()

    t = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    slope, expected = of_theirs(t), []
    for _ in range(3):
        (slope,) = torch.autograd.grad(slope, t, create_graph=True)
        expected.append(slope.item())
    function, found = of_ours, []
    for _ in range(3):
        function = cr.grad(function)
        found.append(float(function(np.float64(0.3))))
    np.testing.assert_allclose(found, expected, rtol=1e-9)
