"""A report that the installed analyst did not write: what it finds in the input by itself is no fix's fault.

Somebody wrote the report by hand, or a program of theirs did, or another version of the analyst, or its personas and schema
are gone. Then the analyst looks at the input too, once; what it finds there and again in the result was there before, and
carries the id of the report's finding of the same defect at the same place, where there is one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from datapolisher import commands
from datapolisher.documents import CrunchReport, Finding
from datapolisher.intake import read_report
from datapolisher.verify import SECOND_LOOK, Analyst, compare

ANALYST = "datacruncher"
_BEFORE = "first_look"


@dataclass(frozen=True)
class FirstLook(Analyst):
    """The analyst that looks at the input too.

    Parameters
    ----------
    data
        The input.
    given
        The report's findings.
    """

    data: Path = Path()
    given: tuple[Finding, ...] = ()
    _before: dict[str, CrunchReport] = field(default_factory=dict)

    def look(self, dataset: Path, scratch: Path) -> CrunchReport:
        """The look at `dataset`, without what the analyst finds in the input too and the report does not say.

        The report is left in `scratch`, where the analyst's would be.
        """
        if "before" not in self._before:
            (scratch / _BEFORE).mkdir(exist_ok=True)
            self._before["before"] = super().look(self.data, scratch / _BEFORE)
        after = super().look(dataset, scratch)
        content = msgspec.json.decode((scratch / SECOND_LOOK).read_bytes())
        ids = self._ids(after)
        content["confirmed"] = sorted({same for f in self._before["before"].issues if (same := _same(f, self.given))})
        content["issues"] = [issue | {"id": ids[issue["id"]]} for issue in content["issues"] if issue["id"] in ids]
        text = msgspec.json.encode(content).decode()
        (scratch / SECOND_LOOK).write_text(text, encoding="utf-8")
        return read_report(text, SECOND_LOOK)

    def _ids(self, after: CrunchReport) -> dict[str, str]:
        """Findings that count → the ids that they go by."""
        before = self._before["before"]
        seen = compare(before.issues, after)
        grown = {finding.id for finding in (*seen.worse, *seen.news)}
        own = {finding.id for finding in self.given}
        known = {
            f.id: f.id if f.id in own else same for f in before.issues if (same := _same(f, self.given)) or f.id in own
        }
        return {f.id: known.get(f.id, f.id) for f in after.issues if f.id in grown or f.id in known}


def _same(finding: Finding, given: Iterable[Finding]) -> str:
    """The id of the one given finding of the same defect at the same place; empty without one."""
    alike = [g for g in given if g.defect == finding.defect and g.table == finding.table]
    exact = [g.id for g in alike if set(g.columns) == set(finding.columns)]
    within = [g.id for g in alike if set(g.columns) <= set(finding.columns) or not finding.columns]
    found = exact or within
    return found[0] if len(found) == 1 else ""


def is_own(report: CrunchReport, *, complete: bool) -> bool:
    """Whether the installed analyst wrote the report, and looks again as it did then.

    Parameters
    ----------
    complete
        The schema and the personas of the report are still where they were.
    """
    version = commands.version("crunch")
    return complete and report.tool.name == ANALYST and version is not None and report.tool.version == version
