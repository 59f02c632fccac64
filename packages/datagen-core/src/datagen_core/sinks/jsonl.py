"""JSON Lines: an object per row, in UTF-8, every column in every object, null where there is no value.

Numbers are written with all their digits. JSON has no word for NaN and infinity: they are written as texts (``"NaN"``,
``"Infinity"``, ``"-Infinity"``), which Spark, DuckDB and Polars read back as the numbers when the column is a float.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.sinks._text import TextTable, characters, is_nested, joined, text_of
from datagen_core.sinks.base import Files, SinkSpec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from datagen_core.sinks.base import Shape

CONTROL = {chr(code): f"\\u{code:04x}" for code in range(0x20)}
ESCAPES = {"\\": "\\\\", '"': '\\"', **CONTROL, "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def jsonl_table(folder: Path, shape: Shape) -> TextTable:
    """The JSON Lines files of one table."""
    names = [json.dumps(field.name, ensure_ascii=False) for field in shape.fields]
    return TextTable(folder, shape, suffix=".jsonl", header="", lines=lambda arrays: lines(names, arrays))


def lines(names: Sequence[str], arrays: Sequence[pa.Array]) -> pa.Array:
    """An object for each row."""
    pieces: list[pa.Array | str] = []
    for name, array in zip(names, arrays, strict=True):
        pieces += [f"{',' if pieces else '{'}{name}:", value_of(array)]
    return joined([*pieces, "}\n"], null="null")


def value_of(array: pa.Array) -> pa.Array:
    """Each value as JSON, null where it is null."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        return value_of(array.dictionary).take(array.indices)
    if is_nested(kind):
        return text_of(array, lambda text: text)
    text = text_of(array, escaped)
    if pa.types.is_floating(kind):
        return _finite(array, text)
    in_words = pa.types.is_temporal(kind) and not pa.types.is_duration(kind)
    return _in_quotes(text) if in_words else text


def _finite(array: pa.Array, text: pa.Array) -> pa.Array:
    finite = pc.is_finite(array)
    if pc.all(finite).as_py() is not False:
        return text
    words = pc.if_else(pc.is_nan(array), '"NaN"', pc.if_else(pc.greater(array, 0), '"Infinity"', '"-Infinity"'))
    return pc.if_else(finite, text, words.cast(text.type))


def escaped(text: pa.Array) -> pa.Array:
    """JSON strings of texts."""
    found = characters(text)
    for character, escape in ESCAPES.items():
        if (found == ord(character)).any():
            text = pc.replace_substring(text, character, escape)
    return _in_quotes(text)


def _in_quotes(text: pa.Array) -> pa.Array:
    return joined(['"', text, '"'])


def _open(folder: Path, _compression: str | None) -> Files:
    return Files(lambda shape: jsonl_table(folder, shape))


SPEC = SinkSpec(name="jsonl", open=_open)
