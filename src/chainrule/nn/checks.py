"""What layers check of their settings and inputs, each with one sentence for the user."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chainrule.nn.module import Module


def check_sizes(owner: str, **sizes: Any) -> None:
    """Raise unless all sizes are whole numbers from 1 on."""
    for name, size in sizes.items():
        if isinstance(size, bool) or not hasattr(size, "__index__") or size < 1:
            raise ValueError(f"{owner} expected {name} to be a whole number from 1 on, but got {size!r}")


def check_probability(owner: str, p: Any) -> None:
    """Raise unless `p` is a probability of dropping."""
    if not 0.0 <= p < 1.0:
        raise ValueError(f"{owner} expected a probability from 0 up to, not including, 1, but got {p!r}")


def check_batch_first(owner: str, batch_first: Any) -> None:
    """Raise unless the batch comes first, which is the only order there is."""
    if batch_first is not True:
        raise ValueError(f"{owner} takes the batch first, (N, T, D): leave batch_first out and transpose your input")


def check_last_axis(module: "Module", x: Any, width: int) -> None:
    """Raise unless the input's last axis has this length."""
    if not x.shape or x.shape[-1] != width:
        raise ValueError(f"{module.title()} got input of shape {x.shape}: its last dimension must be {width}")


def check_shape(module: "Module", name: str, x: Any, shape: tuple[int | str, ...]) -> None:
    """Raise unless `x` has this shape; a letter stands for any length."""
    fits = len(x.shape) == len(shape) and all(isinstance(n, str) or n == m for n, m in zip(shape, x.shape))
    if not fits:
        expected = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
        raise ValueError(f"{module.title()} got {name} of shape {x.shape}: it must be ({expected})")


def check_images(module: "Module", x: Any, axes: int, channels: int | None = None) -> None:
    """Raise unless `x` is a batch of images of so many axes, and of so many channels if that matters."""
    if len(x.shape) != axes + 2 or channels not in (None, x.shape[1]):
        names = "L" if axes == 1 else "DHW"[3 - axes :]
        expected = ", ".join(["N", "C" if channels is None else str(channels), *names])
        hint = ": add the batch axis with x[None]" if len(x.shape) == axes + 1 else ""
        raise ValueError(f"{module.title()} got input of shape {tuple(x.shape)}: it must be ({expected}){hint}")
