"""The account of a run: each finding and each wish once, with what was done, by which path, and whether it is proved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from datapolisher.documents import CrunchReport, Finding
from datapolisher.fixes.base import Planned
from datapolisher.plan import Plan, Resolution
from datapolisher.postprocessor import NOTHING, Counts
from datapolisher.regeneration import Regenerated
from datapolisher.repair import Repaired
from datapolisher.report.model import ActionTaken, Status
from datapolisher.verify import Comparison, compare
from datapolisher.vocabulary import word


@dataclass(frozen=True)
class Ledger:
    """Everything that happened.

    Parameters
    ----------
    findings
        The report's.
    plan
        What was meant to happen at first.
    regenerated, repaired
        How path 1 and path 2 ended; None where a path was not taken.
    after
        The last look; None when nobody could look.
    wishes
        What a person asked for by name.
    """

    findings: Sequence[Finding]
    plan: Plan
    regenerated: Regenerated | None = None
    repaired: Repaired | None = None
    after: CrunchReport | None = None
    wishes: Sequence[Planned] = ()

    def actions(self) -> tuple[ActionTaken, ...]:
        """Every finding of the report, those that came up on the way, and every wish."""
        seen = compare(self.findings, self.after) if self.after else None
        known = {finding.id for finding in self.findings}
        later = self.repaired.plan.resolutions if self.repaired else ()
        added = [r for r in later if r.finding.id not in known]
        listed = [self._action(r, seen) for r in self.plan.resolutions]
        listed += [self._later(r) for r in added]
        return (*listed, *(self._wish(wish) for wish in self.wishes))

    def _action(self, first: Resolution, seen: Comparison | None) -> ActionTaken:
        id_ = first.finding.id
        by_schema = self._schema_action(first, seen)
        if by_schema is not None:
            return by_schema
        last = self._last(first)
        by_data = self._data_action(last, seen)
        if by_data is not None:
            return by_data
        if self.regenerated and id_ in self.regenerated.taken_back:
            fix = first.chosen.fix.id if first.chosen else None
            back = _said(first, "reverted", self.regenerated.taken_back[id_])
            return _with(back, fix=fix, path="schema", verified=_proof(id_, seen))
        if seen is not None and id_ in seen.gone:
            return _with(_said(first, "skipped", "gone after the other changes"), verified=True)
        return _left_open(last if last.options else first)  # path 1 may have what path 2 has not

    def _last(self, first: Resolution) -> Resolution:
        """The finding's resolution in the last round of path 2, where it was still there."""
        later = self.repaired.plan.resolutions if self.repaired else ()
        return next((r for r in later if r.finding.id == first.finding.id), first)

    def _schema_action(self, first: Resolution, seen: Comparison | None) -> ActionTaken | None:
        patches = self.regenerated.improvement.patches if self.regenerated else ()
        patch = next((p for p in patches if p.finding_id == first.finding.id), None)
        if patch is None or self.regenerated is None:
            return None
        reason = patch.reasons or "mended by the change for another finding"
        verified = None
        if self.regenerated.data is None:
            reason = "; ".join([reason, *self.regenerated.unverified])
        else:
            verified = _proof(first.finding.id, seen)
        done = _said(first, "applied", reason)
        return _with(done, fix=patch.fix, path="schema", verified=verified, schema_patch=patch.operations())

    def _data_action(self, last: Resolution, seen: Comparison | None) -> ActionTaken | None:
        id_ = last.finding.id
        if self.repaired is None:
            return None
        if id_ in self.repaired.over_budget:
            offered = next((r.options for r in self.plan.resolutions if r.finding.id == id_), last.options)
            stopped = _said(last, "needs_person", self.repaired.over_budget[id_])
            return _with(stopped, choices=tuple(option.name for option in offered))
        if id_ in self.repaired.taken_back:
            back = _said(last, "reverted", self.repaired.taken_back[id_])
            return _with(back, fix=self.repaired.tried.get(id_), path="postprocess", verified=_proof(id_, seen))
        if last.path != "postprocess":
            return None
        if self.repaired.applied is None:
            return _would(last, "--no-apply, only the scripts are written")
        counts = self.repaired.applied.counts.get(id_, NOTHING)
        done = _counted(_said(last, "applied", last.why), counts)
        return _with(done, fix=_fix_of(last), path="postprocess", verified=_proof(id_, seen))

    def _later(self, resolution: Resolution) -> ActionTaken:
        """A finding that came up after regenerating; nothing earlier to compare it with but the last look."""
        still = {f.id for f in self.after.issues} if self.after else None
        verified = None if still is None else resolution.finding.id not in still
        done = self._data_action(resolution, None)
        if done is None:
            return _left_open(resolution)
        return _with(done, verified=verified if done.status == "applied" else None)

    def _wish(self, wish: Planned) -> ActionTaken:
        applied = self.repaired.applied if self.repaired else None
        return _counted(
            _wished(wish, "applied", wish.why), applied.counts.get(wish.id, NOTHING) if applied else NOTHING
        )


def planned_actions(plan: Plan, wishes: Sequence[Planned], why: str) -> tuple[ActionTaken, ...]:
    """What would be done, for a run that writes no data: each fix is skipped with `why`."""
    listed = [_would(r, why) for r in plan.resolutions]
    return (*listed, *(_wished(wish, "skipped", f"{why}: {wish.why}") for wish in wishes))


def _would(resolution: Resolution, why: str) -> ActionTaken:
    chosen = resolution.chosen
    if chosen is None:
        return _left_open(resolution)
    return _with(_said(resolution, "skipped", f"{why}: {chosen.words}"), fix=chosen.fix.id, path=chosen.fix.path)


def _wished(wish: Planned, status: Status, reason: str) -> ActionTaken:
    return ActionTaken(
        finding_id=None,
        defect=None,
        finding=wish.id,
        fix=wish.fix,
        path="postprocess",
        status=status,
        reason=reason,
    )


def accepted_action(finding: Finding, reason: str | None) -> ActionTaken:
    """What an approval says about a finding: accepted by whom, or open and no reason to refuse."""
    resolution = Resolution(finding, (), None, "flag", "")
    said = _said(resolution, "skipped", f"accepted by {reason}" if reason else "open, and no reason to refuse approval")
    return _with(said, path="approve")


def _left_open(resolution: Resolution) -> ActionTaken:
    status: Status = "needs_person" if resolution.action == "ask" else "skipped"
    return _with(_said(resolution, status, resolution.why), choices=resolution.choices)


def _said(resolution: Resolution, status: Status, reason: str) -> ActionTaken:
    finding = resolution.finding
    return ActionTaken(
        finding_id=finding.id,
        defect=word(finding.defect),
        finding=finding.finding,
        severity=finding.severity,
        fix=None,
        path=None,
        status=status,
        reason=reason,
    )


def _with(action: ActionTaken, **changes: object) -> ActionTaken:
    return msgspec.structs.replace(action, **changes)


def _counted(action: ActionTaken, counts: Counts) -> ActionTaken:
    return _with(
        action,
        rows_changed=counts.rows_changed,
        cells_changed=counts.cells_changed,
        rows_quarantined=counts.rows_quarantined,
        rows_collapsed=counts.rows_collapsed,
        rows_added=counts.rows_added,
        sql=counts.sql or None,
    )


def _fix_of(resolution: Resolution) -> str | None:
    return resolution.chosen.fix.id if resolution.chosen else None


def _proof(finding_id: str, seen: Comparison | None) -> bool | None:
    """Whether the check that found it ran again and is silent now; None when nobody could look."""
    if seen is None or finding_id in seen.unseen:
        return None
    return finding_id in seen.gone
