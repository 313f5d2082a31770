"""Which pixels a unit of a layer sees, worked out from kernels, strides and dilations.

Along one axis, what unit i sees begins at pixel ``start + i step`` and is `size` pixels long; of the image itself that
is (1, 1, 0). A window of k taps, d apart, which moves by s over an image with p before it, turns this into
``(size + (k - 1) d step, s step, start - p step)``. Where branches meet, a unit sees what any of them does. While the
model runs once, each operation is asked how it changes this.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from chainrule.autodiff import Tensor
from chainrule.autodiff.graph import Node
from chainrule.autodiff.tensor import plain
from chainrule.autodiff.watching import Watcher
from chainrule.inspect.layers import Layer, output_of
from chainrule.nn import Module
from chainrule.nn.convolution import Filters
from chainrule.ops import activations, arithmetic, convolution, dropout, elementwise, indexing, pooling, shape


class ReceptiveField(NamedTuple):
    """What the units of a layer see of an image; a number for each axis of the image.

    Attributes
    ----------
    size : tuple of int
        How many pixels a unit sees.
    step : tuple of int
        By how many pixels that moves from one unit to the next; 0 where all units see the same.
    start : tuple of int
        The first pixel that unit 0 sees; negative where that is padding.
    """

    size: tuple[int, ...]
    step: tuple[int, ...]
    start: tuple[int, ...]

    def window(self, *place: int) -> tuple[slice, ...]:
        """Return the pixels that a unit sees.

        Parameters
        ----------
        *place : int
            The unit's row and column; one number an axis.

        Returns
        -------
        tuple of slice
            Rows and columns of the image; without the padding before it.
        """
        starts = [start + i * step for i, start, step in zip(place, self.start, self.step)]
        return tuple(slice(max(start, 0), max(start + size, 0)) for start, size in zip(starts, self.size))


def receptive_field(model: Module, layer: Layer, input: Any = None) -> ReceptiveField:
    """Work out which pixels a unit of a layer sees.

    Parameters
    ----------
    model : Module
        A model of images, made of convolutions, pooling, operations on single elements, and sums of branches. Whatever
        else mixes elements, as linear layers and averages over the image do, sees the whole image.
    layer : str or Module
        The layer, or its path as in ``model.named_modules()``.
    input : tuple of int or Array, optional
        Images, or their shape, on which the model can run; by default one of 64 pixels along each axis, with as many
        channels as the first convolution takes.

    Returns
    -------
    ReceptiveField
        Size, step and start. Padding that repeats or mirrors the image counts as padding.

    Raises
    ------
    ValueError
        If the model has no such layer, or there is a transposed convolution before it.
    """
    image = _image(model, input)
    tracker = _Tracker(image.value)
    with tracker:
        result = output_of("receptive_field", model, layer, image)
    return ReceptiveField(*(tuple(numbers) for numbers in zip(*tracker.found(plain(result)).spans)))


def _image(model: Module, input: Any) -> Tensor:
    if hasattr(input, "shape"):
        return Tensor(plain(input) if isinstance(input, Tensor) else input)
    if input is None:
        first = next((module for module in model.modules() if isinstance(module, Filters)), None)
        if first is None:
            raise ValueError(
                f"receptive_field found no convolution in {type(model).__name__} to tell the shape of an image from: "
                "give input=(N, C, H, W)"
            )
        input = (1, first.in_channels, *(64,) * len(first.kernel_size))
    return Tensor(np.zeros(input, np.float32))


class Span(NamedTuple):
    """What units see along one axis."""

    size: int
    step: int
    start: int

    def slid(self, kernel: int, stride: int, padding: tuple[int, int], dilation: int) -> "Span":
        """What windows over these units see."""
        size = self.size + (kernel - 1) * dilation * self.step
        return Span(size, stride * self.step, self.start - padding[0] * self.step)

    def joined(self, other: "Span") -> "Span":
        """What units see that look at two such."""
        if 0 in (self.step, other.step) or self.step != other.step:
            return max(self, other, key=lambda span: (span.step == 0, span.size))
        start = min(self.start, other.start)
        return Span(max(self.start + self.size, other.start + other.size) - start, self.step, start)


class Field(NamedTuple):
    """What the elements of an array see: a span for each axis of the image, and which axis of the array follows it."""

    spans: tuple[Span, ...]
    axes: tuple[int | None, ...]  # counted from the end; None where every element sees the same

    def with_spans(self, spans: Mapping[int, Callable[[Span], Span]]) -> "Field":
        """The same, changed along some of the array's axes."""
        changed = [spans[a](span) if a in spans else span for span, a in zip(self.spans, self.axes)]  # type: ignore[index]
        return Field(tuple(changed), self.axes)


