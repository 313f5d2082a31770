"""Matrix products."""

from typing import Any

from chainrule.autodiff import differentiable
from chainrule.backend import Array, namespace
from chainrule.kernels import select
from chainrule.kernels.reference.dense import as_rows
from chainrule.ops.arithmetic import promote
from chainrule.ops.shape import broadcast_to, expand_dims, reshape


@differentiable
def _matmul(a, b):
    """d(A B) = dA B + A dB; leading axes broadcast."""
    a, b = promote(a, b)
    rows_alone = len(a.shape) > 2 == len(b.shape)

    def to_right(grad):
        if rows_alone:  # one product of all rows, instead of many that are then added up
            return select(a, grad).matmul(as_rows(a).mT, as_rows(grad))
        return select(a, grad).matmul(a.mT, grad)

    return select(a, b).matmul(a, b), (lambda grad: select(grad, b).matmul(grad, b.mT), to_right)


def matmul(a: Array, b: Array) -> Array:
    """Multiply matrices, with NumPy's rules for one axis and for more than two.

    Parameters
    ----------
    a : Tensor or Array
        Shape (..., M, K) or (K,).
    b : Tensor or Array
        Shape (..., K, N) or (K,).

    Returns
    -------
    Tensor or Array
        Shape (..., M, N), without M or N where that operand had one axis.

    Raises
    ------
    ValueError
        If the inner lengths differ or an operand has no axes.
    """
    first, second = a.shape, b.shape
    if not first or not second or first[-1] != second[max(len(second) - 2, 0)]:
        raise ValueError(f"matmul expected shapes (..., M, K) and (..., K, N), but got {first} and {second}")
    if len(first) > 1 and len(second) > 1:
        return _matmul(a, b)
    left = expand_dims(a, 0) if len(first) == 1 else a
    right = expand_dims(b, -1) if len(second) == 1 else b
    product = _matmul(left, right)
    rows = () if len(first) == 1 else product.shape[-2:-1]
    columns = () if len(second) == 1 else product.shape[-1:]
    return reshape(product, shape=(*product.shape[:-2], *rows, *columns))


@differentiable
def _linear(x, weight, bias, *, wanted):
    """d(x W' + b) = dx W' + x dW' + db, summed over all rows."""
    x, weight = promote(x, weight)
    kept = x if wanted[1] else None, weight if wanted[0] else None
    return select(x, weight, bias).linear(x, weight, bias), (
        lambda grad: select(grad, *kept).linear_backward(grad, *kept, wanted[2])
    )


def linear(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """Multiply rows by a matrix and add a bias.

    Parameters
    ----------
    x : Tensor or Array, shape (..., D)
        The rows.
    weight : Tensor or Array, shape (F, D)
        The matrix, as `nn.Linear` has it.
    bias : Tensor or Array, shape (F,), optional
        What to add.

    Returns
    -------
    Tensor or Array, shape (..., F)
        ``x @ weight.T + bias``.

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    if len(weight.shape) != 2 or not x.shape or x.shape[-1] != weight.shape[1]:
        raise ValueError(f"linear expected x (..., D) and weight (F, D), but got {x.shape} and {weight.shape}")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(f"linear expected a bias of shape {weight.shape[:1]}, but got {bias.shape}")
    return _linear(x, weight, bias)


def einsum(subscripts: str, *operands: Array) -> Array:
    """Sum products over named axes, as NumPy's `einsum`.

    Parameters
    ----------
    subscripts : str
        A letter for each axis, as in ``"btd,bsd->bts"``. No letter twice in one operand, and no dots.
    *operands : Tensor or Array
        The factors.

    Returns
    -------
    Tensor or Array
        The axes that stand after the arrow.

    Raises
    ------
    ValueError
        If the subscripts cannot be read or do not fit the operands.
    """
    inputs, output = _parsed(subscripts, operands)
    return _einsum(*operands, inputs=inputs, output=output)


def _parsed(subscripts: str, operands: tuple) -> tuple[tuple[str, ...], str]:
    left, arrow, output = subscripts.replace(" ", "").partition("->")
    inputs = tuple(left.split(","))
    if not arrow:
        output = "".join(sorted(c for c in set(left) - {","} if left.count(c) == 1))
    if len(inputs) != len(operands):
        raise ValueError(f"einsum {subscripts!r} names {len(inputs)} operands, but got {len(operands)}")
    for names, operand in zip(inputs, operands):
        if len(set(names)) != len(names) or "." in names:
            raise ValueError(f"einsum takes each letter once in an operand and no dots, but got {names!r}")
        if len(names) != len(operand.shape):
            raise ValueError(
                f"einsum {subscripts!r} expected {len(names)} axes for {names!r}, but got shape {operand.shape}"
            )
    if not set(output) <= set(left) - {","} or len(set(output)) != len(output):
        raise ValueError(f"einsum {subscripts!r} has letters after the arrow that no operand has")
    return inputs, output


@differentiable
def _einsum(*operands, inputs, output):
    """Linear in each factor: the pull-back exchanges that factor with the result."""
    lengths = {name: n for names, x in zip(inputs, operands) for name, n in zip(names, x.shape)}

    def pull_back(i: int) -> Any:
        others = [names for j, names in enumerate(inputs) if j != i]
        kept = "".join(name for name in inputs[i] if name in output or any(name in names for names in others))

        def pull(grad: Any) -> Any:
            rest = [x for j, x in enumerate(operands) if j != i]
            part = _einsum(grad, *rest, inputs=(output, *others), output=kept)
            # Axes that only this factor has were summed: their gradient is the same all along.
            wide = reshape(part, shape=tuple(lengths[name] if name in kept else 1 for name in inputs[i]))
            return broadcast_to(wide, shape=tuple(lengths[name] for name in inputs[i]))

        return pull

    value = namespace(*operands).einsum(",".join(inputs) + "->" + output, *operands)
    return value, tuple(pull_back(i) for i in range(len(inputs)))
