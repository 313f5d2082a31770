"""Dropout as a layer."""

from typing import Any

from chainrule.nn import functional
from chainrule.nn.checks import check_probability
from chainrule.nn.module import Module
from chainrule.random import Generator


class Dropout(Module):
    """Sets elements to zero at random in training, and scales the others up (N. Srivastava et al., 2014).

    Parameters
    ----------
    p : float, default 0.5
        The probability of a zero, in [0, 1).
    generator : Generator, optional
        Draws the masks; the ambient one by default.

    Raises
    ------
    ValueError
        If `p` is no probability below one.
    """

    p: float
    generator: Generator | None

    def __init__(self, p: float = 0.5, *, generator: Generator | None = None):
        check_probability("Dropout", p)
        self.p, self.generator = p, generator

    @property
    def drops(self) -> bool:
        """Whether a call sets anything to zero here and now."""
        return self.training and self.p > 0

    def forward(self, input: Any) -> Any:
        """Drop elements.

        Parameters
        ----------
        input : Tensor or Array
            Any shape; the first axis counts examples.

        Returns
        -------
        Tensor or Array
            The same shape; the input itself in evaluation.
        """
        return functional.dropout(input, self.p, self.training, generator=self.generator)

    def extra_repr(self) -> str:
        """Describe the settings."""
        return f"{self.p}"


class Dropout2d(Dropout):
    """Sets whole channels of images to zero at random in training, and scales the others up (J. Tompson et al., 2015).

    Parameters
    ----------
    p : float, default 0.5
        The probability of a zero, in [0, 1).
    generator : Generator, optional
        Draws the masks; the ambient one by default.

    Raises
    ------
    ValueError
        If `p` is no probability below one.
    """

    def forward(self, input: Any) -> Any:
        """Drop channels.

        Parameters
        ----------
        input : Tensor or Array, shape (N, C, *S)
            The images.

        Returns
        -------
        Tensor or Array
            The same shape; the input itself in evaluation.
        """
        return functional.dropout2d(input, self.p, self.training, generator=self.generator)
