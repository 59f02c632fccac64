"""Narrow Structs of the contracts that others write: only the fields that polishing uses.

Unknown fields are ignored, so that any ``1.x`` document reads; a document of another major version is refused.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Severity = Literal["critical", "high", "medium", "low"]
Source = Literal["declared", "inferred"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a machine-written document; fields that we do not know are ignored."""


class Place(Known, frozen=True):
    """Where a finding is: a table, its columns, and the other side of a relation."""

    table: str | None = None
    columns: tuple[str, ...] = ()
    related: Place | None = None


class Evidence(Known, frozen=True):
    """Numbers behind a finding; `details` are documented per defect in the vocabulary."""

    observed: Any = None
    expected: Any = None
    unit: str | None = None
    rows_affected: int | None = None
    rows_total: int | None = None
    samples: tuple[dict[str, Any], ...] = ()
    details: dict[str, Any] = {}


class Finding(Known, frozen=True):
    """One issue of a crunch report."""

    severity: Severity
    finding: str
    id: str = ""
    defect: str = "other"
    check: str = ""
    category: str = "data_quality"
    persona: str = ""
    recommendation: str = ""
    sql_query: str | None = None
    location: Place = Place()
    evidence: Evidence = Evidence()

    @property
    def table(self) -> str | None:
        """The table that the finding is about."""
        return self.location.table

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the finding is about."""
        return self.location.columns

    @property
    def details(self) -> dict[str, Any]:
        """Fields that belong to this defect."""
        return self.evidence.details

    @property
    def rows(self) -> int | None:
        """Rows that the finding says are affected, if it counts rows."""
        return self.evidence.rows_affected


class Key(Known, frozen=True):
    columns: tuple[str, ...]
    source: Source = "inferred"


class Target(Known, frozen=True):
    table: str
    columns: tuple[str, ...]


class ForeignKey(Known, frozen=True):
    columns: tuple[str, ...]
    references: Target
    source: Source = "inferred"
    confidence: float | None = None
    orphans: int | None = None


class ColumnFacts(Known, frozen=True):
    name: str
    type: str = ""
    role: str | None = None
    nulls: int | None = None
    distinct: int | None = None


class TableFacts(Known, frozen=True):
    name: str
    rows: int | None = None
    primary_key: Key | None = None
    foreign_keys: tuple[ForeignKey, ...] = ()
    columns: tuple[ColumnFacts, ...] = ()


class Metrics(Known, frozen=True):
    fk_integrity: float | None = None
    null_rate: float | None = None
    temporal_violations: float | None = None


class Counts(Known, frozen=True):
    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0


class Summary(Known, frozen=True):
    total_issues: int | None = None
    by_severity: Counts | None = None
    quality_score: float | None = None


class Tool(Known, frozen=True):
    name: str = ""
    version: str = ""


class SchemaReference(Known, frozen=True):
    path: str | None = None
    sha256: str | None = None


class Check(Known, frozen=True):
    """One check that was asked for, with its outcome."""

    check: str
    status: Literal["passed", "failed", "skipped", "error"]
    location: dict[str, Any] = {}
    reason: str | None = None


class ImportedFile(Known, frozen=True):
    path: str
    sha256: str
    tool: str = ""


class Origin(Known, frozen=True):
    """The other tools' results that a report was imported from, and what a person said about their tables."""

    files: tuple[ImportedFile, ...] = ()
    tables: tuple[str, ...] = ()


class CrunchReport(Known, frozen=True):
    """``crunch_report.json``, major version 1."""

    dataset: str
    issues: tuple[Finding, ...]
    contract: str = "crunch-report/1.0"
    tool: Tool = Tool()
    analysis_date: str | None = None
    dataset_digest: str | None = None
    schema: SchemaReference | None = None
    personas: tuple[str, ...] = ()
    persona_files: tuple[str, ...] = ()
    tables: tuple[TableFacts, ...] = ()
    metrics: Metrics = Metrics()
    checks: tuple[Check, ...] = ()
    imported: Origin | None = None
    summary: Summary | None = None
    # Ids of findings of an earlier report that the analyst saw in the input by itself: our own note on a second look.
    confirmed: tuple[str, ...] = ()


class GeneratedSchema(Known, frozen=True):
    path: str | None = None
    sha256: str | None = None
    document: dict[str, Any] | None = None


class Generator(Known, frozen=True):
    name: str = ""
    version: str = ""


class GeneratedFile(Known, frozen=True):
    path: str
    sha256: str | None = None


class GeneratedColumn(Known, frozen=True):
    name: str
    type: str = ""
    nullable: bool = True


class Reference(Known, frozen=True):
    columns: tuple[str, ...]
    references: Target


class GeneratedTable(Known, frozen=True):
    name: str
    rows: int | None = None
    columns: tuple[GeneratedColumn, ...] = ()
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[Reference, ...] = ()
    files: tuple[GeneratedFile, ...] = ()


class Metadata(Known, frozen=True):
    """``.metadata.json`` beside generated tables, major version 1."""

    name: str
    contract: str = "dataset-metadata/1.0"
    schema: GeneratedSchema = GeneratedSchema()
    seed: int | None = None
    generator: Generator = Generator()
    generated_at: str | None = None
    tables: tuple[GeneratedTable, ...] = ()
    polished: Any = None
