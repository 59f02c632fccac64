"""What came of a check at one place, and how findings relate: one cause is one finding."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from datacruncher.checks.base import SEVERITIES, Binding, CheckSpec, Found, Params, Place, Probe, Severity, Verdict

Status = Literal["passed", "failed", "skipped", "error"]


@dataclass
class Outcome:
    """One check at one place.

    Parameters
    ----------
    persona, check
        Who asked what.
    status, reason
        What came of it; the reason of what was skipped or went wrong, or by what it is explained.
    seconds
        Wall time of its queries, its share of those that were measured together.
    """

    persona: str
    check: CheckSpec
    status: Status = "passed"
    reason: str = ""
    seconds: float = 0.0
    place: Place | None = None
    binding: Binding | None = None
    probe: Probe | None = None
    found: Found | None = None
    verdict: Verdict | None = None
    severity: Severity | None = None
    recommendation: str = ""
    params: Params = field(default_factory=Params)
    samples: list[dict[str, Any]] = field(default_factory=list)
    explains: list[Outcome] = field(default_factory=list)
    explained_by: Outcome | None = None

    @property
    def id(self) -> str:
        """The same defect at the same place has the same id in the next run."""
        here = self.place or Place("")
        related = self.binding.related_place if self.binding else None
        parts: list[Any] = [self.check.id, self.check.defect, here.table, list(here.columns)]
        parts += [[related.table, list(related.columns)]] if related else []
        parts += [self.binding.given["id"]] if self.binding and "id" in self.binding.given else []
        return hashlib.sha256(json.dumps(parts, ensure_ascii=False, default=str).encode()).hexdigest()[:12]

    @property
    def rows(self) -> int | None:
        """Rows that offend."""
        return self.found.rows_affected if self.found else None

    def skipped(self, reason: str) -> Outcome:
        """This outcome, skipped."""
        self.status, self.reason = "skipped", reason
        return self

    def failed_to_run(self, reason: str) -> Outcome:
        """This outcome, an error."""
        self.status, self.reason = "error", reason
        return self


def issues(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The findings: one for each id, causes in place of their symptoms, the gravest first."""
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    unique: dict[str, Outcome] = {}
    for outcome in failed:
        other = unique.get(outcome.id)
        if other is None or _gravity(outcome) < _gravity(other):
            unique[outcome.id] = outcome
    chosen = list(unique.values())
    _fold(chosen)
    return sorted((o for o in chosen if o.explained_by is None), key=_order)


def _fold(failed: Sequence[Outcome]) -> None:
    """Fold what a finding explains into it; a finding that is itself explained passes its own on to its cause."""
    for cause in failed:
        for symptom in failed:
            if symptom is not cause and symptom.explained_by is None and _explains(cause, symptom):
                if cause.explained_by is symptom:
                    continue
                symptom.explained_by = cause
                symptom.reason = f"explained by {cause.check.id} ({cause.id})"
    for symptom in failed:
        cause, seen = symptom, {id(symptom)}
        while cause.explained_by is not None and id(cause.explained_by) not in seen:
            cause = cause.explained_by
            seen.add(id(cause))
        if cause is not symptom:
            cause.explains.append(symptom)


def _explains(cause: Outcome, symptom: Outcome) -> bool:
    if not any(fnmatchcase(symptom.check.id, pattern) for pattern in cause.check.explains):
        return False
    if cause.rows is not None and symptom.rows is not None and symptom.rows > cause.rows:
        return False
    return _inside(symptom, cause)


def _inside(symptom: Outcome, cause: Outcome) -> bool:
    """Same table and no further columns; a finding about a whole table also covers what refers to it."""
    here, there = cause.place, symptom.place
    if here is None or there is None:
        return False
    if there.table == here.table:
        return not here.columns or set(there.columns) <= set(here.columns)
    related = symptom.binding.related_place if symptom.binding else None
    return not here.columns and related is not None and related.table == here.table


def _gravity(outcome: Outcome) -> int:
    return SEVERITIES.index(outcome.severity) if outcome.severity else len(SEVERITIES)


def _order(outcome: Outcome) -> tuple[Any, ...]:
    categories = ("data_quality", "schema_expectation", "business_logic", "realism", "drift")
    size = outcome.verdict.size if outcome.verdict else 0.0
    table = outcome.place.table if outcome.place else ""
    return _gravity(outcome), categories.index(outcome.check.category), -abs(size), table, outcome.check.id, outcome.id


def score(counts: Mapping[Severity, int]) -> int:
    """The quality score: 100 − (20 · critical + 8 · high + 2 · medium + 0.25 · low), not below 0, rounded.

    At most 59 with a critical finding, at most 89 with a high one. `counts` leaves out findings about the business.
    """
    weights = {"critical": 20.0, "high": 8.0, "medium": 2.0, "low": 0.25}
    points = max(0.0, 100.0 - sum(weights[name] * n for name, n in counts.items()))
    ceiling = 59 if counts["critical"] else 89 if counts["high"] else 100
    return min(ceiling, round(points))
