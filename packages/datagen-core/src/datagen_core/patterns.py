"""Strings that match a regular expression, made from the expression: for columns whose pattern nothing else fulfils.

Served: literals, ``.``, classes, ``\\d \\w \\s`` and their escapes, groups, ``|``, ``? * + {m} {m,n} {m,}``, and anchors
at the ends. Endless repetitions end after `MOST_MORE` more. Look-around and back references are refused.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.pools.draws import mix, permute

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_MORE = 8
_PRINTABLE = "".join(chr(code) for code in range(32, 127))
_CLASSES = {"d": string.digits, "w": string.ascii_letters + string.digits + "_", "s": " "}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_BRACES = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")
_LARGEST = 1 << 62


class UnsupportedPattern(ValueError):  # noqa: N818 - it says what is wrong with the pattern, not with the program
    """A regular expression that strings are not made from."""


class Source:
    """Numbers for each row: fresh ones from the row's word, or the digits of its code in mixed radix."""

    def __init__(self, words: NDArray[np.uint64], code: NDArray[np.uint64] | None = None) -> None:
        self.rows = len(words)
        self._words = words
        self._code = code
        self._salt = 0

    def below(self, size: int) -> NDArray[np.int64]:
        """A number in 0 … size-1 for each row."""
        if self._code is not None:
            self._code, digit = np.divmod(self._code, np.uint64(size))
            return digit.astype(np.int64)
        self._salt += 1
        high = mix(self._words, self._salt) >> np.uint64(32)
        return ((high * np.uint64(size)) >> np.uint64(32)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Chars:
    """One of some characters."""

    chars: str

    @property
    def distinct(self) -> int | None:
        """How many strings there are; None where they cannot be told apart by construction."""
        return len(self.chars)

    def fill(self, source: Source) -> pa.Array:
        """A string per row."""
        if len(self.chars) == 1:
            return pa.repeat(self.chars, source.rows)
        return pa.array(list(self.chars)).take(pa.array(source.below(len(self.chars))))


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part several times over."""

    part: Part
    least: int
    most: int

    @property
    def distinct(self) -> int | None:
        """As for `Chars`; of several lengths, as many of each as of the shortest."""
        one = self.part.distinct
        return None if one is None else (self.most - self.least + 1) * one**self.least

    def fill(self, source: Source) -> pa.Array:
        """A string per row."""
        times = source.below(self.most - self.least + 1) + self.least
        parts = [self.part.fill(source) for _ in range(self.most)]
        shown = [
            part if turn < self.least else pc.if_else(pa.array(times > turn), part, "")
            for turn, part in enumerate(parts)
        ]
        return _joined(shown, source.rows)


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts one after the other."""

    parts: tuple[Part, ...]

    @property
    def distinct(self) -> int | None:
        """As for `Chars`."""
        if sum(isinstance(part, Repeat) and part.least != part.most for part in self.parts) > 1:
            return None  # two parts of open length can make the same string in two ways
        total = 1
        for part in self.parts:
            one = part.distinct
            if one is None:
                return None
            total *= one
        return total

    def fill(self, source: Source) -> pa.Array:
        """A string per row."""
        return _joined([part.fill(source) for part in self.parts], source.rows)


@dataclass(frozen=True, slots=True)
class Either:
    """One of several parts."""

    parts: tuple[Part, ...]

    @property
    def distinct(self) -> int | None:
        """Unknown: two parts may make the same string."""
        return None

    def fill(self, source: Source) -> pa.Array:
        """A string per row."""
        chosen = source.below(len(self.parts))
        return pc.choose(pa.array(chosen), *(part.fill(source) for part in self.parts))


Part = Chars | Repeat | Sequence | Either


def _joined(parts: list[pa.Array], rows: int) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "") if parts else pa.repeat("", rows)


class Pattern:
    """A regular expression that strings are made from.

    Raises
    ------
    UnsupportedPattern
        When it is not a regular expression, or uses what is not served.
    """

    def __init__(self, regex: str) -> None:
        try:
            self._compiled = re.compile(regex)
        except re.error as error:
            raise UnsupportedPattern(f"{regex!r} is not a regular expression: {error}") from error
        self.regex = regex
        self.tree = _Reader(regex).read()

    @property
    def distinct(self) -> int | None:
        """How many strings a unique column can have; None when nobody can promise that none comes twice."""
        return self.tree.distinct

    def make(self, words: NDArray[np.uint64]) -> pa.Array:
        """A string for each row's word."""
        return self.tree.fill(Source(words))

    def unique(self, numbers: NDArray[np.uint64], key: int) -> pa.Array:
        """A string for each row's number, none twice."""
        size = min(self.distinct or 0, _LARGEST)
        return self.tree.fill(Source(numbers, permute(numbers, size, key)))

    def matches(self, words: pa.Array) -> NDArray[np.bool_]:
        """Which strings have a match; a null has."""
        known = words.dictionary_encode()
        good = np.array([self._compiled.search(word) is not None for word in known.dictionary.to_pylist()] + [True])
        index = known.indices.fill_null(len(good) - 1).to_numpy(zero_copy_only=False)
        made: NDArray[np.bool_] = good[index]
        return made