class _Tracker(Watcher):
    """Knows what the elements of each array see, while a model runs."""

    def __init__(self, image: Any):
        sizes = image.shape[2:]
        self._whole = Field(tuple(Span(size, 0, 0) for size in sizes), (None,) * len(sizes))
        self._fields: dict[int, tuple[Any, Field]] = {}  # with the array, so that no other takes its number
        self._keep(image, Field((Span(1, 1, 0),) * len(sizes), tuple(range(-len(sizes), 0))))

    def forward(self, operation: Any, inputs: list, constants: dict[str, Any], value: Any, node: Node | None) -> None:
        """Work out what the elements of a result see."""
        seen = [(x, self._fields[id(x)][1]) for x in inputs if id(x) in self._fields]
        if not seen:
            return
        rule = _RULES.get(operation)
        if rule is None and operation.__module__ in _POINTWISE:
            rule = _pointwise
        field = self._whole if rule is None else rule(seen, inputs, constants, self._whole)
        for part in value if isinstance(value, tuple) else (value,):
            self._keep(part, field)

    def found(self, array: Any) -> Field:
        """What is known of an array that the model returned; all of the image where nothing is."""
        return self._fields[id(array)][1] if id(array) in self._fields else self._whole

    def _keep(self, array: Any, field: Field) -> None:
        self._fields[id(array)] = (array, field)


Seen = Sequence[tuple[Any, Field]]


def _pointwise(seen: Seen, inputs: list, constants: dict[str, Any], whole: Field) -> Field:
    """A unit sees what those that it is made of see."""
    joined = seen[0][1]
    for _, field in seen[1:]:
        spans = tuple(a.joined(b) for a, b in zip(joined.spans, field.spans))
        axes = tuple(None if None in pair or pair[0] != pair[1] else pair[0] for pair in zip(joined.axes, field.axes))
        joined = Field(spans, axes)
    return joined


def _convolved(seen: Seen, inputs: list, constants: dict[str, Any], whole: Field) -> Field:
    geometry = constants["geometry"]
    kernel = inputs[1].shape[2:]
    return _slid(seen[0][1], kernel, geometry.stride, geometry.padding, geometry.dilation)


def _pooled(seen: Seen, inputs: list, constants: dict[str, Any], whole: Field) -> Field:
    return _slid(seen[0][1], *constants["window"])


def _slid(field: Field, kernel: Any, stride: Any, padding: Any, dilation: Any) -> Field:
    geometry = zip(field.spans, kernel, stride, padding, dilation)
    return Field(tuple(span.slid(*rest) for span, *rest in geometry), field.axes)


def _refused(seen: Seen, inputs: list, constants: dict[str, Any], whole: Field) -> Field:
    raise ValueError("receptive_field cannot look through a transposed convolution, whose units see unequal windows")


def _taken(seen: Seen, inputs: list, constants: dict[str, Any], whole: Field) -> Field:
    """Slices; any other index may lead anywhere."""
    array, field = seen[0]
    index = constants["index"] if isinstance(constants["index"], tuple) else (constants["index"],)
    if Ellipsis in index:
        i = index.index(Ellipsis)
        index = (*index[:i], *(slice(None),) * (array.ndim - len(index) + 1), *index[i + 1 :])
    if any(not isinstance(part, slice) for part in index):
        return whole
    spans = {}
    for axis, part in enumerate(index):
        start, _, step = part.indices(array.shape[axis])
        spans[axis - array.ndim] = lambda span, start=start, step=step: span.slid(1, step, (-start, 0), 1)
    return field.with_spans(spans)


def _padded(seen: Seen, inputs: list, constants: dict[str, Any], whole: Field) -> Field:
    array, field = seen[0]
    widths = constants["pad_width"]
    shifts = {axis - array.ndim: lambda span, pair=pair: span.slid(1, 1, pair, 1) for axis, pair in enumerate(widths)}
    return field.with_spans(shifts)


def _transposed(seen: Seen, inputs: list, constants: dict[str, Any], whole: Field) -> Field:
    array, field = seen[0]
    order = constants.get("axes") or tuple(range(array.ndim))[::-1]
    places = {axis % array.ndim - array.ndim: place - array.ndim for place, axis in enumerate(order)}
    return field._replace(axes=tuple(None if axis is None else places[axis] for axis in field.axes))


def _concatenated(seen: Seen, inputs: list, constants: dict[str, Any], whole: Field) -> Field:
    """Channels side by side; along an axis of the image, the longest part is the image and the others its borders."""
    axis = constants["axis"] % inputs[0].ndim - inputs[0].ndim
    if all(axis not in field.axes for _, field in seen):
        return _pointwise(seen, inputs, constants, whole)
    lengths = [x.shape[axis] for x in inputs]
    longest = lengths.index(max(lengths))
    before = sum(lengths[:longest])
    field = next((field for x, field in seen if x is inputs[longest]), whole)
    return field.with_spans({axis: lambda span: span.slid(1, 1, (before, 0), 1)})


_POINTWISE = {module.__name__ for module in (activations, arithmetic, dropout, elementwise)}
_RULES: dict[Callable, Callable[[Seen, list, dict[str, Any], Field], Field]] = {
    convolution._conv: _convolved,
    convolution.conv_input_gradient: _refused,
    pooling._max_pool: _pooled,
    pooling._gather: _pooled,
    pooling._sum_pool: _pooled,
    indexing._take: _taken,
    shape.pad: _padded,
    shape.transpose: _transposed,
    shape._concatenate: _concatenated,
}
