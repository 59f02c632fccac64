"""``crunch_report.json`` as Structs: contract ``crunch-report/1.0``. Every renderer reads these and nothing else."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

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
    frequencies: dict[str, int] | None = None


class TableFacts(Part, frozen=True):
    name: str
    rows: int
    files: int
    bytes: int
    kind: str
    primary_key: KeyFacts | None
    foreign_keys: list[ReferenceFacts]
    columns: list[ColumnFacts]
    path: str | UnsetType = UNSET


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
    """One finding.

    `rows_query` lists the offending rows, where rows offend; `rows_file` holds them, where that was asked. `status` says
    whether it is new, graver or unchanged, where there was a report to compare with.
    """

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
    status: str | UnsetType = UNSET
    rows_file: str | UnsetType = UNSET


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


class Finding(Part, frozen=True):
    """A finding of the report before, in short."""

    id: str
    check: str
    severity: str
    finding: str
    table: str | None = None


class Drift(Part, frozen=True, omit_defaults=True):
    """A column whose values are distributed otherwise than before: a population stability index, and what it compares."""

    table: str
    column: str
    psi: float
    said: str
    rows_before: int
    rows: int


class Change(Part, frozen=True, omit_defaults=True):
    """A table or column that came, went, or changed its type, or the number of a table's rows."""

    table: str
    change: str
    column: str | None = None
    before: str | int | None = None
    now: str | int | None = None


class Compared(Part, frozen=True):
    """What changed since an earlier report.

    Ids of findings: `new` were not there, `graver` were milder, `unchanged` are as they were; `gone` were looked for again
    and not found, `not_asked` were not looked for this time.
    """

    report: str
    dataset: str
    analysis_date: str
    new: list[str]
    graver: list[str]
    unchanged: list[str]
    gone: list[Finding]
    not_asked: list[Finding]
    drift: list[Drift]
    changes: list[Change]


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
    notes: list[str] | UnsetType = UNSET
    baseline: Compared | UnsetType = UNSET

    def fails(self, *, on_critical: bool, on_high: bool, on_new: bool = False) -> bool:
        """Whether a gate that was asked for does not hold.

        ``on_high`` includes critical findings; ``on_new`` asks for what the baseline did not have, or had milder.
        """
        if on_new and self.baseline and (self.baseline.new or self.baseline.graver):
            return True
        counts = self.summary.by_severity
        return bool((on_critical or on_high) and counts["critical"]) or bool(on_high and counts["high"])
