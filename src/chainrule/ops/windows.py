"""What users may write for a window or for channels, and checks of it."""

from typing import Any, NamedTuple

from chainrule.kernels.reference.windows import Pairs, Sizes, window_count


class Window(NamedTuple):
    """How a window moves, in the order in which kernels take it; a number, or a pair, for each axis."""

    kernel: Sizes
    stride: Sizes
    padding: Pairs
    dilation: Sizes


def per_axis(owner: str, name: str, value: Any, axes: int, least: int = 1) -> Sizes:
    """A whole number, or one for each axis, as a tuple."""
    numbers = tuple(value) if isinstance(value, (tuple, list)) else (value,) * axes
    if len(numbers) == 1:
        numbers = numbers * axes
    if len(numbers) != axes or not all(_is_whole(number, least) for number in numbers):
        several = f" or a tuple of {axes} of them" if axes > 1 else ""
        raise ValueError(f"{owner} expected {name} to be a whole number from {least} on{several}, but got {value!r}")
    return tuple(int(number) for number in numbers)


def pairs(owner: str, padding: Any, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Pairs:
    """Padding before and after for each axis, of a number, one number or pair an axis, "same" or "valid"."""
    axes = len(kernel)
    if isinstance(padding, str):
        return _named_padding(owner, padding, kernel, stride, dilation)
    if isinstance(padding, (tuple, list)) and any(isinstance(part, (tuple, list)) for part in padding):
        if len(padding) == axes:
            sides = [per_axis(owner, "padding", part, 2, least=0) for part in padding]
            return tuple((before, after) for before, after in sides)
        raise ValueError(f"{owner} expected a pair (before, after) of padding for each of {axes} axes, got {padding!r}")
    return tuple((one, one) for one in per_axis(owner, "padding", padding, axes, least=0))


def check_reach(owner: str, sizes: Sizes, window: Window) -> Sizes:
    """The number of windows along each axis; refuses windows that are larger than the padded image."""
    counts = window_count(sizes, *window)
    if min(counts, default=1) < 1:
        spans = tuple(d * (k - 1) + 1 for k, d in zip(window.kernel, window.dilation))
        padded = tuple(size + sum(pair) for size, pair in zip(sizes, window.padding))
        spread = f", which spans {spans} with dilation {window.dilation}," if spans != window.kernel else ""
        raise ValueError(
            f"{owner} expected an input no smaller than its kernel {window.kernel}{spread} but got {sizes}, with "
            f"padding {padded}: use a smaller kernel, more padding or larger inputs"
        )
    return counts


def check_images(owner: str, x: Any, axes: int) -> None:
    """Refuse what is not a batch of images with that many axes."""
    if len(x.shape) != axes + 2:
        shape = ", ".join(("N", "C", *"DHW"[3 - axes :])) if axes > 1 else "N, C, L"
        hint = ": add the batch axis with x[None]" if len(x.shape) == axes + 1 else ""
        raise ValueError(f"{owner} expected an input of shape ({shape}), but got {tuple(x.shape)}{hint}")


def check_channels(owner: str, x: Any, **arrays: Any) -> None:
    """Refuse images without channels, and arrays that are not a number for each channel."""
    if len(x.shape) < 2:
        raise ValueError(f"{owner} expected an input of shape (N, C, ...), but got {tuple(x.shape)}")
    for name, array in arrays.items():
        if array is not None and array.shape != x.shape[1:2]:
            raise ValueError(f"{owner} expected {name} of shape ({x.shape[1]},), one a channel, but got {array.shape}")


def _is_whole(number: Any, least: int) -> bool:
    return not isinstance(number, bool) and hasattr(number, "__index__") and number >= least


def _named_padding(owner: str, padding: str, kernel: Sizes, stride: Sizes, dilation: Sizes) -> Pairs:
    if padding not in ("same", "valid"):
        raise ValueError(f"{owner} expected padding to be 'same', 'valid' or numbers, but got {padding!r}")
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if any(step != 1 for step in stride):
        raise ValueError(f"{owner} with padding='same' expected stride 1, but got {stride}: give padding in numbers")
    extra = [d * (k - 1) for k, d in zip(kernel, dilation)]
    return tuple((total // 2, total - total // 2) for total in extra)