class _Reader:
    """Recursive descent over the text of an expression."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def read(self) -> Part:
        part = self._either()
        if self.at < len(self.text):
            raise self._refused(f"unexpected {self.text[self.at]!r}")
        return part

    def _refused(self, why: str) -> UnsupportedPattern:
        return UnsupportedPattern(f"not yet supported: {why} at character {self.at + 1} of the pattern {self.text!r}")

    def _peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def _next(self) -> str:
        char = self._peek()
        if not char:
            raise self._refused("the end")
        self.at += 1
        return char

    def _either(self) -> Part:
        parts = [self._sequence()]
        while self._peek() == "|":
            self.at += 1
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _sequence(self) -> Part:
        parts: list[Part] = []
        start = self.at
        while self._peek() not in {"", "|", ")"}:
            if (self._peek() == "^" and self.at == start) or (
                self._peek() == "$" and self.text[self.at + 1 : self.at + 2] in {"", "|", ")"}
            ):
                self.at += 1
            else:
                parts.append(self._repeated(self._atom()))
        return Sequence(tuple(parts))

    def _repeated(self, part: Part) -> Part:
        least, most = self._quantity()
        if self._peek() == "?" and (least, most) != (1, 1):
            self.at += 1  # how greedy the search is does not matter to what matches
        return part if (least, most) == (1, 1) else Repeat(part, least, most)

    def _quantity(self) -> tuple[int, int]:
        simple = {"?": (0, 1), "*": (0, MOST_MORE), "+": (1, 1 + MOST_MORE)}.get(self._peek())
        if simple is not None:
            self.at += 1
            return simple
        braces = _BRACES.match(self.text, self.at)
        if braces is None:
            return 1, 1
        self.at = braces.end()
        least = int(braces.group(1))
        if braces.group(2) is None:
            return least, least
        return least, int(braces.group(3)) if braces.group(3) else least + MOST_MORE

    def _atom(self) -> Part:
        char = self._next()
        if char == "(":
            return self._group()
        if char == "[":
            return Chars(self._class())
        if char == ".":
            return Chars(_PRINTABLE)
        if char == "\\":
            return Chars(self._escaped())
        if char in "*+?^$":
            raise self._refused(f"{char!r} here")
        return Chars(char)

    def _group(self) -> Part:
        if self._peek() == "?":
            if not self.text.startswith(("?:", "?P<"), self.at):
                raise self._refused("look-around or a flag")
            self.at = self.at + 2 if self.text.startswith("?:", self.at) else self.text.index(">", self.at) + 1
        part = self._either()
        if self._next() != ")":
            raise self._refused("an open group")
        return part

    def _escaped(self) -> str:
        char = self._next()
        if char in _CLASSES:
            return _CLASSES[char]
        if char.lower() in _CLASSES:
            return "".join(one for one in _PRINTABLE if one not in _CLASSES[char.lower()])
        if char.isalnum() and char not in _ESCAPES:
            raise self._refused(f"\\{char}")
        return _ESCAPES.get(char, char)

    def _class(self) -> str:
        negated = self._peek() == "^"
        self.at += negated
        chars = ""
        while self._peek() != "]" or not chars:
            chars += self._class_part()
        self.at += 1
        found = "".join(dict.fromkeys(chars))
        chosen = "".join(one for one in _PRINTABLE if one not in found) if negated else found
        if not chosen:
            raise self._refused("an empty class")
        return chosen

    def _class_part(self) -> str:
        char = self._next()
        first = self._escaped() if char == "\\" else char
        if len(first) == 1 and self._peek() == "-" and self.text[self.at + 1 : self.at + 2] not in {"", "]"}:
            self.at += 1
            last = self._next()
            last = self._escaped() if last == "\\" else last
            return "".join(chr(code) for code in range(ord(first), ord(last) + 1))
        return first
