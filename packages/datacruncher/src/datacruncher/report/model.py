"""``crunch_report.json`` as Structs: contract ``crunch-report/1.0``. Every renderer reads these and nothing else."""

from __future__ import annotations

from typing import Any

import msgspec

from datacruncher.checks.base import Severity

CONTRACT = "crunch-report/1.0"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the report."""


class Tool(Part, frozen=True):
    name: str
    version: str
    engine: str


class SchemaUsed(Part, frozen=True):
    path: str | None
    sha256: str


class KeyFacts(Part, frozen=True, omit_defaults=True):
    columns: list[str]
    source: str
    confidence: float | None = None


class Target(Part, frozen=True):
    table: str
    columns: list[str]


class ReferenceFacts(Part, frozen=True, omit_defaults=True):
    columns: list[str]
    references: Target
    source: str
    confidence: float | None = None
    orphans: int | None = None


class ColumnFacts(Part, frozen=True, omit_defaults=True):
    name: str
    type: str
    role: str | None = msgspec.field(default=None)
    nulls: int | None = None
    distinct: int | None = None
    distinct_exact: bool | None = None
    min: Any = None
    max: Any = None
    mean: float | None = None
    quantiles: dict[str, float] | None = None


class TableFacts(Part, frozen=True):
    name: str
    rows: int
    files: int
    bytes: int
    kind: str
    primary_key: KeyFacts | None
    foreign_keys: list[ReferenceFacts]
    columns: list[ColumnFacts]


class Related(Part, frozen=True):
    table: str
    columns: list[str]


class Location(Part, frozen=True, omit_defaults=True):
    table: str | None
    columns: list[str]
    related: Related | None = None


class Evidence(Part, frozen=True, omit_defaults=True):
    observed: Any
    expected: dict[str, Any]
    unit: str
    rows_affected: int | None
    rows_total: int | None
    samples: list[dict[str, Any]]
    details: dict[str, Any]
    confidence: float | None = None


class Issue(Part, frozen=True):
    """One finding; `rows_query` lists the offending rows, where rows offend."""

    id: str
    check: str
    defect: str
    severity: Severity
    category: str
    persona: str
    finding: str
    recommendation: str
    sql_query: str | None
    rows_query: str | None
    location: Location
    evidence: Evidence


class Measure(Part, frozen=True, omit_defaults=True):
    """A number or a series of ``metrics.business``, with all that drawing it takes."""

    persona: str
    metric: str
    title: str
    kind: str
    unit: str
    value: Any
    n: int | None
    location: Location | None = None
    sql_query: str | None = None


class SummaryText(Part, frozen=True):
    """What a persona would say of the dataset."""

    persona: str
    sentences: list[str]


class CheckRun(Part, frozen=True, omit_defaults=True):
    check: str
    status: str
    seconds: float
    persona: str | None = None
    location: Location | None = None
    reason: str | None = None


class Summary(Part, frozen=True):
    total_issues: int
    by_severity: dict[str, int]
    quality_score: int


class Report(Part, frozen=True):
    """The whole report."""

    contract: str
    tool: Tool
    analysis_date: str
    dataset: str
    dataset_digest: str | None
    schema: SchemaUsed | None
    personas: list[str]
    persona_files: list[str]
    tables: list[TableFacts]
    files_ignored: list[str]
    issues: list[Issue]
    metrics: dict[str, Any]
    checks: list[CheckRun]
    summary: Summary
    summaries: list[SummaryText] = []

    def fails(self, *, on_critical: bool, on_high: bool) -> bool:
        """Whether a gate that was asked for does not hold; ``on_high`` includes critical findings."""
        counts = self.summary.by_severity
        return bool((on_critical or on_high) and counts["critical"]) or bool(on_high and counts["high"])
