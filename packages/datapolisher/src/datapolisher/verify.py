"""The proof: the analyst looks again, and what it finds is held against what it found before.

Findings keep their id from run to run (same defect, same place), so that gone, left and new are set operations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from datapolisher import commands
from datapolisher.documents import SEVERITIES, CrunchReport, Finding


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two crunches of the same dataset, before and after.

    Parameters
    ----------
    gone, left
        Ids of earlier findings.
    worse
        Findings of the later crunch that are new, or more severe than they were; facts about the business aside.
    news
        New findings about the business: listed, never blamed on a fix.
    """

    gone: frozenset[str]
    left: frozenset[str]
    worse: tuple[Finding, ...]
    news: tuple[Finding, ...]


def compare(before: Iterable[Finding], after: Iterable[Finding]) -> Comparison:
    """What changed between two lists of findings."""
    earlier = {finding.id: finding for finding in before}
    later = {finding.id: finding for finding in after}
    grown = [f for f in later.values() if f.id not in earlier or _rank(f) < _rank(earlier[f.id])]
    return Comparison(
        gone=frozenset(earlier.keys() - later.keys()),
        left=frozenset(earlier.keys() & later.keys()),
        worse=tuple(f for f in grown if f.category != "business_logic"),
        news=tuple(f for f in grown if f.category == "business_logic"),
    )


def _rank(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)


def tables_of(finding: Finding) -> set[str]:
    """The tables that a finding is about."""
    places = (finding.location, finding.location.related)
    return {place.table for place in places if place is not None and place.table is not None}


@dataclass(frozen=True, slots=True)
class Analyst:
    """The analyst with the personas and the schema of the first report.

    Parameters
    ----------
    personas
        As the report names them.
    schema
        The schema that the report was held against; None without one.
    """

    personas: tuple[str, ...] = ()
    schema: Path | None = None

    @property
    def available(self) -> bool:
        """Whether the analyst is installed."""
        return commands.available("crunch")

    def look(self, dataset: Path, scratch: Path) -> CrunchReport:
        """Crunch `dataset`; with all personas where one of the report's is not known by name (a persona's own file).

        Raises
        ------
        CommandError
            The analyst is missing, or failed.
        """
        report = scratch / "crunch_again.json"
        try:
            return commands.crunch(dataset, report, self.personas, self.schema)
        except commands.CommandError as error:
            if error.code != 2 or not self.personas:
                raise
            return commands.crunch(dataset, report, (), self.schema)
