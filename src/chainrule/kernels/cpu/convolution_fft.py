"""Convolution and its gradients by Fourier's transform: a product a frequency (M. Mathieu et al., arXiv:1312.5851).

What slides along an axis is a product of transforms. The time does not depend on the size of filters, so this is for
large ones. Transforms are as large as the padded image: what wraps around belongs to no window.
"""

import numpy as np

from chainrule.kernels.reference.windows import Pairs, Sizes, extended

_AXES = (2, 3)


def conv(
    x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv`."""
    images = extended(x, _AXES, padding)
    sizes, filters = images.shape[2:], _spread(weight, dilation)
    found = _products(_transformed(images, sizes), _transformed(filters, sizes).conj().transpose(0, 2, 1))
    counts = (size - length + 1 for size, length in zip(sizes, filters.shape[2:]))
    rows, columns = (slice(0, count, step) for count, step in zip(counts, stride))
    y = _transformed_back(found, sizes)[:, rows, columns]
    return np.ascontiguousarray(y if bias is None else y + bias).transpose(0, 3, 1, 2)


def conv_input_gradient(
    grad: np.ndarray, weight: np.ndarray, input_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes,
    groups: int,
) -> np.ndarray:  # fmt: skip
    """See `chainrule.kernels.reference.convolution.conv_input_gradient`."""
    sizes = _padded(input_shape, padding)
    filters = _transformed(_spread(weight, dilation), sizes)
    images = _transformed_back(_products(_transformed(_spread(grad, stride), sizes), filters), sizes)
    outside = tuple((-before, -after) for before, after in padding)
    return np.ascontiguousarray(extended(images, (1, 2), outside)).transpose(0, 3, 1, 2)


def conv_weight_gradient(
    grad: np.ndarray, x: np.ndarray, weight_shape: Sizes, stride: Sizes, padding: Pairs, dilation: Sizes, groups: int
) -> np.ndarray:
    """See `chainrule.kernels.reference.convolution.conv_weight_gradient`."""
    sizes = _padded(x.shape, padding)
    grads = _transformed(_spread(grad, stride), sizes).conj().transpose(0, 2, 1)
    found = _transformed_back(_products(grads, _transformed(extended(x, _AXES, padding), sizes)), sizes)
    rows, columns = (slice(0, (k - 1) * d + 1, d) for k, d in zip(weight_shape[2:], dilation))
    return np.ascontiguousarray(found[:, rows, columns].transpose(0, 3, 1, 2))


def _padded(shape: Sizes, padding: Pairs) -> Sizes:
    return tuple(size + sum(pair) for size, pair in zip(shape[2:], padding))


def _spread(images: np.ndarray, steps: Sizes) -> np.ndarray:
    """Put zeros between elements, so that they are `steps` apart."""
    if steps == (1, 1):
        return images
    sizes = ((size - 1) * step + 1 for size, step in zip(images.shape[2:], steps))
    spread = np.zeros((*images.shape[:2], *sizes), images.dtype)
    spread[:, :, :: steps[0], :: steps[1]] = images
    return spread


def _transformed(images: np.ndarray, sizes: Sizes) -> np.ndarray:
    """(frequencies, A, B), of images (A, B, H, W)."""
    found = np.fft.rfft2(images, sizes, _AXES)
    return found.reshape(*found.shape[:2], -1).transpose(2, 0, 1)


def _products(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):  # infinities may meet
        return left @ right


def _transformed_back(found: np.ndarray, sizes: Sizes) -> np.ndarray:
    """(A, *sizes, B), of (frequencies, A, B)."""
    spectrum = found.transpose(1, 0, 2).reshape(found.shape[1], sizes[0], sizes[1] // 2 + 1, found.shape[2])
    return np.fft.irfft2(spectrum, sizes, (1, 2))
