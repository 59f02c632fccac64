"""Rows as lines of text, put together column by column: the bytes of an Arrow string array are the file's bytes."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.sinks._instants import TEXT, instants
from datagen_core.sinks.base import FileTable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from datagen_core.sinks.base import Shape

LINE_ROWS = 65_536


class TextTable(FileTable):
    """The text files of one table.

    Parameters
    ----------
    folder, shape
        As for every table.
    suffix
        How the files' names end.
    header
        What each file begins with.
    lines
        Arrays, one per column → an array with a line for each row.
    """

    def __init__(
        self,
        folder: Path,
        shape: Shape,
        *,
        suffix: str,
        header: str,
        lines: Callable[[Sequence[pa.Array]], pa.Array],
    ) -> None:
        super().__init__(folder, shape)
        self.suffix = suffix
        self._header = header.encode()
        self._lines = lines
        self._stream: BinaryIO | None = None

    def begin(self, target: Path) -> None:
        """Open a file and write its header."""
        self._stream = target.open("wb")
        self._stream.write(self._header)

    def prepare(self, arrays: Sequence[pa.Array]) -> list[pa.Array]:
        """The rows as lines, some at a time."""
        starts = range(0, len(arrays[0]), LINE_ROWS)
        return [self._lines([array.slice(start, LINE_ROWS) for array in arrays]) for start in starts]

    def put(self, prepared: list[pa.Array]) -> None:
        """Write rows."""
        for lines in prepared:
            self._written.write(_bytes(lines))

    @property
    def _written(self) -> BinaryIO:
        if self._stream is None:
            raise ValueError(f"{self.shape.name}: no file is open")
        return self._stream

    def end(self) -> None:
        """Close the file."""
        self._written.close()
        self._stream = None

    def abandon(self) -> None:
        """Let go of the open file; what was written is no table."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()


def _bytes(lines: pa.Array) -> memoryview:
    """The text of all rows, one after the other, as it lies in memory."""
    offsets = pa.Array.from_buffers(pa.int64(), len(lines) + 1, [None, lines.buffers()[1]], offset=lines.offset)
    first, last = offsets[0].as_py(), offsets[len(lines)].as_py()
    return memoryview(lines.buffers()[2] or b"")[first:last]


def joined(pieces: Sequence[pa.Array | str], between: str = "", null: str | None = None) -> pa.Array:
    """Each row's pieces behind one another; `null` stands for a piece that is null, else the whole is."""
    texts = [pa.scalar(piece, TEXT) if isinstance(piece, str) else piece for piece in (*pieces, between)]
    if null is None:
        return pc.binary_join_element_wise(*texts)
    return pc.binary_join_element_wise(*texts, null_handling="replace", null_replacement=null)


def text_of(array: pa.Array, quoted: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """Values as text, null where they are null.

    Numbers have as many digits as it takes to read the same number back, times are ISO 8601 (with Z where they are
    instants), bytes are base64, lists and records are JSON.

    Parameters
    ----------
    quoted
        Makes text values stand out from others; strings, bytes, lists and records go through it.
    """
    kind = array.type
    if pa.types.is_dictionary(kind):
        return text_of(array.dictionary, quoted).take(array.indices)
    if pa.types.is_timestamp(kind):
        return instants(array)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return quoted(array.cast(TEXT))
    if pa.types.is_duration(kind):
        return array.cast(pa.int64()).cast(TEXT)
    if _is_plain(kind):
        return array.cast(TEXT)
    return quoted(pa.array([None if item is None else _rare(item) for item in array.to_pylist()], TEXT))


def _is_plain(kind: pa.DataType) -> bool:
    """Whether Arrow's own text of a value is what we write."""
    types = pa.types
    tests = (types.is_integer, types.is_floating, types.is_decimal, types.is_boolean, types.is_date, types.is_time)
    return any(test(kind) for test in (*tests, types.is_null))


def characters(text: pa.Array) -> NDArray[np.uint8]:
    """The bytes of all texts of an array, one after the other."""
    return np.frombuffer(_bytes(text), dtype=np.uint8)


def _rare(item: Any) -> str:
    """Text of a value of a rare type."""
    if isinstance(item, bytes):
        return base64.b64encode(item).decode()
    return json.dumps(item, ensure_ascii=False, default=str)


def is_nested(kind: pa.DataType) -> bool:
    """Whether a type holds lists or records."""
    return bool(pa.types.is_nested(kind))
