"""``polish_report.json`` as Structs: every finding with its fix, its path, its rows, and whether it is verified."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

import msgspec

from datapolisher.documents import Counts, CrunchReport, Finding, Severity

Status = Literal["applied", "reverted", "skipped", "needs_person", "failed"]
PathName = Literal["schema", "postprocess", "approve"]
Mode = Literal["auto", "interactive", "schema", "postprocess", "approve", "plan"]
CONTRACT = "polish-report/1.0"


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the report."""


class Tool(Part, frozen=True):
    name: str
    version: str
    engine: str


class FileReference(Part, frozen=True):
    path: str | None
    sha256: str


class Input(Part, frozen=True):
    dataset: str
    dataset_digest: str | None
    report: FileReference
    schema: FileReference | None


class ActionTaken(Part, frozen=True, kw_only=True):
    """What became of one finding, or of one change that a person asked for by name (then `finding_id` is null).

    `choices` are what a person could take, of a finding that stays open.
    """

    finding_id: str | None
    defect: str | None
    finding: str
    fix: str | None
    path: PathName | None
    status: Status
    reason: str | None = None
    severity: Severity | None = None
    rows_changed: int = 0
    cells_changed: int = 0
    rows_quarantined: int = 0
    rows_collapsed: int = 0
    rows_added: int = 0
    sql: str | None = None
    schema_patch: list[dict[str, Any]] | None = None
    verified: bool | None = None
    choices: tuple[str, ...] = ()


class Measured(Part, frozen=True):
    """Score and counts of a crunch."""

    quality_score: int | None
    total_issues: int
    by_severity: Counts


class Sums(Part, frozen=True):
    before: float | None
    after: float | None


class TableBalance(Part, frozen=True):
    """Rows in + added = rows out + quarantined + collapsed, but where the table was regenerated."""

    name: str
    rows_in: int
    rows_out: int
    rows_quarantined: int = 0
    rows_collapsed: int = 0
    rows_added: int = 0
    regenerated: bool = False
    sums: dict[str, Sums] = {}


class FileWritten(Part, frozen=True):
    path: str
    bytes: int
    sha256: str
    rows: int | None = None


class PolishReport(Part, frozen=True, kw_only=True):
    """What became of every finding, and where every row went."""

    contract: str = CONTRACT
    tool: Tool
    polished_at: str
    input: Input
    output: str | None
    path: Mode
    dry_run: bool
    rounds: int
    actions: tuple[ActionTaken, ...]
    before: Measured
    after: Measured | None
    tables: tuple[TableBalance, ...]
    unverified: tuple[str, ...]
    files: tuple[FileWritten, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The report as its contract writes it."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2).decode() + "\n"


def measured(report: CrunchReport) -> Measured:
    """Score and counts as the analyst gave them; counted here where the report leaves them out."""
    counts = report.summary.by_severity if report.summary and report.summary.by_severity else count(report.issues)
    score = report.summary.quality_score if report.summary else None
    whole = None if score is None else max(0, min(100, round(score)))
    return Measured(quality_score=whole, total_issues=len(report.issues), by_severity=counts)


def count(findings: tuple[Finding, ...]) -> Counts:
    """Findings by severity."""
    found = Counter(finding.severity for finding in findings)
    return Counts(critical=found["critical"], high=found["high"], medium=found["medium"], low=found["low"])
