"""Rounds of path 2: which change is taken back for what is found afterwards."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from datapolisher.documents import CrunchReport
from datapolisher.intake import read_report
from datapolisher.repair import Bench, Repaired, repair
from datapolisher.resolver import Rules, resolve
from datapolisher.verify import Analyst


@dataclass(frozen=True)
class Seer(Analyst):
    """An analyst who finds what he is told to."""

    found: CrunchReport = None  # type: ignore[assignment]

    @property
    def available(self) -> bool:
        return True

    def look(self, dataset: Path, scratch: Path) -> CrunchReport:
        told = msgspec.json.encode(self.found).decode().replace("{data}", str(dataset))
        return msgspec.json.decode(told, type=CrunchReport)


@pytest.fixture
def repaired(tmp_path: Path, make: Any, make_context: Callable[..., Any]) -> Callable[..., Repaired]:
    """What becomes of days held as text, or of blanks, when the second look finds this."""

    def run(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> Repaired:
        rows = ["(1, '2024-01-02', ' x')", *(f"({i}, '2024-01-03', 'x')" for i in range(2, 40))]
        context = make_context(tmp_path / "in", {"t": f"SELECT * FROM (VALUES {', '.join(rows)}) AS v(id, born, v)"})
        earlier, later = (
            read_report(msgspec.json.encode(make.report("in", *found)).decode(), "r") for found in (before, after)
        )
        (tmp_path / "scratch").mkdir()
        analyst = Seer(found=later)
        return repair(Bench(context, earlier.issues, Rules(("postprocess",)), (), analyst, tmp_path / "scratch"))

    return run


def _cast(make: Any) -> Any:
    return make.finding("mixed_type", "t", "born", details={"target_type": "DATE"}, id="cast")


def test_what_a_column_of_days_shows_was_there_before(repaired: Callable[..., Repaired], make: Any) -> None:
    shown = make.finding("interval_inverted", "t", "v", severity="high", related=("t", "born"), id="new")
    done = repaired([_cast(make)], [shown])
    assert not done.taken_back
    assert [one.fix for one in done.planned] == ["cast_text"]


def test_a_fix_that_reaches_less_than_its_finding_is_in_budget(
    tmp_path: Path, make: Any, make_context: Callable[..., Any]
) -> None:
    values = "CASE WHEN i % 3 = 0 THEN 'a1' WHEN i % 50 = 1 THEN ' A1' ELSE 'A1' END"
    context = make_context(tmp_path / "in", {"t": f"SELECT i AS id, {values} AS v FROM range(400) t(i)"})
    finding = make.finding("category_variant", "t", "v", rows=142, total=400, id="f")
    report = read_report(msgspec.json.encode(make.report("in", finding)).decode(), "r")
    (resolution,) = resolve(report.issues, context, Rules(("postprocess",))).resolutions
    assert resolution.action == "fix"


def test_blanks_go_with_the_cast_of_their_column(repaired: Callable[..., Repaired], make: Any) -> None:
    blanks = make.finding("whitespace", "t", "born", id="blanks")
    again = make.finding("type_mismatch", "t", "born", details={"declared_type": "date"}, id="again")
    done = repaired([blanks, _cast(make), again], [])
    assert [one.fix for one in done.planned] == ["cast_text"]
    assert "becomes DATE" in next(r.why for r in done.plan.resolutions if r.finding.id == "blanks")


def test_what_a_change_of_values_shows_is_its_fault(repaired: Callable[..., Repaired], make: Any) -> None:
    blanks = make.finding("whitespace", "t", "v", id="blanks")
    shown = make.finding("unknown_category", "t", "v", severity="high", id="new")
    done = repaired([blanks], [shown])
    assert set(done.taken_back) == {"blanks"}


MADE = "v = 'x' AND born = '2024-01-02'"


@pytest.mark.parametrize(
    ("where", "rows", "blamed"), [("trim(v) = 'x'", 39, False), ("v = 'x'", 39, False), (MADE, 1, True)]
)
def test_what_as_many_rows_had_before_is_nobodys_fault(
    where: str, rows: int, blamed: bool, repaired: Callable[..., Repaired], make: Any
) -> None:
    query = (
        f"WITH t AS (FROM read_parquet('{{data}}/t.parquet')) SELECT count(*) FILTER ({where}) AS rows_affected FROM t"
    )
    shown = make.finding("unknown_category", "t", "v", severity="high", rows=rows, total=39, id="new")
    done = repaired([make.finding("whitespace", "t", "v", id="blanks")], [shown | {"sql_query": query}])
    assert ("blanks" in done.taken_back) == blamed


def test_the_second_look_calls_a_table_as_the_first_did(
    tmp_path: Path, make: Any, make_context: Callable[..., Any]
) -> None:
    context = make_context(tmp_path / "sales", {"year=2024/p": "SELECT 1 AS id, ' a' AS v"})
    finding = make.finding("whitespace", "sales", "v", id="blanks")
    report = read_report(msgspec.json.encode(make.report("sales", finding)).decode(), "r")
    (tmp_path / "scratch").mkdir()
    done = repair(Bench(context, report.issues, Rules(("postprocess",)), (), Seer(found=report), tmp_path / "scratch"))
    assert done.data is not None
    assert done.data.name == "sales"


def test_what_is_worse_elsewhere_is_not_forgiven(repaired: Callable[..., Repaired], make: Any) -> None:
    shown = make.finding("unknown_category", "t", "v", severity="high", id="new")
    assert set(repaired([_cast(make)], [shown]).taken_back) == {"cast"}
