"""``--no-samples``: values are planted in every column, and no output holds one of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from datacruncher import crunch
from datacruncher.cli import run
from datacruncher.report import formats, terminal

Write = Callable[[Path, Any], Path]
Capture = pytest.CaptureFixture[str]

# Every text begins with "zq", every instant lies in the second of a minute that nothing else has.
CUSTOMER = """SELECT i AS customer_id, 'zqname' || i AS full_name,
    CASE WHEN i % 50 = 0 THEN 'zqnomail' || i ELSE 'zq' || i || '@zqhost.example' END AS email,
    CASE WHEN i % 40 = 0 THEN 'zqgold ' WHEN i % 3 = 0 THEN 'zqgold' ELSE 'zqsilver' END AS tier,
    CASE WHEN i % 90 = 0 THEN 'zqGOLD' ELSE 'zqgreen' END AS status,
    TIMESTAMP '2024-01-01 00:00:47' + to_minutes(i * 31) AS created_at
FROM range(1, 601) t(i)"""
ORDERS = """SELECT i AS order_id, CASE WHEN i % 20 = 0 THEN 90000 + i ELSE 1 + i % 600 END AS customer_id,
    CASE WHEN i % 25 = 0 THEN TIMESTAMP '2023-06-01 00:00:47' ELSE TIMESTAMP '2024-06-01 00:00:47' + to_minutes(i * 17) END
        AS ordered_at,
    CASE WHEN i % 400 = 0 THEN DATE '9999-12-17' ELSE DATE '2024-06-17' END AS shipped_on,
    ['zqmail', 'zqsearch', 'zqads'][1 + CASE WHEN i < 4500 THEN 0 ELSE i % 3 END] AS channel,
    CASE WHEN i % 77 = 0 THEN 'zqn/a' WHEN i % 9 = 0 THEN ' zqblank' ELSE 'zqnote' || i END AS note,
    i % 7 + 0.5 AS amount, 'zqonly' AS source
FROM range(1, 5001) t(i)"""
STAGES = """SELECT row_number() OVER () AS stage_id, u AS customer_id, s AS stage_index,
    ['zqvisit', 'zqcart', 'zqpay', 'zqdone'][s + 1] AS stage_name, TIMESTAMP '2024-03-01 00:00:47' + to_hours(u + s) AS reached_at
FROM range(1, 601) a(u), range(4) b(s) WHERE s < 2 OR u % 6 = 0"""
FORMS = ("json", "html", "md", "xml", "sarif")


@pytest.fixture(scope="module")
def planted(write_tables: Write, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted") / "data"
    folder.mkdir()
    write_tables(folder, {"customer": CUSTOMER, "orders": ORDERS, "stage": STAGES})
    with duckdb.connect() as con:
        part = folder / "visit" / "region=zqnorth"
        part.mkdir(parents=True)
        con.execute(f"COPY (SELECT i AS visit_id, 'zqpage' || i AS page FROM range(90) t(i)) TO '{part}/a.parquet'")
        (folder / "other" / "region=zqsouth").mkdir(parents=True)
        (folder / "other" / "region=zqsouth" / "notes.txt").write_text("left alone")
    return folder


@pytest.fixture(scope="module")
def told(planted: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], dict[str, str]]:
    """What every output says, with values and without."""
    known: dict[bool, dict[str, str]] = {}

    def say(private: bool) -> dict[str, str]:
        if private not in known:
            known[private] = _said(planted, tmp_path_factory.mktemp("out"), private)
        return known[private]

    return say


def _said(planted: Path, out: Path, private: bool) -> dict[str, str]:
    report = crunch(str(planted), samples=not private)
    said = {name: formats.spec(name).render(report) for name in formats.names()}
    said["terminal"] = terminal.render(report, "r.json", verbose=True, screen=terminal.Screen())
    said["notebook"] = report._repr_html_()
    return said


@pytest.mark.parametrize("output", ["json", "html", "markdown", "junit", "sarif", "github", "terminal", "notebook"])
@pytest.mark.parametrize("value", ["zq", ":47", "2024-06-17", "9999"], ids=["texts", "instants", "days", "last"])
def test_no_planted_value_is_told(told: Callable[[bool], dict[str, str]], output: str, value: str) -> None:
    said = told(True)[output].replace("analysis_date", "")
    at = said.lower().find(value)
    assert at < 0 or _is_clock(said, at), said[max(0, at - 200) : at + 60]


def _is_clock(said: str, at: int) -> bool:
    """The instant of the analysis is no value of the data; it may lie in that second."""
    return "T" in said[max(0, at - 18) : at] and said[at + 3 : at + 4] == "Z"


@pytest.mark.parametrize("output", ["json", "html", "terminal"])
def test_the_same_outputs_do_tell_them_when_they_may(told: Callable[[bool], dict[str, str]], output: str) -> None:
    assert "zq" in told(False)[output]


def test_numbers_are_still_told(told: Callable[[bool], dict[str, str]]) -> None:
    report = json.loads(told(True)["json"])
    assert {issue["defect"] for issue in report["issues"]} >= {"foreign_key_orphan", "temporal_violation"}
    amount = next(c for t in report["tables"] if t["name"] == "orders" for c in t["columns"] if c["name"] == "amount")
    assert (amount["min"], amount["max"]) == (0.5, 6.5)
    assert all(issue["evidence"]["samples"] == [] for issue in report["issues"])


def test_an_earlier_report_does_not_tell_them_either(planted: Path, tmp_path: Path, capsys: Capture) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.json"
    assert run(["crunch", str(planted), "-q", "-o", str(old), "--personas", "DE"]) == 0
    call = ["crunch", str(planted), "--no-samples", "--verbose", "--baseline", str(old), "--personas", "CFO"]
    assert run([*call, "-o", str(new)]) == 0
    assert "zq" in old.read_text()
    assert "zq" not in new.read_text() + capsys.readouterr().out
