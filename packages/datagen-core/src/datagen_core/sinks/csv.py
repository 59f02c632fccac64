"""CSV as RFC 4180 has it, in UTF-8, with a header.

Text stands in quotes, everything else does not, and a null is nothing at all: so an empty text (``""``) is not a null,
and a postcode that looks like a number is still text to readers that mind the quotes. Lines end with a line feed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.sinks._instants import TEXT
from datagen_core.sinks._text import TextTable, characters, joined, text_of
from datagen_core.sinks.base import Files, SinkSpec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from datagen_core.sinks.base import Shape

DELIMITER = ","
ENCLOSURE = '"'


def csv_table(folder: Path, shape: Shape) -> TextTable:
    """The CSV files of one table."""
    names = pa.array([field.name for field in shape.fields], TEXT)
    header = DELIMITER.join(_enclosed(names).to_pylist()) + "\n"
    return TextTable(folder, shape, suffix=".csv", header=header, lines=lines)


def lines(arrays: Sequence[pa.Array]) -> pa.Array:
    """A line for each row."""
    texts = [text_of(array, _enclosed) for array in arrays]
    # A line without anything is no row to most readers, so that the null of an only column is an empty text
    nothing = "" if len(texts) > 1 else ENCLOSURE * 2
    return joined([*texts[:-1], joined([texts[-1], "\n"], null=nothing)], DELIMITER, null="")


def _enclosed(text: pa.Array) -> pa.Array:
    if (characters(text) == ord(ENCLOSURE)).any():
        text = pc.replace_substring(text, ENCLOSURE, ENCLOSURE * 2)
    return joined([ENCLOSURE, text, ENCLOSURE])


def _open(folder: Path, _compression: str | None) -> Files:
    return Files(lambda shape: csv_table(folder, shape))


SPEC = SinkSpec(name="csv", open=_open)
