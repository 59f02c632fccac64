"""Path 3: approve a dataset, or refuse and name what stands.

Refused while open: critical findings, and defects on which everything else rests (keys, missing or unreadable tables).
High findings about the data need a person. A named person may accept each of them with a note; the manifest says so and
is bound to the bytes that the report speaks of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from datapolisher import clock, manifest
from datapolisher.documents import Finding
from datapolisher.errors import GateError
from datapolisher.intake import Intake

REFUSED = frozenset(
    {
        "primary_key_duplicate",
        "primary_key_null",
        "foreign_key_orphan",
        "missing_table",
        "missing_column",
        "type_mismatch",
        "unreadable_file",
        "partial_table",
    }
)
DEFAULT_NOTES = "Dataset meets quality standards for production use"
DEFAULT_APPROVER = "datacruncher"


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approves, and why.

    Parameters
    ----------
    by
        A person's name; None approves in the analyst's name, which it may only do where nothing stands in the way.
    notes
        What the approver says.
    """

    by: str | None = None
    notes: str | None = None


def standing(findings: Sequence[Finding]) -> list[Finding]:
    """Findings that forbid an approval without a person: critical ones, refused defects, high ones about the data."""
    return [f for f in findings if _refuses(f)]


def _refuses(finding: Finding) -> bool:
    about_data = finding.severity == "high" and finding.category != "business_logic"
    return finding.severity == "critical" or finding.defect in REFUSED or about_data


def approve(intake: Intake, approval: Approval, at: datetime | None = None) -> dict[str, Any]:
    """The manifest of an approved dataset.

    Parameters
    ----------
    at
        The time of the approval; now by default.

    Raises
    ------
    GateError
        The data changed since it was crunched, or findings stand that nobody has accepted.
    """
    named = bool(approval.by and approval.by.strip())
    _check_digest(intake, named=named)
    stands = standing(intake.report.issues)
    if stands and not (named and approval.notes and approval.notes.strip()):
        raise GateError(_refusal(stands, named=named))
    reason = f"{approval.by}: {approval.notes}"
    section: dict[str, Any] = {
        "approved": True,
        "approved_by": approval.by if named else DEFAULT_APPROVER,
        "approved_at": clock.stamp(at or clock.now()),
        "notes": approval.notes or DEFAULT_NOTES,
    }
    if stands:
        section["accepted"] = [manifest.accepted_entry(finding, reason) for finding in stands]
    return manifest.build(intake, section)


def _check_digest(intake: Intake, *, named: bool) -> None:
    if intake.digest_matches is False:
        raise GateError("not approved: the data changed since it was crunched; crunch again")
    if intake.digest_matches is None and not named:
        raise GateError(
            "not approved: the report does not say which bytes it speaks of; crunch again, or approve by name with "
            "--approved-by NAME --notes TEXT"
        )


def _refusal(stands: Sequence[Finding], *, named: bool) -> str:
    lines = [f"  {f.severity}: {f.defect}: {f.table or 'dataset'}: {f.finding} [{f.id}]" for f in stands]
    mend = "say why with --notes TEXT" if named else "fix them, or accept them with --approved-by NAME --notes TEXT"
    noun = "finding stands" if len(stands) == 1 else "findings stand"
    return "\n".join([f"not approved: {len(stands)} {noun}; {mend}", *lines])
