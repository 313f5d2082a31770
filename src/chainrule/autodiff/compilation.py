"""`compile`: a user's whole training step, our backward pass and the optimiser included, as one program.

On JAX the step is run once with tracers in the places of the state's arrays; XLA compiles what it did. Afterwards
each call takes the arrays out of the state, runs the program, and puts the new ones back into the same objects.
"""

import contextlib
from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np

from chainrule.autodiff.tensor import Tensor
from chainrule.backend.namespaces import jax_backend, namespace
from chainrule.random import Generator


class Cell(Protocol):
    """Something that holds an array: a parameter, an entry of an optimiser's state, a generator's step."""

    value: Any


class Stateful(Protocol):
    """A model, an optimiser or a generator."""

    def state_cells(self) -> list[Any]:
        """All that a step may change, always in the same order."""


def compile(step: Callable, state: Iterable[Stateful]) -> Callable:
    """Compile a training step.

    Parameters
    ----------
    step : callable
        Takes arrays, Tensors, or dicts, lists and tuples of them; runs the model forward, calls `backward` and
        the optimiser's `step`; returns arrays or Tensors. Whatever else it reads is fixed when it is compiled.
    state : iterable
        Every model, optimiser and `Generator` whose arrays the step changes.

    Returns
    -------
    callable
        The same step. While the state's arrays belong to JAX it runs as one compiled program for each combination
        of argument shapes; on NumPy it runs as it is. Either way a call begins with `Generator.next_step` for the
        generators in `state`, so that both backends draw the same numbers.
    """
    return _Compiled(step, tuple(state))


class _Compiled:
    def __init__(self, step: Callable, state: tuple[Stateful, ...]):
        self._step = step
        self._state = state
        self._program: Any = None

    def __call__(self, *args: Any) -> Any:
        cells = [cell for part in self._state for cell in part.state_cells()]
        if not any(namespace(cell.value) is not namespace(0) for cell in cells if not np.isscalar(cell.value)):
            return self._run(*args)
        jax = jax_backend().jax
        if self._program is None:
            _register_tensor(jax)
            self._program = jax.jit(self._traced)
        values, result = self._program([cell.value for cell in cells], args)
        for cell, value in zip(cells, values):
            cell.value = value
        return result

    def _run(self, *args: Any) -> Any:
        for part in self._state:
            if isinstance(part, Generator):
                part.next_step()
        return self._step(*args)

    def _traced(self, values: list, args: tuple) -> tuple[list, Any]:
        """The step on tracers. Nothing of the trace stays behind in the state."""
        cells = [cell for part in self._state for cell in part.state_cells()]
        before = [(cell, cell.value) for cell in cells]
        draws = [(part, part.draw) for part in self._state if isinstance(part, Generator)]
        try:
            for cell, value in zip(cells, values):
                cell.value = value
            result = self._run(*args)
            return [cell.value for cell in cells], result
        finally:
            for cell, value in before:
                cell.value = value
                if isinstance(cell, Tensor):
                    cell.grad = None
            for generator, draw in draws:
                generator.draw = draw


def _register_tensor(jax: Any) -> None:
    """Let Tensors stand in a compiled function's arguments and results, as constants."""
    with contextlib.suppress(ValueError):  # registered before
        jax.tree_util.register_pytree_node(Tensor, lambda x: ((x.constant(),), None), _unflatten)


def _unflatten(_: None, children: Any) -> Tensor:
    tensor = Tensor.__new__(Tensor)
    tensor.value, tensor.grad, tensor.level, tensor.node = children[0], None, 0, None
    return tensor
