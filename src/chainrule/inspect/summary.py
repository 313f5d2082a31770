"""What each layer of a model makes, learns, computes and keeps."""

import math
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, NamedTuple

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.autodiff.graph import Node
from chainrule.autodiff.tree import leaves, tree_map
from chainrule.autodiff.watching import Watcher
from chainrule.backend import is_array
from chainrule.inspect.held import held_arrays
from chainrule.inspect.steps import shown
from chainrule.inspect.text_table import columns
from chainrule.nn import Module
from chainrule.ops import convolution, linear_algebra, recurrent
from chainrule.random import Generator


class LayerSummary(NamedTuple):
    """A line of a `Summary`.

    Attributes
    ----------
    path : str
        As in ``model.named_modules()``; "" for what the model itself does between its layers.
    kind : str
        The class.
    shapes : tuple of tuple of int
        Of the arrays that the layer returned when it ran last.
    parameters : int
        The numbers that the layer itself learns; shared ones are counted where they come first.
    multiply_adds : int
        Multiplications with an addition each, in convolutions, matrix products and recurrent layers.
    memory : int
        Bytes that a training step keeps from this layer until the backward pass. What two layers keep together is
        counted at the first.
    """

    path: str
    kind: str
    shapes: tuple[tuple[int, ...], ...]
    parameters: int
    multiply_adds: int
    memory: int


class Summary:
    """A table of a model's layers. ``print`` shows it.

    Parameters
    ----------
    layers : list of LayerSummary
        In the order of ``model.named_modules()``; those that neither learn nor compute are left out.
    """

    def __init__(self, layers: list[LayerSummary]):
        self.layers = layers

    @property
    def parameters(self) -> int:
        """Of all layers."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def multiply_adds(self) -> int:
        """Of all layers."""
        return sum(layer.multiply_adds for layer in self.layers)

    @property
    def memory(self) -> int:
        """Of all layers, in bytes."""
        return sum(layer.memory for layer in self.layers)

    def __repr__(self) -> str:
        return self.table()

    def table(self) -> str:
        """Write the layers as a table.

        Returns
        -------
        str
            A line a layer under a line of titles, and a line with the totals.
        """
        rows = [("path", "layer", "output", "parameters", "multiply-adds", "kept for backward")]
        rows += [
            (
                layer.path or "(model)",
                layer.kind,
                ", ".join(map(shown, layer.shapes)),
                f"{layer.parameters:,}",
                f"{layer.multiply_adds:,}",
                _size(layer.memory),
            )
            for layer in self.layers
        ]
        rows.append(("total", "", "", f"{self.parameters:,}", f"{self.multiply_adds:,}", _size(self.memory)))
        return "\n".join(columns(rows, left={0, 1, 2}))

    def to_dict(self) -> dict[str, Any]:
        """Return everything for JSON.

        Returns
        -------
        dict
            A list of layers, and the totals.
        """
        totals = {"parameters": self.parameters, "multiply_adds": self.multiply_adds, "memory": self.memory}
        layers = [{**layer._asdict(), "shapes": [list(shape) for shape in layer.shapes]} for layer in self.layers]
        return {"layers": layers, **totals}


def summary(model: Module, input: Any) -> Summary:
    """Summarise a model layer by layer, by running it once.

    Parameters
    ----------
    model : Module
        Any model; it runs in the mode in which it is, and is left as it was.
    input : tuple of int, or Array, or tuple of Arrays
        The shape of its input, which is then filled with zeros of float32; or the input; or several of them.

    Returns
    -------
    Summary
        Shape of the result, parameters, multiply-adds and memory of each layer; ``print`` shows a table.

    Raises
    ------
    ValueError
        Of the model, if it cannot run on such an input.
    """
    recorder = _Recorder(model)
    buffers = [(buffer, buffer.value) for buffer in model.buffers()]
    try:
        with ExitStack() as undo, Generator(0), recorder:
            for module in model.modules():
                undo.callback(module.register_forward_pre_hook(recorder.enter))
                undo.callback(module.register_forward_hook(recorder.leave))
            result = model.run(_arguments(input), {})
    finally:
        for buffer, value in buffers:  # running statistics
            buffer.value = value
    del result  # only now, because its graph is what the recorder measures
    return Summary(recorder.lines(model))


def _size(count: int) -> str:
    """A number of bytes for people."""
    units = ("B", "KiB", "MiB", "GiB")
    power = min(int(math.log(max(count, 1), 1024)), len(units) - 1)
    return f"{count / 1024**power:.{1 if power else 0}f} {units[power]}"


def _arguments(input: Any) -> tuple:
    if isinstance(input, (tuple, list)) and all(isinstance(n, (int, np.integer)) for n in input):
        return (Tensor(np.zeros(tuple(input), np.float32)),)
    several = input if isinstance(input, tuple) else (input,)
    return tree_map(lambda x: Tensor(x) if is_array(x) and x.dtype.kind in "fV" else x, several)


class _Recorder(Watcher):
    """Counts what happens between a layer's begin and end, and not inside a layer within it."""

    def __init__(self, model: Module):
        self._running: list[Module] = []
        self._shapes: dict[Module, tuple] = {}
        self._work: dict[Module, int] = {}
        self._memory: dict[Module, int] = {}
        cells = [cell.value for cell in model.state_cells()]
        self._counted = {id(array) for array in [*cells, *(getattr(a, "base", None) for a in cells)]}
        self._kept: list[Any] = []  # so that no other array takes a number that was counted

    def enter(self, module: Module, args: tuple) -> None:
        """A layer begins."""
        self._running.append(module)

    def leave(self, module: Module, args: tuple, result: Any) -> None:
        """A layer ends."""
        self._running.pop()
        self._shapes[module] = tuple(tuple(part.shape) for part in leaves(result) if hasattr(part, "shape"))

    def forward(self, operation: Any, inputs: list, constants: dict[str, Any], value: Any, node: Node | None) -> None:
        """An operation ran."""
        module = self._running[-1]
        count = _MULTIPLY_ADDS.get(operation)
        work = count(inputs, constants, value) if count else 0
        self._work[module] = self._work.get(module, 0) + work
        held = held_arrays(node.pulls) if node is not None else {}
        new = [array for number, array in held.items() if number not in self._counted]
        self._counted.update(map(id, new))
        self._kept += new
        self._memory[module] = self._memory.get(module, 0) + sum(array.nbytes for array in new)

    def lines(self, model: Module) -> list[LayerSummary]:
        """A line for each module that learns or computes."""
        found, seen = [], set()
        for path, module in model.named_modules():
            own = [p for p in module.parameters(recurse=False) if p not in seen]
            seen.update(own)
            if own or module in self._work:
                numbers = (sum(p.size for p in own), self._work.get(module, 0), self._memory.get(module, 0))
                found.append(LayerSummary(path, type(module).__name__, self._shapes.get(module, ()), *numbers))
        return found


