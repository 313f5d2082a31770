"""Random numbers that depend on what they are for, not on who drew before.

The generator is counter-based: Threefry-2x32 with 20 rounds (J. Salmon et al., Parallel random numbers: as easy as
1, 2, 3, SC 2011). A draw is named by the seed, the step, its place within the step, the example and the element. So
NumPy and JAX draw the same bits, and an example has the same dropout mask in a large batch and in a part of it.
"""

import contextlib
import math
import secrets
from collections.abc import Iterator
from contextvars import ContextVar, Token
from typing import Any

import numpy as np

from chainrule.backend import Array, namespace
from chainrule.kernels import select

_ambient: ContextVar["Generator | None"] = ContextVar("generator", default=None)


class Generator:
    """A source of random numbers.

    ``with generator:`` makes it the one that layers draw from which were given none.

    Parameters
    ----------
    seed : int, optional
        From 0 to 2**64 - 1. By default the operating system is asked; `seed` then tells what it said.

    Attributes
    ----------
    seed : int
        What the generator was made with.
    step : int or Array
        The training step, as far as `next_step` was told of it. An array while a step is being compiled.
    draw : int
        The number of draws since the step began.

    Raises
    ------
    ValueError
        If the seed is out of range.
    """

    def __init__(self, seed: int | None = None):
        self.seed = secrets.randbits(32) if seed is None else int(seed)
        if not 0 <= self.seed < 2**64:
            raise ValueError(f"Generator expected a seed from 0 to 2**64 - 1, but got {seed}")
        self.step: Any = 0
        self.draw = 0
        self._examples: Array | None = None
        self._tokens: list[Token] = []

    def __repr__(self) -> str:
        return f"Generator(seed={self.seed}, step={self.step}, draw={self.draw})"

    def __enter__(self) -> "Generator":
        self._tokens.append(_ambient.set(self))
        return self

    def __exit__(self, *exception: object) -> None:
        _ambient.reset(self._tokens.pop())

    # Where it stands

    def next_step(self, examples: Array | None = None) -> None:
        """Begin a training step: draws are numbered from zero again.

        Parameters
        ----------
        examples : Array of int, shape (N,), optional
            As for `part`.
        """
        self.step = self.step + 1
        self.part(examples)

    def part(self, examples: Array | None = None) -> None:
        """Begin a part of the same step, as in gradient accumulation, which is to draw what the whole batch would.

        Parameters
        ----------
        examples : Array of int, shape (N,), optional
            Which rows of the whole batch the rows of this part are; 0, 1, ... by default.
        """
        self.draw = 0
        self._examples = None if examples is None else namespace(examples).asarray(examples).astype(np.uint32)

    def state_dict(self) -> dict[str, int]:
        """Return where the generator stands, for JSON.

        Returns
        -------
        dict
            The entries ``seed``, ``step`` and ``draw``.
        """
        return {"seed": self.seed, "step": int(self.step), "draw": self.draw}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Continue where another generator stood.

        Parameters
        ----------
        state : dict
            What `state_dict` returned.
        """
        self.seed, self.step, self.draw = int(state["seed"]), int(state["step"]), int(state["draw"])

    def place(self) -> tuple:
        """Return where the generator stands, for `at`; within a compiled step too.

        Returns
        -------
        tuple
            To be looked at by nobody else.
        """
        return (self.seed, self.step, self.draw, self._examples)

    @contextlib.contextmanager
    def at(self, place: tuple) -> Iterator[None]:
        """Draw once more what was drawn from `place` on, inside a ``with`` block.

        Parameters
        ----------
        place : tuple
            What `place` returned.

        Yields
        ------
        None
            Afterwards the generator stands where it stood.
        """
        now = self.place()
        self.seed, self.step, self.draw, self._examples = place
        try:
            yield
        finally:
            self.seed, self.step, self.draw, self._examples = now

    def state_cells(self) -> list["_StepCell"]:
        """Return what a compiled step changes.

        Returns
        -------
        list
            One object whose `value` is the step.
        """
        return [_StepCell(self)]

    # Draws

    def _next_key(self, like: Array) -> Array:
        """The key of the next draw: two words of 32 bits."""
        kernels = select(like)
        xp = namespace(like)
        key = np.asarray([self.seed & 0xFFFFFFFF, self.seed >> 32], dtype=np.uint32)
        for word in (self.step, self.draw):
            row = xp.reshape(xp.asarray(word).astype(np.uint32), (1,))
            key = kernels.random_bits(key, row, 2)[0]
        self.draw += 1
        return key

    def _bits(self, count: int) -> np.ndarray:
        like = np.empty(0, np.float32)
        return select(like).random_bits(self._next_key(like), np.zeros(1, np.uint32), count)[0]

    def uniform(
        self, shape: tuple[int, ...], low: float = 0.0, high: float = 1.0, dtype: Any = np.float32
    ) -> np.ndarray:
        """Draw from the uniform distribution.

        Parameters
        ----------
        shape : tuple of int
            The shape of the result.
        low, high : float
            The limits; `high` itself is never drawn but by rounding.
        dtype : dtype, default float32
            The type of the result.

        Returns
        -------
        ndarray
            Numbers with 24 random bits each.
        """
        fraction = (self._bits(math.prod(shape)) >> np.uint32(8)).astype(np.float64) * 2.0**-24
        return (low + (high - low) * fraction).reshape(shape).astype(dtype)

    def normal(
        self, shape: tuple[int, ...], mean: float = 0.0, std: float = 1.0, dtype: Any = np.float32
    ) -> np.ndarray:
        """Draw from the normal distribution (G. Box and M. Muller, 1958).

        Parameters
        ----------
        shape : tuple of int
            The shape of the result.
        mean, std : float
            Its parameters.
        dtype : dtype, default float32
            The type of the result.

        Returns
        -------
        ndarray
            Independent numbers.
        """
        count = math.prod(shape)
        half = (count + 1) // 2
        words = self._bits(2 * half).reshape(half, 2).astype(np.float64)
        radius = np.sqrt(-2.0 * np.log((words[:, 0] + 1.0) * 2.0**-32))  # the logarithm of zero is never taken
        angle = words[:, 1] * (2.0 * np.pi * 2.0**-32)
        pairs = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)
        return (mean + std * pairs.reshape(-1)[:count]).reshape(shape).astype(dtype)

    def permutation(self, n: int) -> np.ndarray:
        """Draw an order of n things.

        Parameters
        ----------
        n : int
            How many.

        Returns
        -------
        ndarray of int64, shape (n,)
            The numbers 0 to n - 1 in random order.
        """
        words = self._bits(2 * n).reshape(n, 2).astype(np.uint64)
        return np.argsort(words[:, 0] << np.uint64(32) | words[:, 1], kind="stable")

    def words(self, examples: np.ndarray, count: int) -> np.ndarray:
        """Draw random bits, the same for an example in whatever company it stands.

        Parameters
        ----------
        examples : ndarray of int, shape (N,)
            The number of each example.
        count : int
            How many words of 32 bits each is to have.

        Returns
        -------
        ndarray of uint32, shape (N, count)
            Random bits.
        """
        like = np.empty(0, np.float32)
        return select(like).random_bits(self._next_key(like), examples.astype(np.uint32), count)

    def dropout_mask(self, shape: tuple[int, ...], p: float, like: Array) -> Array:
        """Draw a mask for dropout, the same for an example in whatever batch it stands.

        Parameters
        ----------
        shape : tuple of int
            The shape of the result; the first axis counts examples.
        p : float
            The probability of a zero, in [0, 1).
        like : Array
            An array of the backend and dtype that is wanted.

        Returns
        -------
        Array
            Zeros, and 1 / (1 - p) elsewhere.

        Raises
        ------
        ValueError
            If `p` is no probability below one, or `part` named another number of examples.
        """
        if not 0.0 <= p < 1.0:
            raise ValueError(f"dropout expected a probability from 0 up to, not including, 1, but got {p}")
        rows = shape[0] if shape else 1
        xp = namespace(like)
        if self._examples is not None and len(self._examples) != rows:
            raise ValueError(
                f"this step was begun with {len(self._examples)} examples, but a mask for {rows} is asked for"
            )
        examples = xp.arange(rows, dtype=np.uint32) if self._examples is None else xp.asarray(self._examples)
        mask = select(like).dropout_mask(
            self._next_key(like), examples, math.prod(shape[1:]), keep_probability=1.0 - p, dtype=like.dtype
        )
        return xp.reshape(mask, shape)


class _StepCell:
    """The generator's step, as something that a compiled program takes and returns."""

    def __init__(self, generator: Generator):
        self._generator = generator

    @property
    def value(self) -> Any:
        step = self._generator.step
        return np.uint32(step) if isinstance(step, int) else step

    @value.setter
    def value(self, step: Any) -> None:
        self._generator.step = step


class _Seeded:
    """What `seed` returns: as a context manager it ends the generator's time with the block."""

    def __init__(self, generator: Generator, token: Token):
        self._generator = generator
        self._token = token

    def __enter__(self) -> Generator:
        return self._generator

    def __exit__(self, *exception: object) -> None:
        _ambient.reset(self._token)


def seed(seed: int) -> _Seeded:
    """Seed what is drawn from here on: initial weights, and dropout of layers that were given no generator.

    Parameters
    ----------
    seed : int
        From 0 to 2**64 - 1.

    Returns
    -------
    context manager
        In ``with seed(0) as generator:`` the seed holds inside the block; as a plain call, from now on in this thread
        or task. No other thread is touched.
    """
    generator = Generator(seed)
    return _Seeded(generator, _ambient.set(generator))


def current_generator() -> Generator:
    """Return the generator in force here.

    Returns
    -------
    Generator
        That of the innermost `seed` or ``with generator:``. Where there is none, one seeded by the operating system,
        which then stays in force in this thread or task.
    """
    generator = _ambient.get()
    if generator is None:
        generator = Generator()
        _ambient.set(generator)
    return generator
