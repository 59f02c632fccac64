"""What a sink is told of a table, and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

Layout = Literal["ordered", "repeated", "plain"]
"""What a column's values are like: ``ordered`` ints and times that are close to their neighbours or whose size is
small beside 64 bits; ``repeated`` values that come often; ``plain`` all others."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column as it is written.

    Parameters
    ----------
    name, type, nullable
        As in the file.
    layout
        What its values are like.
    """

    name: str
    type: pa.DataType
    nullable: bool
    layout: Layout


@dataclass(frozen=True, slots=True)
class File:
    """A file that was written: its name relative to the dataset, bytes, digest, rows."""

    path: str
    bytes: int
    sha256: str
    rows: int
