"""Strings without a loop over rows: pools that are taken from, layouts filled from codes, joins in Arrow."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.pools.draws import LARGEST, Draw, Ints

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Bytes = npt.NDArray[np.uint8]

DIGITS = b"0123456789"
NONZERO = b"123456789"
UPPER = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOWER = b"abcdefghijklmnopqrstuvwxyz"
ABSENT = b"\x00"
"""Stands in an alphabet for "no character here"."""


def pool(values: Iterable[str]) -> pa.StringArray:
    """Distinct non-empty values in order of first appearance."""
    return pa.array(list(dict.fromkeys(text for value in values if (text := value.strip()))), pa.string())


def pick(values: pa.StringArray, index: Ints) -> pa.DictionaryArray:
    """Values of a pool as a dictionary array; the pool must hold no value twice."""
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32)), values)


def taken(values: pa.StringArray, index: Ints) -> pa.StringArray:
    """Values of a pool as plain strings."""
    return values.take(pa.array(index))


def join(*parts: pa.Array | str) -> pa.StringArray:
    """Parts of a row side by side."""
    return pc.binary_join_element_wise(*parts, "")


def scatter(parts: Sequence[tuple[Ints, pa.Array]]) -> pa.Array:
    """Arrays for disjoint rows, put back into the rows' order."""
    if len(parts) == 1:
        return parts[0][1]
    rows = np.concatenate([index for index, _ in parts])
    inverse = np.empty(len(rows), np.int64)
    inverse[rows] = np.arange(len(rows))
    plain = [part.cast(part.type.value_type) if pa.types.is_dictionary(part.type) else part for _, part in parts]
    return pa.concat_arrays(plain).take(pa.array(inverse))


def text_of(matrix: Bytes, *, ragged: bool = False) -> pa.StringArray:
    """A matrix of UTF-8 bytes, one row per string, as Arrow strings; `ragged` leaves zero bytes out."""
    rows, width = matrix.shape
    if ragged:
        keep = matrix != 0
        offsets = np.zeros(rows + 1, np.int32)
        np.cumsum(keep.sum(axis=1), out=offsets[1:])
        data = matrix[keep]
    else:
        offsets = np.arange(rows + 1, dtype=np.int32) * np.int32(width)
        data = np.ascontiguousarray(matrix).reshape(-1)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(data))


def digits(values: Ints, width: int) -> Bytes:
    """The last `width` decimal digits of non-negative integers as ASCII bytes, most significant first."""
    out = np.empty((len(values), width), np.uint8)
    rest = values.astype(np.uint64)
    for position in range(width - 1, -1, -1):
        following = rest // np.uint64(10)
        out[:, position] = rest - following * np.uint64(10)
        rest = following
    out += ord("0")
    return out


