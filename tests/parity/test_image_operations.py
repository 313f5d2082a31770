"""Pooling and what else goes with convolution against PyTorch: a random sweep of configurations, in float64.

Each configuration is drawn from its own number, and compares the result and all gradients.
"""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import chainrule as cr  # noqa: E402
from chainrule.nn import functional as ours  # noqa: E402

from .drawing import Draw, room, spread  # noqa: E402

theirs = torch.nn.functional
pytestmark = pytest.mark.parity


def compare(name, arrays, *args, **kwargs):
    """Results and gradients of the function of this name; None among `arrays` stays None."""
    mine = [None if x is None else cr.tensor(x, requires_grad=True) for x in arrays]
    other = [None if x is None else torch.tensor(x, requires_grad=True) for x in arrays]
    found = getattr(ours, name)(*mine, *args, **kwargs)
    expected = getattr(theirs, name)(*other, *args, **kwargs)
    if isinstance(expected, tuple):  # with indices
        np.testing.assert_array_equal(found[1].numpy(), expected[1].numpy())
        found, expected = found[0], expected[0]
    close(found, expected)
    cotangent = np.random.default_rng(1).standard_normal(found.shape)
    found.backward(cotangent)
    expected.backward(torch.tensor(cotangent))
    for x, y in zip(mine, other):
        if x is not None:
            close(x.grad, y.grad)


def close(found, expected):
    expected = expected.detach().numpy()
    assert found.shape == expected.shape
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-10, atol=1e-10 * max(1.0, np.abs(expected).max()))


@pytest.mark.parametrize("seed", range(100))
def test_max_pooling(seed):
    draw = Draw([seed, 2])
    axes = draw.number(1, 3)
    kernel, dilation = draw.numbers(axes, 1, 4), draw.numbers(axes, 1, 2)
    padding = draw.number(0, min(spread(kernel, axes)) // 2)
    stride = draw.numbers(axes, 1, 4) if draw.chance() else None
    x = draw.image(2, room(draw, axes, kernel, padding, dilation))
    options = {"ceil_mode": draw.chance(), "return_indices": draw.chance()}
    compare(f"max_pool{axes}d", (x,), kernel, stride, padding, dilation, **options)


@pytest.mark.parametrize("seed", range(100))
def test_average_pooling(seed):
    draw = Draw([seed, 3])
    axes = draw.number(1, 3)
    kernel = draw.numbers(axes, 1, 4)
    padding = draw.number(0, min(spread(kernel, axes)) // 2)
    stride = draw.numbers(axes, 1, 4) if draw.chance() else None
    x = draw.image(2, room(draw, axes, kernel, 0, 1))  # PyTorch wants an image as large as the kernel
    divisor = {"divisor_override": 3} if axes > 1 and draw.number(0, 4) == 0 else {}
    compare(f"avg_pool{axes}d", (x,), kernel, stride, padding, draw.chance(), draw.chance(), **divisor)


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("kind", ["avg", "max"])
def test_adaptive_pooling(kind, seed):
    draw = Draw([seed, 4])
    axes = draw.number(1, 3)
    x = draw.image(2, [draw.number(1, 7) for _ in range(axes)])
    options = {"return_indices": draw.chance()} if kind == "max" else {}
    sizes = draw.numbers(axes, 1, 5)
    compare(f"adaptive_{kind}_pool{axes}d", (x,), sizes, **options)


@pytest.mark.parametrize("seed", range(40))
def test_unfold_and_fold(seed):
    draw = Draw([seed, 5])
    kernel, stride, padding, dilation = (draw.numbers(2, *span) for span in ((1, 3), (1, 3), (0, 2), (1, 2)))
    sizes = room(draw, 2, kernel, padding, dilation)
    compare("unfold", (draw.image(3, sizes),), kernel, dilation, padding, stride)
    columns = ours.unfold(draw.image(2, sizes), kernel, dilation, padding, stride)
    compare("fold", (draw.array(*columns.shape),), tuple(sizes), kernel, dilation, padding, stride)


@pytest.mark.parametrize("seed", range(60))
def test_interpolation(seed):
    draw = Draw([seed, 6])
    axes = draw.number(1, 3)
    mode = ("nearest", ("linear", "bilinear", "trilinear")[axes - 1])[draw.chance()]
    x = draw.image(2, [draw.number(1, 6) for _ in range(axes)])
    options = {"align_corners": draw.chance()} if mode != "nearest" else {}
    if draw.chance():
        compare("interpolate", (x,), size=tuple(draw.number(1, 9) for _ in range(axes)), mode=mode, **options)
    else:
        factor = (1.0, 1.5, 2.0, 2.7, 3.0)[draw.number(0, 4)]
        compare("interpolate", (x,), scale_factor=factor, mode=mode, **options)


@pytest.mark.parametrize("seed", range(40))
def test_normalization(seed):
    draw = Draw([seed, 7])
    groups = draw.number(1, 3)
    channels = groups * draw.number(1, 3)
    x = draw.image(channels, [draw.number(2, 5) for _ in range(draw.number(1, 3))])
    weight, bias = draw.array(channels), draw.array(channels)
    compare_by_keyword("group_norm", x, weight, bias, num_groups=groups)
    compare_by_keyword("instance_norm", x, weight, bias)


def compare_by_keyword(name, x, weight, bias, **options):
    mine = [cr.tensor(a, requires_grad=True) for a in (x, weight, bias)]
    # PyTorch 2.13 gives wrong gradients of instance_norm for one image whose gradient is channels last.
    other = [torch.tensor(a.copy(), requires_grad=True) for a in (x, weight, bias)]
    found = getattr(ours, name)(mine[0], weight=mine[1], bias=mine[2], **options)
    expected = getattr(theirs, name)(other[0], weight=other[1], bias=other[2], **options)
    close(found, expected)
    cotangent = np.random.default_rng(1).standard_normal(x.shape)
    found.backward(cotangent)
    expected.backward(torch.tensor(cotangent))
    for a, b in zip(mine, other):
        close(a.grad, b.grad)
