"""Recurrent layers as single operations: whole sequences, forward and backward in fused kernels."""

from chainrule.autodiff import differentiable
from chainrule.backend import Array
from chainrule.kernels import select
from chainrule.ops.constants import constant


def _present(*arrays: Array | None) -> list[Array]:
    return [array for array in arrays if array is not None]


@differentiable
def _lstm(x, h0, c0, w_ih, w_hh, bias, *, lengths, reverse, wanted):
    """Backpropagation through time; the kernel runs the steps in the opposite order."""
    operands = _present(x, h0, c0, w_ih, w_hh, bias)
    kernels = select(*operands)
    inputs = (x, h0, c0, w_ih, w_hh)
    y, h_n, c_n, saved = kernels.lstm(*inputs, bias, lengths, reverse, any(wanted))

    def pull_back(grads):
        ours = select(*grads, *operands)
        # What a fused kernel keeps may differ from what array code needs.
        kept = saved if ours is kernels else ours.lstm(*inputs, bias, lengths, reverse, True)[-1]
        return ours.lstm_backward(*grads, *inputs, lengths, reverse, kept, wanted)

    return (y, h_n, c_n), pull_back


def lstm(
    x: Array,
    h0: Array,
    c0: Array,
    w_ih: Array | None,
    w_hh: Array,
    bias: Array | None = None,
    lengths: Array | None = None,
    reverse: bool = False,
) -> tuple[Array, Array, Array]:
    """Run a long short-term memory over sequences (S. Hochreiter and J. Schmidhuber, 1997; F. Gers et al., 2000).

    With (i, f, g, o) = ``w_ih x + w_hh h + bias``: ``c = sigmoid(f) c + sigmoid(i) tanh(g)``,
    ``h = sigmoid(o) tanh(c)``.

    Parameters
    ----------
    x : Tensor or Array, shape (N, T, D)
        The sequences; their product with the weights of the input, if `w_ih` is None.
    h0, c0 : Tensor or Array, shape (N, H)
        The state before the first step.
    w_ih : Tensor or Array, shape (4H, D), or None
        Weights of the input, for the gates i, f, g, o.
    w_hh : Tensor or Array, shape (4H, H)
        Weights of the state.
    bias : Tensor or Array, shape (4H,), optional
        Added to both.
    lengths : Tensor or Array of int, shape (N,), optional
        The number of steps that count in each sequence; all of them by default.
    reverse : bool, default False
        Run from each sequence's last step that counts to its first.

    Returns
    -------
    y : Tensor or Array, shape (N, T, H)
        The state h after each step; 0 from a sequence's length on.
    h_n, c_n : Tensor or Array, shape (N, H)
        The state after the last step that counts.

    Raises
    ------
    ValueError
        If shapes do not fit.
    """
    _check("lstm", 4, x, {"h0": h0, "c0": c0}, w_ih, w_hh, {"bias": bias}, lengths)
    return _lstm(x, h0, c0, w_ih, w_hh, bias, lengths=constant(lengths), reverse=reverse)


@differentiable
def _gru(x, h0, w_ih, w_hh, b_ih, b_hh, *, lengths, reverse, wanted):
    """Backpropagation through time; the kernel runs the steps in the opposite order."""
    operands = _present(x, h0, w_ih, w_hh, b_ih, b_hh)
    kernels = select(*operands)
    inputs = (x, h0, w_ih, w_hh)
    y, h_n, saved = kernels.gru(*inputs, b_ih, b_hh, lengths, reverse, any(wanted))

    def pull_back(grads):
        ours = select(*grads, *operands)
        kept = saved if ours is kernels else ours.gru(*inputs, b_ih, b_hh, lengths, reverse, True)[-1]
        return ours.gru_backward(*grads, *inputs, b_hh, lengths, reverse, kept, wanted)

    return (y, h_n), pull_back


