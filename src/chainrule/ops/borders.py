"""What stands around images."""

from typing import Any

from chainrule.backend import Array, namespace
from chainrule.kernels.reference.windows import channels_first, channels_last
from chainrule.ops.shape import broadcast_to, concatenate, pad
from chainrule.ops.windows import pairs


def pad_images(x: Array, padding: Any, mode: str = "zeros") -> Array:
    """Make images larger at their edges.

    Parameters
    ----------
    x : Tensor or Array, shape (N, C, *S)
        The images, of 1, 2 or 3 axes S.
    padding : int or tuple
        How much to add: a number, one for each of the axes S, or a pair (before, after) for each.
    mode : {"zeros", "reflect", "replicate", "circular"}, default "zeros"
        What stands there: zeros, the image mirrored at its first and last elements, these elements again, or the
        opposite side of the image.

    Returns
    -------
    Tensor or Array, shape (N, C, *O)
        The images, channels last in memory.

    Raises
    ------
    ValueError
        If `mode` is none of these, or an image is too small to be mirrored or repeated that far.
    """
    axes = len(x.shape) - 2
    widths = pairs("pad_images", padding, (1,) * axes, (1,) * axes, (1,) * axes)
    borders = {"reflect": _mirrored, "replicate": _repeated, "circular": _opposite}
    y = channels_last(x)
    if mode == "zeros":
        return channels_first(pad(y, pad_width=((0, 0), *widths, (0, 0))))
    if mode not in borders:
        raise ValueError(f"pad_images expected mode 'zeros', {', '.join(map(repr, borders))}, but got {mode!r}")
    for axis, (before, after) in enumerate(widths, 1):
        most = {"reflect": y.shape[axis] - 1, "circular": y.shape[axis]}.get(mode, max(before, after))
        if max(before, after) > most:
            raise ValueError(
                f"pad_images expected padding of {most} at most for mode {mode!r} and an input of shape "
                f"{tuple(x.shape)}, but got {padding!r}"
            )
        parts = [part for part in borders[mode](y, axis, before, after) if part.shape[axis]]
        y = concatenate(parts, axis=axis) if len(parts) > 1 else y
    return channels_first(y)


def _part(y: Array, axis: int, start: int, stop: int) -> Array:
    return y[(slice(None),) * axis + (slice(start, stop),)]


def _mirrored(y: Array, axis: int, before: int, after: int) -> tuple[Array, Array, Array]:
    length = y.shape[axis]
    xp = namespace(y)
    return (
        xp.flip(_part(y, axis, 1, before + 1), axis=axis),
        y,
        xp.flip(_part(y, axis, length - 1 - after, length - 1), axis=axis),
    )


def _repeated(y: Array, axis: int, before: int, after: int) -> tuple[Array, Array, Array]:
    length, shape = y.shape[axis], list(y.shape)

    def wide(part: Array, width: int) -> Array:
        return broadcast_to(part, shape=(*shape[:axis], width, *shape[axis + 1 :]))

    return wide(_part(y, axis, 0, 1), before), y, wide(_part(y, axis, length - 1, length), after)


def _opposite(y: Array, axis: int, before: int, after: int) -> tuple[Array, Array, Array]:
    length = y.shape[axis]
    return _part(y, axis, length - before, length), y, _part(y, axis, 0, after)
