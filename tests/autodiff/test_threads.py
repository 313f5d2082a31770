"""Threads do not disturb each other: same bits as alone, modes and levels of their own."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import chainrule as cr
from chainrule import ops

STEPS = 60


def train(seed, barrier=None):
    """A small network's weights after some steps of gradient descent with dropout."""
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((32, 8)), rng.standard_normal((32, 1))
    first = cr.Tensor(rng.standard_normal((8, 16)), requires_grad=True)
    second = cr.Tensor(rng.standard_normal((16, 1)), requires_grad=True)
    with cr.seed(seed) as generator:
        for _ in range(STEPS):
            if barrier is not None:
                barrier.wait()
            generator.next_step()
            hidden = ops.tanh(x @ first)
            mask = generator.dropout_mask(hidden.shape, 0.25, hidden.constant())
            loss = ((hidden * mask @ second - y) ** 2).mean()
            loss.backward()
            for weight in (first, second):
                weight.write_(weight.detach() - 0.05 * weight.grad)
                weight.grad = None
    return first.numpy().copy(), second.numpy().copy()


def test_two_threads_get_the_same_bits_as_each_alone():
    alone = [train(seed) for seed in (0, 1)]
    barrier = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda seed: train(seed, barrier), (0, 1)))
    for found, expected in zip(together, alone):
        for a, b in zip(found, expected):
            np.testing.assert_array_equal(a, b)


def test_no_grad_in_one_thread_is_not_seen_in_another():
    inside, done, found = threading.Event(), threading.Event(), []

    def quiet():
        with cr.no_grad():
            inside.set()
            done.wait(10)
            found.append(cr.is_grad_enabled())

    thread = threading.Thread(target=quiet)
    thread.start()
    inside.wait(10)
    assert cr.is_grad_enabled()
    assert (cr.Tensor([1.0], requires_grad=True) * 2).requires_grad
    done.set()
    thread.join()
    assert found == [False]


def test_a_watcher_in_one_thread_is_not_told_of_another():
    with cr.detect_anomaly(), ThreadPoolExecutor(1) as pool:
        assert np.isinf(pool.submit(lambda: _overflow()).result())


def _overflow():
    with np.errstate(over="ignore"):
        return ops.exp(cr.Tensor(np.array([1000.0]))).item()


def test_derivatives_nest_in_many_threads_at_once():
    function = lambda x: (ops.sin(x) * x * x).sum()
    points = [np.linspace(0, 1 + i, 5) for i in range(16)]
    expected = [cr.hessian(function)(x) for x in points]
    with ThreadPoolExecutor(8) as pool:
        for a, b in zip(pool.map(cr.hessian(function), points), expected):
            np.testing.assert_array_equal(a, b)


def test_leaf_shared_by_threads_gets_every_gradient():
    x = cr.Tensor(np.zeros(4), requires_grad=True)
    losses = [(x * float(i)).sum() for i in range(200)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda loss: loss.backward(), losses))
    np.testing.assert_array_equal(x.grad.numpy(), np.full(4, 199 * 200 / 2))