def gru(
    x: Array,
    h0: Array,
    w_ih: Array | None,
    w_hh: Array,
    b_ih: Array | None = None,
    b_hh: Array | None = None,
    lengths: Array | None = None,
    reverse: bool = False,
) -> tuple[Array, Array]:
    """Run gated recurrent units over sequences (K. Cho et al., 2014, in the form that PyTorch and cuDNN use).

    With (r, z, n) the rows of weights and biases: ``r = sigmoid(W_r x + U_r h + b_r)``, z likewise,
    ``n = tanh(W_n x + b_in + r * (U_n h + b_hn))``, ``h = (1 - z) n + z h``.

    Parameters
    ----------
    x : Tensor or Array, shape (N, T, D)
        The sequences; their product with the weights of the input, if `w_ih` is None.
    h0 : Tensor or Array, shape (N, H)
        The state before the first step.
    w_ih : Tensor or Array, shape (3H, D), or None
        Weights of the input, for r, z, n.
    w_hh : Tensor or Array, shape (3H, H)
        Weights of the state.
    b_ih, b_hh : Tensor or Array, shape (3H,), optional
        Added to the products of w_ih and of w_hh; both or neither, if there is w_ih.
    lengths : Tensor or Array of int, shape (N,), optional
        The number of steps that count in each sequence; all of them by default.
    reverse : bool, default False
        Run from each sequence's last step that counts to its first.

    Returns
    -------
    y : Tensor or Array, shape (N, T, H)
        The state after each step; 0 from a sequence's length on.
    h_n : Tensor or Array, shape (N, H)
        The state after the last step that counts.

    Raises
    ------
    ValueError
        If shapes do not fit.
    """
    _check("gru", 3, x, {"h0": h0}, w_ih, w_hh, {"b_ih": b_ih, "b_hh": b_hh}, lengths)
    if w_ih is not None and (b_ih is None) != (b_hh is None):
        raise ValueError("gru expected both b_ih and b_hh or neither, but got one")
    return _gru(x, h0, w_ih, w_hh, b_ih, b_hh, lengths=constant(lengths), reverse=reverse)


@differentiable
def _rnn(x, h0, w_ih, w_hh, bias, *, lengths, reverse, wanted):
    """Backpropagation through time; the kernel runs the steps in the opposite order."""
    operands = _present(x, h0, w_ih, w_hh, bias)
    kernels = select(*operands)
    inputs = (x, h0, w_ih, w_hh)
    y, h_n, saved = kernels.rnn(*inputs, bias, lengths, reverse, any(wanted))

    def pull_back(grads):
        ours = select(*grads, *operands)
        kept = saved if ours is kernels else ours.rnn(*inputs, bias, lengths, reverse, True)[-1]
        return ours.rnn_backward(*grads, *inputs, lengths, reverse, kept, wanted)

    return (y, h_n), pull_back


def rnn(
    x: Array,
    h0: Array,
    w_ih: Array | None,
    w_hh: Array,
    bias: Array | None = None,
    lengths: Array | None = None,
    reverse: bool = False,
) -> tuple[Array, Array]:
    """Run a simple recurrent network over sequences: ``h = tanh(w_ih x + w_hh h + bias)`` (J. Elman, 1990).

    Parameters
    ----------
    x : Tensor or Array, shape (N, T, D)
        The sequences; their product with the weights of the input, if `w_ih` is None.
    h0 : Tensor or Array, shape (N, H)
        The state before the first step.
    w_ih : Tensor or Array, shape (H, D), or None
        Weights of the input.
    w_hh : Tensor or Array, shape (H, H)
        Weights of the state.
    bias : Tensor or Array, shape (H,), optional
        Added to both.
    lengths : Tensor or Array of int, shape (N,), optional
        The number of steps that count in each sequence; all of them by default.
    reverse : bool, default False
        Run from each sequence's last step that counts to its first.

    Returns
    -------
    y : Tensor or Array, shape (N, T, H)
        The state after each step; 0 from a sequence's length on.
    h_n : Tensor or Array, shape (N, H)
        The state after the last step that counts.

    Raises
    ------
    ValueError
        If shapes do not fit.
    """
    _check("rnn", 1, x, {"h0": h0}, w_ih, w_hh, {"bias": bias}, lengths)
    return _rnn(x, h0, w_ih, w_hh, bias, lengths=constant(lengths), reverse=reverse)


def _check(
    name: str,
    gates: int,
    x: Array,
    states: dict,
    w_ih: Array | None,
    w_hh: Array,
    biases: dict,
    lengths: Array | None,
) -> None:
    """Refuse shapes that do not fit, with the one that is wrong."""
    if len(x.shape) != 3:
        raise ValueError(f"{name} expected x of shape (N, T, D), but got {x.shape}")
    batch, _, width = x.shape
    hidden = w_hh.shape[-1]
    if w_ih is None and width != gates * hidden:
        raise ValueError(f"{name} without w_ih expected x of shape (N, T, {gates * hidden}), but got {x.shape}")
    expected = {
        "w_ih": (w_ih, (gates * hidden, width)),
        "w_hh": (w_hh, (gates * hidden, hidden)),
        **{key: (array, (batch, hidden)) for key, array in states.items()},
        **{key: (array, (gates * hidden,)) for key, array in biases.items()},
        "lengths": (lengths, (batch,)),
    }
    for key, (array, shape) in expected.items():
        if array is not None and array.shape != shape:
            raise ValueError(
                f"{name} with x of shape {x.shape} and a state of width {hidden} expected {key} of shape {shape}, but "
                f"got {array.shape}"
            )
