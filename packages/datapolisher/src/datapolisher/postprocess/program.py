"""What both scripts say: the tables as they lie on disk, and the steps in their order."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from datapolisher.source import TableFiles
from datapolisher.steps import (
    AddColumn,
    AddRows,
    DropColumn,
    MapValues,
    Retype,
    Step,
    Swap,
    Update,
    keeps_nulls,
    relations,
    written,
)

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
    layouts
        File → its own columns and types, where they are not those of its table as it is read.
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
    layouts: Mapping[Path, Mapping[str, str]] = field(default_factory=dict)

    def codec(self, file: Path) -> str:
        """What the file is compressed with, by DuckDB's name."""
        return self.compression.get(file, DEFAULT_CODEC)

    def columns_after(self, source: TableFiles) -> dict[str, str]:
        """The columns of a table after all steps, with their types."""
        columns = dict(source.columns)
        for entry in self.entries:
            step = entry.step
            if step.table == source.name and isinstance(step, AddColumn | Retype):
                columns[step.column] = step.type
            elif step.table == source.name and isinstance(step, DropColumn):
                columns.pop(step.column, None)
            elif step.table == source.name and isinstance(step, AddRows):
                columns.setdefault(step.mark, "BOOLEAN")
        return columns

    def layout(self, file: Path, source: TableFiles, columns: Mapping[str, str]) -> dict[str, str]:
        """The columns that a file of the result has, each with the type that it has there.

        Parameters
        ----------
        columns
            The table after all steps. A file has what a step may have written into it, whatever it had before.
        """
        after = {name: type_ for name, type_ in columns.items() if name not in source.partitions}
        own = self.layouts.get(file)
        if own is None:
            return after
        steps = [entry.step for entry in self.entries if entry.step.table == source.name]
        touched = {name for step in steps for name in written(step)}
        filled = {name for step in steps if not keeps_nulls(step) for name in written(step)}
        kept = {name: self._type_in(own, name, source, after[name], touched) for name in own if name in after}
        return kept | {n: t for n, t in after.items() if n not in kept and (n not in source.columns or n in filled)}

    def own_columns(self, source: TableFiles) -> dict[str, dict[str, str]]:
        """File → the columns that it had with their types, in their order, where the file of the result does not tell."""
        after = self.columns_after(source)
        dropped = source.columns.keys() - after.keys()
        found = {}
        for file in source.files:
            own = self.layouts.get(file)
            kept = {n: t for n, t in self.layout(file, source, after).items() if n in source.columns}
            if own is not None and (dropped or list(own.items()) != list(kept.items())):
                found[file.as_posix()] = dict(own)
        return found

    def coarse(self, source: TableFiles) -> list[str]:
        """Columns of times that all parts keep in milliseconds."""
        parts = [self.layouts.get(file, source.columns) for file in source.files]
        kept = {name: {part[name] for part in parts if name in part} for name in source.columns}
        return [name for name, types in kept.items() if types == {"TIMESTAMP_MS"}]

    @staticmethod
    def _type_in(own: Mapping[str, str], name: str, source: TableFiles, after: str, touched: set[str]) -> str:
        """The type of a file's column: its own, but where a step may have written what that cannot hold."""
        as_read = source.columns.get(name) == after
        return own[name] if as_read and (name not in touched or own[name] == "TIMESTAMP_MS") else after

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
        return log_key(self.keys.get(table, ()), columns)


def log_key(key: Iterable[str], columns: Iterable[str]) -> list[str]:
    """The columns of a table's key that stand in its change log."""
    present = set(columns)
    return [name for name in key if name in present and name not in CHANGE_COLUMNS]


def reserved(source: TableFiles) -> str:
    """A column of the table that has a name which scripts need for themselves (case does not matter); empty for none."""
    return next((name for name in source.columns if name.lower() in RESERVED), "")


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
