"""Random settings for comparisons with PyTorch."""

import numpy as np


class Draw:
    """A source of settings."""

    def __init__(self, seed):
        self._rng = np.random.default_rng(seed)

    def number(self, low, high):
        return int(self._rng.integers(low, high + 1))

    def numbers(self, count, low, high):
        """As many numbers, or now and then one for all."""
        return tuple(self.number(low, high) for _ in range(count)) if self.number(0, 3) else self.number(low, high)

    def chance(self):
        return bool(self.number(0, 1))

    def one_of(self, *choices):
        return choices[self.number(0, len(choices) - 1)]

    def array(self, *shape):
        return self._rng.standard_normal(shape)

    def image(self, channels, sizes):
        """A batch of images, channels first or last in memory."""
        x = self.array(self.number(1, 3), channels, *sizes)
        return np.moveaxis(np.moveaxis(x, 1, -1).copy(), -1, 1) if self.chance() else x


def spread(value, count):
    return value if isinstance(value, tuple) else (value,) * count


def room(draw, axes, kernel, padding, dilation):
    """Image sizes that hold the kernel."""
    spans = [d * (k - 1) + 1 - 2 * p for k, p, d in zip(*(spread(v, axes) for v in (kernel, padding, dilation)))]
    return [max(draw.number(1, 8 if axes < 3 else 5), span) for span in spans]
