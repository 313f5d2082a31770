"""`Tensor`: an array that knows how it came about."""

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.autodiff.graph import Leaf, Node, clock, walk_back
from chainrule.autodiff.watching import watchers
from chainrule.backend import Array, is_array, namespace

_new = object.__new__


class Tensor:
    """An array with a place on the tape.

    Operators and methods such as ``x + y``, ``x.sum()`` or ``x[2:5]`` are those of `chainrule.ops`.

    Parameters
    ----------
    value : Array or number or nested list
        The numbers. An array of NumPy or JAX is kept as it is, without a copy; Python floats become float32. Of a
        Tensor only the numbers are taken, as by `detach`.
    requires_grad : bool, default False
        Whether `backward` shall leave a gradient here.

    Attributes
    ----------
    value : Array
        The array inside: of NumPy or JAX, or, within `chainrule.grad`, a Tensor of a lower level.
    grad : Tensor or None
        What `backward` has added up so far; same shape and dtype, its memory shared with nothing.

    Raises
    ------
    TypeError
        If a gradient is asked for numbers that are not floating point.
    """

    __slots__ = ("__weakref__", "grad", "level", "node", "value")
    __array_priority__ = 1000
    __array_ufunc__ = None  # so that array @ Tensor comes to us

    grad: "Tensor | None"

    def __init__(self, value: Any, requires_grad: bool = False):
        self.value: Any = _as_value(value)
        self.grad = None
        self.level = 0
        self.node: Node | None = None
        if requires_grad:
            self.requires_grad_()

    if TYPE_CHECKING:  # what `chainrule.ops` adds

        def __getattr__(self, name: str) -> Any: ...
        def __add__(self, other: Any) -> "Tensor": ...
        def __radd__(self, other: Any) -> "Tensor": ...
        def __sub__(self, other: Any) -> "Tensor": ...
        def __rsub__(self, other: Any) -> "Tensor": ...
        def __mul__(self, other: Any) -> "Tensor": ...
        def __rmul__(self, other: Any) -> "Tensor": ...
        def __truediv__(self, other: Any) -> "Tensor": ...
        def __rtruediv__(self, other: Any) -> "Tensor": ...
        def __pow__(self, other: Any) -> "Tensor": ...
        def __matmul__(self, other: Any) -> "Tensor": ...
        def __rmatmul__(self, other: Any) -> "Tensor": ...
        def __neg__(self) -> "Tensor": ...
        def __getitem__(self, index: Any) -> "Tensor": ...

    # What it is

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.value.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return self.value.size

    @property
    def dtype(self) -> Any:
        """The type of the elements, as a NumPy dtype."""
        return self.value.dtype

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made this tensor."""
        return self.node is None or isinstance(self.node, Leaf)

    @property
    def requires_grad(self) -> bool:
        """Whether operations on this tensor are recorded."""
        return self.node is not None

    @requires_grad.setter
    def requires_grad(self, flag: bool) -> None:
        self.requires_grad_(flag)

    def requires_grad_(self, flag: bool = True) -> "Tensor":
        """Ask for a gradient here, or no longer.

        Parameters
        ----------
        flag : bool, default True
            Whether `backward` shall leave a gradient here.

        Returns
        -------
        Tensor
            This tensor.

        Raises
        ------
        TypeError
            If the elements are not floating point.
        RuntimeError
            If an operation made this tensor, which therefore always passes gradients on.
        """
        if not self.is_leaf:
            if not flag:
                raise RuntimeError(
                    "requires_grad_(False) is for leaves, but an operation made this tensor: use .detach()"
                )
            return self
        if not flag:
            self.node = None
        elif self.node is None:
            require_real(self.dtype)
            self.node = Leaf(self, self.shape, self.dtype)
        return self

    # Its numbers

    def numpy(self) -> np.ndarray:
        """Return the numbers for NumPy.

        Returns
        -------
        ndarray
            A read-only view where the tensor lives in NumPy's memory, else a copy. Use ``.numpy().copy()`` to write.
        """
        view = np.asarray(self.constant()).view()
        view.flags.writeable = False
        return view

    def item(self) -> float | int | bool:
        """Return the only element as a Python number.

        Returns
        -------
        float or int or bool
            The element.

        Raises
        ------
        ValueError
            If there is not exactly one element.
        """
        if self.size != 1:
            raise ValueError(f"item() is for tensors of one element, but this one has shape {self.shape}")
        return np.asarray(self.constant()).item()

    def constant(self) -> Array:
        """Return the plain array at the bottom, without any derivative level.

        Returns
        -------
        Array
            A NumPy or JAX array; not a copy.
        """
        value = self.value
        while isinstance(value, Tensor):
            value = value.value
        return value

    def detach(self) -> "Tensor":
        """Return the same numbers as a constant.

        Returns
        -------
        Tensor
            A tensor that shares this one's memory and passes no gradient on.
        """
        return Tensor(self.constant())

    def write_(self, value: Array) -> "Tensor":
        """Overwrite a leaf's numbers, in place on NumPy.

        Parameters
        ----------
        value : Array
            The new numbers, of this tensor's shape; cast to its dtype.

        Returns
        -------
        Tensor
            This tensor. A graph that still needs the old numbers refuses to go backward.

        Raises
        ------
        ValueError
            If the shapes differ.
        RuntimeError
            If an operation made this tensor.
        """
        if not self.is_leaf:
            raise RuntimeError("write_ is for leaves, but an operation made this tensor")
        value = value.constant() if isinstance(value, Tensor) else value
        if value.shape != self.shape:
            raise ValueError(f"write_ expected shape {self.shape}, but got {value.shape}")
        if isinstance(self.value, np.ndarray):
            self.value[...] = np.asarray(value)
            self.mark_written()
        else:
            self.value = namespace(self.value).asarray(value, dtype=self.dtype, copy=True)
        return self

    def mark_written(self) -> None:
        """Record that the array was changed in place, so that graphs which need the old numbers say so."""
        if isinstance(self.node, Leaf):
            self.node.written = next(clock)

    # Backward

    def backward(self, grad: Any = None, *, retain_graph: bool = False, create_graph: bool = False) -> None:
        """Add the derivative of this tensor to `.grad` of every leaf it was computed from.

        Parameters
        ----------
        grad : Array or Tensor, optional
            The gradient that comes in from above, of this tensor's shape. May be left out if it has one element.
        retain_graph : bool, default False
            Keep what the pull-backs saved, so that backward can run through this graph again.
        create_graph : bool, default False
            Must be False: a derivative to be differentiated again is a function here, `chainrule.grad`.

        Raises
        ------
        RuntimeError
            If nothing was recorded, if the graph was used before, or if `grad` is needed and missing.
        NotImplementedError
            If `create_graph` is asked for. The message shows what to write instead.
        ValueError
            If `grad` has another shape.
        """
        if create_graph:
            raise NotImplementedError(
                "backward(create_graph=True) is written with chainrule.grad inside the loss: "
                "slope = cr.grad(lambda x: model(x).sum())(x); loss = (slope ** 2).sum(); loss.backward()"
            )
        if self.node is None:
            raise RuntimeError(
                "backward() needs a tensor that was computed from one with requires_grad=True, outside no_grad(), but "
                "nothing was recorded for this one"
            )
        if self.level > 0:
            raise RuntimeError("backward() is for the outermost level: inside chainrule.grad, use chainrule.grad again")
        walk = walk_back([(self.node, self._seed(grad))], retain_graph=retain_graph, watchers=watchers.get())
        for leaf, gradient in walk.found.items():
            tensor = leaf.tensor()
            if tensor is not None and tensor.grad is None and walk.owns(leaf):
                tensor.grad = recorded(plain(gradient), None, 0)
            elif tensor is not None:
                tensor.accumulate(gradient)

    def register_hook(self, hook: Callable) -> Callable[[], None]:
        """Have a function called with this tensor's gradient during each backward pass.

        Parameters
        ----------
        hook : callable
            Gets the gradient, an array of this tensor's shape, and may return another one to go on with. It must not
            change what it gets.

        Returns
        -------
        callable
            Removes the hook.

        Raises
        ------
        RuntimeError
            If this tensor has no place on the tape.
        """
        if self.node is None:
            raise RuntimeError("register_hook is for tensors that get a gradient, but this one has requires_grad=False")
        return self.node.add_hook(hook)

    def retain_grad(self) -> None:
        """Leave this tensor's gradient in its `grad` too, though an operation made it.

        Raises
        ------
        RuntimeError
            If this tensor has no place on the tape.
        """
        if self.node is None:
            raise RuntimeError("retain_grad is for tensors that get a gradient, but this one has requires_grad=False")
        if not self.is_leaf:
            itself = weakref.ref(self)
            self.register_hook(lambda grad: _keep(itself(), grad))

    def _seed(self, grad: Any) -> Array:
        xp = namespace(self.value)
        if grad is None:
            if self.size != 1:
                raise RuntimeError(
                    f"backward() without a gradient needs one element, but this tensor has shape {self.shape}: take "
                    "its .sum() or .mean(), or give backward(gradient) an array of that shape"
                )
            return xp.ones(self.shape, dtype=self.dtype)
        grad = grad.constant() if isinstance(grad, Tensor) else grad
        grad = xp.asarray(grad, dtype=self.dtype)
        if grad.shape != self.shape:
            raise ValueError(f"backward() expected a gradient of shape {self.shape}, but got {grad.shape}")
        return grad

    def accumulate(self, gradient: Array) -> None:
        """Add to `grad`, as `backward` does.

        Parameters
        ----------
        gradient : Array or Tensor
            Of this tensor's shape and dtype; copied, since others may have a hold of it.
        """
        gradient = plain(gradient)
        if self.grad is None:
            self.grad = Tensor(np.array(gradient) if isinstance(gradient, (np.ndarray, np.generic)) else gradient)
        elif isinstance(self.grad.value, np.ndarray):
            self.grad.value += gradient
        else:
            self.grad = Tensor(self.grad.value + gradient)

    # Protocols

    def __array_namespace__(self, api_version: str | None = None) -> Any:
        from chainrule import ops  # late, because operations are made of Tensors

        return ops

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self.node is not None:
            raise RuntimeError(
                "this tensor is on the tape, and NumPy would lose its gradient: use .detach() or .numpy()"
            )
        array = np.asarray(self.constant())
        return np.array(array, dtype=dtype) if copy or dtype not in (None, array.dtype) else array

    def __dlpack__(self, **options: Any) -> Any:
        if self.node is not None:
            raise RuntimeError("this tensor is on the tape, and another library would lose its gradient: use .detach()")
        return self.value.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.constant().__dlpack_device__()

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a tensor without axes has no length")
        return self.shape[0]

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        return bool(self.item()) if self.size == 1 else _refuse_truth(self.shape)

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iu":
            raise TypeError(f"only integer tensors can be an index, but this one is {self.dtype}")
        return int(self.item())

    def __repr__(self) -> str:
        body = (
            np.array2string(np.asarray(self.constant()), separator=", ", prefix="Tensor(")
            if is_array(self.constant())
            else ""
        )
        suffix = ", requires_grad=True" if self.requires_grad else ""
        return f"Tensor({body}, dtype={self.dtype}{suffix})"

    def __deepcopy__(self, memo: dict) -> "Tensor":
        if not self.is_leaf:
            raise RuntimeError("only leaves can be deep-copied, but an operation made this tensor: copy .detach()")
        value = self.constant()
        copied = type(self).__new__(type(self))
        Tensor.__init__(copied, np.array(value) if isinstance(value, np.ndarray) else value, self.requires_grad)
        memo[id(self)] = copied
        return copied


def recorded(value: Any, node: Node | None, level: int) -> Tensor:
    """An array that an operation made, as a Tensor on the tape; without the checks of what users give."""
    tensor: Tensor = _new(Tensor)
    tensor.value, tensor.grad, tensor.level, tensor.node = value, None, level, node
    return tensor


def plain(value: Any) -> Any:
    """The array at the bottom of a Tensor; anything else as it is."""
    return value.constant() if isinstance(value, Tensor) else value


def require_real(dtype: Any) -> None:
    """Refuse a derivative by numbers that are not floating point."""
    if dtype.kind in "iub":
        raise TypeError(f"a derivative needs floating-point numbers, but these are {dtype}: .astype('float32') first")
    if dtype.kind == "c":
        raise TypeError(f"a derivative needs real numbers, but these are {dtype}: give .real and .imag as two arrays")


def _keep(tensor: Tensor | None, grad: Array) -> None:
    if tensor is not None:
        tensor.accumulate(grad)


def _refuse_truth(shape: tuple[int, ...]) -> bool:
    raise ValueError(f"the truth of a tensor of shape {shape} is ambiguous: use .any() or .all()")


def _as_value(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.constant()
    if is_array(value):
        return np.asarray(value) if isinstance(value, np.generic) else value
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"Tensor expected numbers, but got {type(value).__name__} with elements of {array.dtype}")
    return array.astype(np.float32) if array.dtype.kind == "f" else array


def tensor(value: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a Tensor.

    Parameters
    ----------
    value : Array or number or nested list
        The numbers; always copied. Python floats become float32, arrays keep their dtype.
    dtype : dtype, optional
        The type of the elements.
    requires_grad : bool, default False
        Whether `backward` shall leave a gradient here.

    Returns
    -------
    Tensor
        A leaf.

    Raises
    ------
    TypeError
        If `value` is not made of numbers, or a gradient is asked for integers.
    """
    plain = Tensor(value).constant()
    xp = namespace(plain)
    made = xp.asarray(plain, dtype=dtype, copy=True)
    return Tensor(made, requires_grad)
