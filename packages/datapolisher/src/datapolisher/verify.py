"""The proof: the analyst looks again, and what it finds is held against what it found before.

Findings keep their id from run to run (same defect, same place), so that gone, left and new are set operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datapolisher import commands
from datapolisher.documents import SEVERITIES, CrunchReport, Finding

SECOND_LOOK = "crunch_again.json"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two crunches of the same dataset, before and after.

    Parameters
    ----------
    gone, left
        Ids of earlier findings.
    better
        Those of `left` that are less severe, or at most half as large, as they were.
    unseen
        Ids of findings that are not there, but whose check did not run the second time.
    worse
        Findings of the later crunch that are new, or more severe than they were; facts about the business aside.
    news
        New findings about the business: listed, never blamed on a fix.
    """

    gone: frozenset[str]
    left: frozenset[str]
    better: frozenset[str]
    unseen: frozenset[str]
    worse: tuple[Finding, ...]
    news: tuple[Finding, ...]


def compare(before: Iterable[Finding], after: CrunchReport) -> Comparison:
    """What changed between earlier findings and a later crunch."""
    earlier = {finding.id: finding for finding in before}
    later = {finding.id: finding for finding in after.issues}
    grown = [f for f in later.values() if f.id not in earlier or _grew(earlier[f.id], f)]
    absent = earlier.keys() - later.keys()
    unseen = {id_ for id_ in absent if id_ not in after.confirmed and not _ran(earlier[id_], after)}
    left = earlier.keys() & later.keys()
    return Comparison(
        gone=frozenset(absent - unseen),
        left=frozenset(left),
        better=frozenset(id_ for id_ in left if _better(earlier[id_], later[id_])),
        unseen=frozenset(unseen),
        worse=tuple(f for f in grown if f.category != "business_logic"),
        news=tuple(f for f in grown if f.category == "business_logic"),
    )


def _grew(before: Finding, after: Finding) -> bool:
    """More severe, and not only because the same rows are a larger share of those that are left."""
    same_rows = before.rows is not None and after.rows is not None and after.rows <= before.rows
    return _rank(after) < _rank(before) and not same_rows


def _better(before: Finding, after: Finding) -> bool:
    if before.rows and after.rows is not None and after.rows * 2 <= before.rows:
        return True
    return _rank(after) > _rank(before)


def _ran(finding: Finding, after: CrunchReport) -> bool:
    """Whether the finding's check had its say; a report that lists no checks is taken at its word."""
    same = [check for check in after.checks if check.check == finding.check]
    here = [check for check in same if check.location.get("table") in {None, finding.table}]
    nowhere = all(check.status == "skipped" and not check.location for check in same)  # nothing that it could bind to
    if nowhere and _was_looked_at(finding, after):
        return True
    return not after.checks or any(check.status in {"passed", "failed"} for check in here or same)


def _was_looked_at(finding: Finding, after: CrunchReport) -> bool:
    """Whether the analyst who asked looked at the same columns: numbers that were held as text are no text any more."""
    facts = next((table for table in after.tables if table.name == finding.table), None)
    there = facts is not None and {column.name for column in facts.columns} >= set(finding.columns)
    return there and bool(finding.columns) and finding.persona in after.personas


def _rank(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)


def tables_of(finding: Finding) -> set[Any]:
    """The tables that a finding is about."""
    places = (finding.location, finding.location.related)
    return {place.table for place in places if place is not None and place.table is not None}


@dataclass(frozen=True)
class Analyst:
    """The analyst with the personas and the schema of the first report.

    Parameters
    ----------
    personas
        As the report names them.
    schema
        The schema that the report was held against; None without one.
    persona_files
        The files of personas of the user's own, where they still are.
    """

    personas: tuple[str, ...] = ()
    schema: Path | None = None
    persona_files: tuple[Path, ...] = ()

    @property
    def available(self) -> bool:
        """Whether the analyst is installed."""
        return commands.available("crunch")

    @property
    def why_not(self) -> str:
        """Why the result could not be looked at."""
        return f"{commands.missing('crunch')}: the repaired data was not looked at again"

    @property
    def caveat(self) -> str:
        """What its look does not see; empty where it sees all."""
        return ""

    def look(self, dataset: Path, scratch: Path) -> CrunchReport:
        """Crunch `dataset`; with all personas where one of the report's is not known (its file is gone, or no longer right).

        Raises
        ------
        CommandError
            The analyst is missing, or failed.
        """
        report = scratch / SECOND_LOOK
        try:
            return commands.crunch(dataset, report, self.personas, self.schema, self.persona_files)
        except commands.CommandError as error:
            if error.code != 2 or not self.personas:
                raise
            return commands.crunch(dataset, report, (), self.schema)


def blame(
    worse: Iterable[Finding],
    suspects: Mapping[str, Finding],
    emptied: Mapping[str, frozenset[str]] | None = None,
    wrote: Mapping[str, set[Any]] | None = None,
) -> dict[str, list[Finding]]:
    """Fixed findings → what got worse through them.

    Those that took rows out of one side of a relation only; where none did, those that share a column with it, or wrote one;
    where none does, those that share a table; where none does, all.

    Parameters
    ----------
    emptied
        Fixed finding → tables that rows were taken out of, those included whose rows only went along.
    wrote
        Fixed finding → the columns that its steps wrote, each with its table.
    """
    guilty: dict[str, list[Finding]] = {}
    for finding in worse:
        for id_ in _nearest(finding, suspects, emptied or {}, wrote or {}):
            guilty.setdefault(id_, []).append(finding)
    return guilty


def _nearest(
    finding: Finding,
    suspects: Mapping[str, Finding],
    emptied: Mapping[str, frozenset[str]],
    wrote: Mapping[str, set[Any]],
) -> list[str]:
    here = tables_of(finding)
    one_sided = [id_ for id_ in suspects if emptied.get(id_, frozenset()) & here and here - emptied[id_]]
    if one_sided:
        return one_sided
    cells = cells_of(finding)
    if found := [id_ for id_, suspect in suspects.items() if cells & (cells_of(suspect) | wrote.get(id_, set()))]:
        return found
    return [id_ for id_, suspect in suspects.items() if here & tables_of(suspect)] or list(suspects)


def cells_of(finding: Finding) -> set[Any]:
    """The columns that a finding is about, each with its table."""
    places = [place for place in (finding.location, finding.location.related) if place is not None]
    return {(place.table, column) for place in places for column in place.columns}


def said(worse: Iterable[Finding]) -> str:
    """What got worse, in one line."""
    listed = list(worse)
    shown = "; ".join(f"{finding.severity} {finding.defect}: {finding.finding}" for finding in listed[:2])
    return f"made something else worse: {shown}" + (f"; and {len(listed) - 2} more" if len(listed) > 2 else "")


def matters(worse: Iterable[Finding]) -> list[Finding]:
    """What is worse by enough to take a change back; a cosmetic finding that is new is only told."""
    return [finding for finding in worse if finding.severity != "low"]
