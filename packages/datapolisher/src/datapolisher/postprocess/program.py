"""What both scripts say: the tables as they lie on disk, and the steps in their order."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from datapolisher.source import TableFiles
from datapolisher.steps import AddColumn, MapValues, Retype, Step, Swap, Update, relations

# Columns that scripts carry along beside the table's own; no table may have columns of these names.
ROW, FILE = "#row", "#file"
RESERVED = (ROW, FILE, "file_row_number")
DEFAULT_CODEC = "zstd"
# Where the values of dropped columns are kept, a file per table.
DROPPED = Path("_changes/_columns")
# Codecs that both engines write, by DuckDB's names.
CODECS = frozenset({"uncompressed", "snappy", "gzip", "zstd", "brotli", "lz4", "lz4_raw"})
TAKEN_COLUMNS = ("_reason", "_finding_id", "_fix", "_file", "_row")
CHANGE_COLUMNS = ("_column", "_old", "_new", "_finding_id", "_fix", "_file", "_row")


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of the script and what stands above it.

    Parameters
    ----------
    id, fix, why
        The finding's id (or the wish as typed), the fix, and one line for the reader.
    step
        What is done.
    """

    id: str
    fix: str
    why: str
    step: Step

    @property
    def tables(self) -> set[str]:
        """The table that the step changes and those that it looks into."""
        return {self.step.table, *(node.table for node in relations(self.step))}


@dataclass(frozen=True)
class Program:
    """A script before it has a language.

    Parameters
    ----------
    input, output
        Directories, as they stand at the top of the script.
    tables
        Every table of the dataset; those without steps are copied.
    entries
        The steps, in order.
    keys
        Table → its key columns, for the change log.
    change_log
        Whether ``_changes/`` is written.
    sizes
        Table → bytes on disk.
    others
        Files that are no table; they are copied.
    uneven
        Tables whose parts have different columns or types.
    compression
        File → the codec that its pages have, by DuckDB's name in lower case.
    """

    input: Path
    output: Path
    tables: Mapping[str, TableFiles]
    entries: tuple[Entry, ...]
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    change_log: bool = True
    sizes: Mapping[str, int] = field(default_factory=dict)
    others: tuple[Path, ...] = ()
    uneven: frozenset[str] = frozenset()
    compression: Mapping[Path, str] = field(default_factory=dict)

    def codec(self, file: Path) -> str:
        """What the file is compressed with, by DuckDB's name."""
        return self.compression.get(file, DEFAULT_CODEC)

    @property
    def touched(self) -> list[str]:
        """Tables that some step changes, sorted."""
        return sorted({entry.step.table for entry in self.entries})

    @property
    def untouched(self) -> list[str]:
        """Tables that are copied as they are, sorted."""
        return sorted(set(self.tables) - set(self.touched))

    def log_key(self, table: str, columns: Iterable[str]) -> list[str]:
        """The key columns that stand in the change log beside its own columns."""
        present = set(columns)
        return [key for key in self.keys.get(table, ()) if key in present and key not in CHANGE_COLUMNS]


def comment(text: str, limit: int = 300) -> str:
    """`text` on one line, without anything that could end a comment or hide in one."""
    plain = "".join(
        " " if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"} else char for char in text
    )
    words = " ".join(plain.split())
    return words if len(words) <= limit else words[: limit - 1] + "…"


def free_names(wanted: Iterable[str], taken: Iterable[str]) -> dict[str, str]:
    """Names of our own columns → what they are called in a table that has columns of its own (case does not matter)."""
    used = {name.lower() for name in taken}
    names: dict[str, str] = {}
    for name in wanted:
        free = name
        while free.lower() in used:
            free += "_"
        names[name] = free
    return names


def logged(step: Step, columns: Iterable[str]) -> bool:
    """Whether the change log has rows of this step: it changes cells that were there."""
    return isinstance(step, Update | MapValues | Swap | Retype) or (
        isinstance(step, AddColumn) and step.column in set(columns)
    )