@dataclass(frozen=True)
class Template:
    """A layout: literal bytes, and slots that are filled from an alphabet."""

    parts: tuple[bytes, ...]
    """Per byte of the layout its alphabet; a literal is an alphabet of one."""

    @classmethod
    def parse(cls, text: str, symbols: Mapping[str, bytes]) -> Template:
        """Read a layout in which the characters of `symbols` are slots and all others stand for themselves."""
        parts: list[bytes] = []
        for character in text:
            parts += (
                [symbols[character]] if character in symbols else [bytes([byte]) for byte in character.encode("utf-8")]
            )
        return cls(tuple(parts))

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Choices per slot, in order; literals are left out."""
        return tuple(len(part) for part in self.parts if len(part) > 1)

    @cached_property
    def space(self) -> int:
        """How many distinct strings the layout has (optional slots counted as always there)."""
        return prod(len(part.replace(ABSENT, b"")) for part in self.parts)

    @property
    def optional(self) -> bool:
        """Whether a slot may stay empty."""
        return any(ABSENT in part for part in self.parts)

    def always_full(self) -> Template:
        """The same layout with every optional slot filled, so that different codes give different strings."""
        return Template(tuple(part.replace(ABSENT, b"") for part in self.parts))

    def matrix(self, code: Ints, draw: Draw, salt: int = 90) -> Bytes:
        """Bytes of the strings that `code` (0 … space-1, most significant slot first) selects.

        Slots beyond the first 2⁶² codes are filled at random from `draw`.
        """
        out = np.empty((len(code), len(self.parts)), np.uint8)
        coded = self._coded()
        rest = code.astype(np.uint64)
        for position in range(len(self.parts) - 1, -1, -1):
            alphabet = np.frombuffer(self.parts[position], np.uint8)
            size = np.uint64(len(alphabet))
            if len(alphabet) == 1:
                out[:, position] = alphabet[0]
            elif position < coded:
                following = rest // size
                out[:, position] = alphabet[(rest - following * size).astype(np.int64)]
                rest = following
            else:
                out[:, position] = alphabet[draw.below(len(alphabet), salt + position)]
        return out

    def _coded(self) -> int:
        """How many leading bytes one code covers."""
        space = 1
        for position, part in enumerate(self.parts):
            space *= len(part)
            if space > LARGEST:
                return position
        return len(self.parts)

    def coded_space(self) -> int:
        """The number of codes that `matrix` tells apart."""
        return prod(len(part) for part in self.parts[: self._coded()])

    def make(self, draw: Draw, salt: int = 0) -> pa.StringArray:
        """A string per row; never the same twice when the draw is unique and has no more rows than `space`."""
        layout = self.always_full() if draw.unique else self
        code = draw.code(layout.coded_space(), salt)
        return text_of(layout.matrix(code, draw), ragged=layout.optional)


@dataclass(frozen=True)
class Layouts:
    """Several layouts for one column; rows choose among them evenly."""

    templates: tuple[Template, ...]

    @classmethod
    def parse(cls, texts: Iterable[str], symbols: Mapping[str, bytes]) -> Layouts:
        """Read layouts, each once."""
        return cls(tuple(Template.parse(text, symbols) for text in dict.fromkeys(texts)))

    @cached_property
    def _unique(self) -> tuple[tuple[Template, ...], int]:
        """The layouts with most room that differ in literals alone, so that no two meet; and the room of one."""
        groups: dict[Any, list[Template]] = defaultdict(list)
        for template in self.templates:
            groups[tuple(part if len(part) > 1 else b"" for part in template.parts)].append(template)
        best = max(groups.values(), key=lambda group: sum(template.space for template in group))
        return tuple(best), best[0].coded_space()

    @property
    def space(self) -> int:
        """How many distinct strings a unique column can have."""
        templates, room = self._unique
        return min(len(templates) * room, LARGEST)

    def make(self, draw: Draw, salt: int = 0) -> pa.StringArray:
        """A string per row."""
        if draw.unique:
            templates, room = self._unique
            which, code = np.divmod(draw.code(len(templates) * room), room)
            return _filled(templates, which, code, draw)
        which = draw.below(len(self.templates), salt + 1)
        code = draw.code(LARGEST, salt + 2)
        return _filled(self.templates, which, code, draw)


def _filled(templates: Sequence[Template], which: Ints, code: Ints, draw: Draw) -> pa.StringArray:
    """Layouts of the same shape are filled at once: their literals are looked up, their slots are common."""
    shapes: dict[Any, list[int]] = defaultdict(list)
    for number, template in enumerate(templates):
        shapes[tuple(part if len(part) > 1 else b"" for part in template.parts)].append(number)
    shape_of = np.empty(len(templates), np.int64)
    place_of = np.empty(len(templates), np.int64)
    for shape, members in enumerate(shapes.values()):
        shape_of[members] = shape
        place_of[members] = np.arange(len(members))
    parts = []
    for shape, members in enumerate(shapes.values()):
        rows = np.flatnonzero(shape_of[which] == shape)
        first = templates[members[0]]
        matrix = first.matrix(code[rows] % first.coded_space(), draw.take(rows))
        literal = np.array([[part[0] for part in templates[member].parts] for member in members], np.uint8)
        fixed = [position for position, part in enumerate(first.parts) if len(part) == 1]
        if len(members) > 1 and fixed:
            matrix[:, fixed] = literal[place_of[which[rows]]][:, fixed]
        parts.append((rows, text_of(matrix, ragged=first.optional)))
    return scatter(parts)
