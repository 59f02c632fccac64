"""What an exporter is: it says what is known about a dataset in the words of another standard.

One exporter is one module that defines ``SPEC``; third parties add theirs through the entry-point group
``datapolisher.exporters``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Column:
    """A column with the rules that somebody wrote for it.

    Parameters
    ----------
    name, type
        As they are on disk; the type as DuckDB names it.
    required, unique
        None where nobody said.
    values, low, high, pattern
        The declared list, bounds and form (of whole values); None where there is none.
    """

    name: str
    type: str
    required: bool | None = None
    unique: bool | None = None
    description: str = ""
    values: tuple[Any, ...] | None = None
    low: Any = None
    high: Any = None
    pattern: str | None = None


@dataclass(frozen=True)
class Reference:
    """A foreign key."""

    columns: tuple[str, ...]
    table: str
    others: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """What must hold between the columns of one row: a condition in SQL, and, where it is one, an order of two columns.

    Parameters
    ----------
    columns
        The columns, the one that is at fault first.
    condition
        The condition that every row meets, as SQL of ours with quoted names.
    words
        The same for people.
    order
        ``>=``, ``>`` or ``=`` between the first column and the second; empty for any other condition.
    """

    columns: tuple[str, ...]
    condition: str
    words: str
    order: str = ""


@dataclass(frozen=True)
class File:
    """A file of a table, relative to the dataset."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Table:
    """A table; `directory` where it is a directory of parts, `partitions` what stands in their path."""

    name: str
    rows: int
    columns: tuple[Column, ...]
    files: tuple[File, ...]
    key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    rules: tuple[Rule, ...] = ()
    directory: bool = False
    partitions: tuple[str, ...] = ()


@dataclass(frozen=True)
class Finding:
    """An open finding, for standards that have a place for it."""

    severity: str
    defect: str
    text: str


@dataclass(frozen=True)
class Subject:
    """What is exported.

    Parameters
    ----------
    root
        The dataset, as the user named it.
    output
        Where the document will lie: paths in it are relative to that.
    made_at
        When the data was made or approved, ISO 8601; None where nobody knows.
    approval
        The manifest's section; empty without a manifest.
    score
        The manifest's or the report's quality score.
    findings
        What the report has open; None without a report.
    """

    name: str
    root: Path
    output: Path
    tables: tuple[Table, ...]
    description: str = ""
    made_at: str | None = None
    generator: str = ""
    digest: str = ""
    approval: Mapping[str, Any] = field(default_factory=dict)
    score: str = ""
    findings: tuple[Finding, ...] | None = None


@dataclass(frozen=True)
class Exported:
    """Documents by file name (one, unless the standard wants one for each table), and what it could not say."""

    files: Mapping[str, str]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExporterSpec:
    """A registered exporter.

    Parameters
    ----------
    id
        What ``--to`` takes.
    title
        The standard with its version.
    file
        The usual file name; ``{name}`` stands for the dataset's. One that ends in ``/`` is a directory.
    write
        The documents.
    """

    id: str
    title: str
    file: str
    write: Callable[[Subject], Exported]
