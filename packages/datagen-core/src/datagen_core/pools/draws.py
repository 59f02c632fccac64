"""Draws: one random word of 64 bits per row, from which everything about the row is derived by mixing.

A row's value depends on its own word alone: not on the rows beside it, on how a block is sliced, or on how many draws a
locale needs. Unique values come from a bijection of the row's number in place of the word.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isqrt

import numpy as np
import numpy.typing as npt

from datagen_core.errors import WorkError

Words = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1
LARGEST = 1 << 62
"""The largest space that one code covers; what exceeds it is filled with further mixed bits."""


def words(rng: np.random.Generator, n: int) -> Words:
    """`n` random words: the only thing that is ever read from a stream here."""
    return rng.integers(0, _MASK, n, dtype=np.uint64, endpoint=True)


def mix(values: Words, salt: int = 0) -> Words:
    """SplitMix64's finaliser (Steele, Lea, Flood 2014) over ``values + salt·golden``; a bijection for each salt."""
    x = values + np.uint64((salt * _GOLDEN) & _MASK)
    x ^= x >> np.uint64(30)
    x *= np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return x


def permute(numbers: Words, size: int, key: int) -> Words:
    """A pseudo-random bijection of ``0 … size-1`` onto itself.

    An alternating Feistel network over Z_a × Z_b with a·b ≥ size, and cycle-walking for the few values outside (Black
    and Rogaway 2002, "Ciphers with arbitrary finite domains").

    Raises
    ------
    WorkError
        A number is not below `size`: more rows than distinct values.
    """
    if len(numbers) and int(numbers.max()) >= size:
        raise WorkError(f"{int(numbers.max()) + 1} unique values were asked for and only {size} exist")
    out = _feistel(numbers, size, key)
    while (outside := np.flatnonzero(out >= size)).size:
        out[outside] = _feistel(out[outside], size, key)
    return out


def _feistel(numbers: Words, size: int, key: int) -> Words:
    a = isqrt(size - 1) + 1
    b = -(-size // a)
    left, right = np.divmod(numbers, np.uint64(b))
    for turn in range(4):
        left = (left + mix(right, key + 2 * turn + 1) % np.uint64(a)) % np.uint64(a)
        right = (right + mix(left, key + 2 * turn + 2) % np.uint64(b)) % np.uint64(b)
    return left * np.uint64(b) + right


@dataclass(frozen=True, slots=True)
class Draw:
    """The draws of some rows for one purpose.

    Parameters
    ----------
    words
        uint64, one per row, from `words`.
    numbers
        The rows' 0-based positions in their table, uint64, when values must be unique; else None.
    total
        Rows of the whole table, when unique.
    key
        Key of the bijection, when unique: the same for every block of a column.
    """

    words: Words
    numbers: Words | None = None
    total: int = 0
    key: int = 0

    def __len__(self) -> int:
        return len(self.words)

    @property
    def unique(self) -> bool:
        """True when `code` never repeats."""
        return self.numbers is not None

    def take(self, rows: Ints) -> Draw:
        """The same draws for some of the rows."""
        return replace(self, words=self.words[rows], numbers=None if self.numbers is None else self.numbers[rows])

    def bits(self, salt: int) -> Words:
        """64 fresh bits per row; every salt gives others."""
        return mix(self.words, salt)

    def unit(self, salt: int) -> npt.NDArray[np.float64]:
        """Uniform in [0, 1) with 53 bits."""
        return (self.bits(salt) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def below(self, size: int | Ints, salt: int) -> Ints:
        """Uniform integers in ``0 … size-1``; `size` may differ per row (then below 2³²)."""
        bits = self.bits(salt)
        if isinstance(size, int) and size > 1 << 32:
            return (bits % np.uint64(size)).astype(np.int64)
        sizes = np.uint64(size) if isinstance(size, int) else size.astype(np.uint64)
        return (((bits >> np.uint64(32)) * sizes) >> np.uint64(32)).astype(np.int64)

    def code(self, size: int, salt: int = 0) -> Ints:
        """An integer in ``0 … size-1`` per row: random, or never repeated when the draw is unique."""
        size = min(size, LARGEST)
        if self.numbers is None:
            return self.below(size, salt)
        return permute(self.numbers, size, self.key).astype(np.int64)
