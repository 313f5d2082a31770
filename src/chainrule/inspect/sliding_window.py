"""Convolution as it is defined, to be read; `chainrule.ops.conv2d` is the one to be used."""

import numpy as np


def conv2d(input, kernel):
    """Slide a kernel (KH, KW) over an image (H, W)."""
    height, width = kernel.shape
    rows = input.shape[0] - height + 1
    columns = input.shape[1] - width + 1
    output = np.zeros((rows, columns))
    for i in range(rows):
        for j in range(columns):
            window = input[i : i + height, j : j + width]
            output[i, j] = (window * kernel).sum()
    return output
