"""Path 3: approve a dataset, or refuse and name what stands.

Refused while open: critical findings, and defects on which everything else rests (keys, missing or unreadable tables).
High findings about the data need a person. A named person may accept each of them with a note; the manifest says so and
is bound to the bytes that the report speaks of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from datapolisher import clock, manifest
from datapolisher.documents import SEVERITIES, Finding
from datapolisher.errors import DocumentError, GateError, Problem
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
    accept
        Ids of findings, or severities, that the person accepts; empty accepts all that stand in the way.
    key
        An SSH key to sign the manifest with.
    """

    by: str | None = None
    notes: str | None = None
    accept: tuple[str, ...] = ()
    key: Path | None = None


def standing(findings: Sequence[Finding]) -> list[Finding]:
    """Findings that forbid an approval without a person: critical ones, refused defects, high ones about the data."""
    return [f for f in findings if _refuses(f)]


def _refuses(finding: Finding) -> bool:
    about_data = finding.severity == "high" and finding.category != "business_logic"
    return finding.severity == "critical" or finding.defect in REFUSED or about_data


def approve(intake: Intake, approval: Approval, at: datetime | None = None, *, signing: str = "") -> dict[str, Any]:
    """The manifest of an approved dataset.

    Parameters
    ----------
    at
        The time of the approval; now by default.
    signing
        The fingerprint of the key that it will be signed with.

    Raises
    ------
    GateError
        The data changed since it was crunched, or findings stand that nobody has accepted.
    """
    named = bool(approval.by and approval.by.strip())
    _check_digest(intake, named=named)
    stands = standing(intake.report.issues)
    accepted = _accepted(intake.report.issues, stands, approval)
    person = named and bool(approval.notes and approval.notes.strip())
    if accepted and not person:
        raise GateError(_refusal(accepted, named=named))
    if left := [finding for finding in stands if finding not in accepted]:
        raise GateError(_refusal(left, named=named, some=True))
    reason = f"{approval.by}: {approval.notes}"
    section: dict[str, Any] = {
        "approved": True,
        "approved_by": approval.by if named else DEFAULT_APPROVER,
        "approved_at": clock.stamp(at or clock.now()),
        "notes": approval.notes or DEFAULT_NOTES,
    }
    if accepted:
        section["accepted"] = [manifest.accepted_entry(finding, reason) for finding in accepted]
    if signing:
        section["signature"] = {"key": signing, "namespace": manifest.NAMESPACE}
    return manifest.build(intake, section)


def _accepted(findings: Sequence[Finding], stands: Sequence[Finding], approval: Approval) -> list[Finding]:
    """The findings that the person accepts: those named, else all that stand.

    Raises
    ------
    DocumentError
        A word names no finding and no severity.
    """
    if not approval.accept:
        return list(stands)
    known = [*SEVERITIES, *(finding.id for finding in findings)]
    wrong = [word for word in approval.accept if word not in known]
    if wrong:
        raise DocumentError(
            problems=[Problem("no such finding or severity", "--accept", word, known) for word in wrong]
        )
    return [finding for finding in findings if finding.id in approval.accept or finding.severity in approval.accept]


def _check_digest(intake: Intake, *, named: bool) -> None:
    if intake.digest_matches is False:
        raise GateError("not approved: the data changed since it was crunched; crunch again")
    if intake.digest_matches is None and not named:
        raise GateError(
            "not approved: the report does not say which bytes it speaks of; crunch again, or approve by name with "
            "--approved-by NAME --notes TEXT"
        )


def _refusal(stands: Sequence[Finding], *, named: bool, some: bool = False) -> str:
    lines = [f"  {f.severity}: {f.defect}: {f.table or 'dataset'}: {f.finding} [{f.id}]" for f in stands]
    mend = "say why with --notes TEXT" if named else "fix them, or accept them with --approved-by NAME --notes TEXT"
    mend = "fix them, or accept each with --accept FINDING" if some else mend
    noun = "finding stands" if len(stands) == 1 else "findings stand"
    return "\n".join([f"not approved: {len(stands)} {noun}; {mend}", *lines])
