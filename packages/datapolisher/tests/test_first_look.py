"""Reports that the installed analyst did not write: what was in the input before is no fix's fault."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from datapolisher import commands
from datapolisher.documents import CrunchReport, Finding, Tool
from datapolisher.first_look import FirstLook, is_own
from datapolisher.verify import SECOND_LOOK, compare

BLANKS = {"id": "own-1", "defect": "whitespace", "location": {"table": "order", "columns": ["note"]}}
SUM = {"id": "own-2", "defect": "arithmetic_mismatch", "location": {"table": "order", "columns": ["a", "b", "total"]}}
NULLS = {"id": "own-3", "defect": "unexpected_null", "location": {"table": "order", "columns": ["note"]}}
CHECK = {"check": "any.check", "persona": "", "status": "passed"}


def _issue(issue: dict[str, Any], rows: int) -> dict[str, Any]:
    said = {"severity": "high", "finding": "…", "category": "data_quality", "evidence": {"rows_affected": rows}}
    return {**issue, **said}


@pytest.fixture
def look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Look at a result in which the analyst finds `after`, where it finds `before` in the input."""

    def look(given: list[Finding], before: list[dict[str, Any]], after: list[dict[str, Any]]) -> CrunchReport:
        def crunch(name: str, args: Any, cwd: Path | None = None) -> str:
            issues = before if args[0] == str(tmp_path / "input") else after
            report = {"contract": "crunch-report/1.0", "dataset": args[0], "issues": issues, "checks": [CHECK]}
            Path(args[args.index("-o") + 1]).write_text(json.dumps(report), encoding="utf-8")
            return ""

        monkeypatch.setattr(commands, "run", crunch)
        analyst = FirstLook(data=tmp_path / "input", given=tuple(given))
        seen = analyst.look(tmp_path / "result", tmp_path)
        kept = json.loads((tmp_path / SECOND_LOOK).read_text(encoding="utf-8"))
        assert [issue["id"] for issue in kept["issues"]] == [finding.id for finding in seen.issues]
        return seen

    return look


def _given(**parts: Any) -> Finding:
    return msgspec.convert({"id": "theirs", "severity": "high", "finding": "…", **parts}, Finding)


GIVEN = _given(defect="whitespace", location={"table": "order", "columns": ["note"]})


def test_what_the_input_had_is_not_new(look: Any) -> None:
    seen = look([GIVEN], [_issue(BLANKS, 5), _issue(SUM, 7)], [_issue(SUM, 7), _issue(NULLS, 2)])
    found = compare([GIVEN], seen)
    assert [finding.id for finding in found.worse] == ["own-3"]
    assert (found.gone, found.unseen) == ({"theirs"}, set())


def test_what_grew_is_worse(look: Any) -> None:
    grown = {**_issue(SUM, 9), "severity": "critical"}
    assert [f.id for f in compare([GIVEN], look([GIVEN], [_issue(SUM, 7)], [grown])).worse] == ["own-2"]


def test_a_finding_that_is_still_there_goes_by_the_id_of_the_report(look: Any) -> None:
    seen = look([GIVEN], [_issue(BLANKS, 5)], [_issue(BLANKS, 5)])
    assert compare([GIVEN], seen).left == {"theirs"}


def test_a_part_of_the_columns_names_the_place(look: Any) -> None:
    given = _given(defect="arithmetic_mismatch", location={"table": "order", "columns": ["total"]})
    assert compare([given], look([given], [_issue(SUM, 5)], [])).gone == {"theirs"}


def test_what_the_analyst_does_not_see_is_not_proved(look: Any) -> None:
    found = compare([GIVEN], look([GIVEN], [_issue(SUM, 5)], [_issue(SUM, 5)]))
    assert (found.gone, found.unseen) == (set(), {"theirs"})


@pytest.mark.parametrize(
    ("name", "version", "complete", "own"),
    [
        ("datacruncher", "1.2", True, True),
        ("datacruncher", "1.1", True, False),
        ("datacruncher", "1.2", False, False),
        ("somebody", "1.2", True, False),
    ],
)
def test_whose_report_it_is(
    name: str, version: str, complete: bool, own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "version", lambda _: "1.2")
    report = CrunchReport(dataset="d", issues=(), tool=Tool(name=name, version=version))
    assert is_own(report, complete=complete) is own