def _of_convolution(inputs: list, constants: dict[str, Any], value: Any) -> int:
    return value.size * math.prod(inputs[1].shape[1:])


def _of_transposed(inputs: list, constants: dict[str, Any], value: Any) -> int:
    return inputs[0].size * math.prod(inputs[1].shape[1:])


def _of_matmul(inputs: list, constants: dict[str, Any], value: Any) -> int:
    return value.size * inputs[0].shape[-1]


def _of_einsum(inputs: list, constants: dict[str, Any], value: Any) -> int:
    lengths = {name: n for names, x in zip(constants["inputs"], inputs) for name, n in zip(names, x.shape)}
    return math.prod(lengths.values()) * (len(inputs) - 1)


def _of_lstm(inputs: list, constants: dict[str, Any], value: Any) -> int:
    x, _, _, w_ih, w_hh = inputs[:5]
    return _steps(x, constants) * (w_ih.size + w_hh.size)


def _of_gru(inputs: list, constants: dict[str, Any], value: Any) -> int:
    x, _, w_ih, w_hh = inputs[:4]
    return _steps(x, constants) * (w_ih.size + w_hh.size)


def _steps(x: Any, constants: dict[str, Any]) -> int:
    """How many steps count, of all sequences."""
    lengths = constants["lengths"]
    return x.shape[0] * x.shape[1] if lengths is None else int(np.sum(lengths))


_MULTIPLY_ADDS: dict[Callable, Callable[[list, dict[str, Any], Any], int]] = {
    convolution._conv: _of_convolution,
    convolution.conv_input_gradient: _of_transposed,
    linear_algebra._linear: _of_matmul,
    linear_algebra._matmul: _of_matmul,
    linear_algebra._einsum: _of_einsum,
    recurrent._lstm: _of_lstm,
    recurrent._gru: _of_gru,
    recurrent._rnn: _of_gru,
}
