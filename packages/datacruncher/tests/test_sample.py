"""``--sample``: shares stay what they are, nothing is called broken that a sample can't tell, and the report says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from datacruncher import crunch
from datacruncher.cli import run
from datacruncher.report.model import Report

Write = Callable[[Path, Any], Path]
CUSTOMERS = "SELECT i AS customer_id, 'c' || i || '@example.org' AS email FROM range(1, 3001) t(i)"
# One city in ten ends in a blank; every order has its customer.
ORDERS = """SELECT i AS order_id, 1 + i % 3000 AS customer_id, 20.0 + i % 7 AS amount,
    ['Berlin', 'Paris', 'Rome'][1 + i % 3] || CASE WHEN i % 10 = 3 THEN ' ' ELSE '' END AS city,
    TIMESTAMPTZ '2025-01-01 00:00:00+01' + to_minutes(i) AS ordered_at FROM range(60000) t(i)"""


@pytest.fixture(scope="module")
def data(write_tables: Write, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tables(tmp_path_factory.mktemp("sample"), {"customer": CUSTOMERS, "orders": ORDERS})


@pytest.fixture(scope="module")
def sampled(data: Path) -> Report:
    return crunch(str(data), sample=5000)


def test_the_share_is_an_estimate_of_the_whole(sampled: Report) -> None:
    (padded,) = [issue for issue in sampled.issues if issue.defect == "whitespace"]
    total = padded.evidence.rows_total or 0
    assert 4000 < total < 6500
    assert (padded.evidence.rows_affected or 0) / total == pytest.approx(0.1, abs=0.02)


def test_its_sql_shows_the_same_rows(sampled: Report) -> None:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'America/New_York'")
        for issue in sampled.issues:
            if issue.evidence.rows_affected is None or not issue.rows_query:
                continue
            rows = con.execute(f"SELECT COUNT(*) FROM ({issue.rows_query})").fetchall()
            assert rows == [(issue.evidence.rows_affected,)], issue.check


def test_nothing_is_said_that_a_sample_can_not_tell(sampled: Report) -> None:
    assert {issue.defect for issue in sampled.issues} <= {"whitespace", "other"}
    skipped = {check.check for check in sampled.checks if "--sample" in (check.reason or "")}
    assert {
        "keys.foreign_key_orphan",
        "keys.duplicate_row",
        "finance.double_charge",
        "realism.no_seasonality",
    } <= skipped
    assert sampled.metrics["fk_integrity"] == 100.0
    assert [table.rows for table in sampled.tables] == [3000, 60000]


def test_who_could_not_be_told_anything_says_so(sampled: Report) -> None:
    said = {summary.persona: summary.sentences for summary in sampled.summaries}
    assert said["Finance VP"] == ["What is asked here needs every row, and this run looked at a sample."]
    assert len(said["Data Engineer"]) > 1


def test_the_report_says_it_in_every_form(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outs = [tmp_path / f"r.{end}" for end in ("json", "html", "md")]
    assert run(["crunch", str(data), "--sample", "5000", *(x for out in outs for x in ("-o", str(out)))]) == 0
    for text in (capsys.readouterr().out, *(out.read_text() for out in outs)):
        assert "60,000 rows of orders" in text
    notes = json.loads(outs[0].read_text())["notes"]
    assert notes[0].startswith("checks looked at a sample: ")


def test_the_same_rows_every_time(data: Path, sampled: Report) -> None:
    again = crunch(str(data), sample=5000)
    assert [(i.id, i.evidence.rows_affected) for i in again.issues] == [
        (i.id, i.evidence.rows_affected) for i in sampled.issues
    ]


def test_small_tables_are_looked_at_whole_and_asked_everything(data: Path) -> None:
    report = crunch(str(data), sample=1_000_000)
    assert report.notes == ["a sample was asked for, and no table is twice as large: every row was looked at"]
    assert not any("--sample" in (check.reason or "") for check in report.checks)


def test_without_it_no_report_speaks_of_samples(data: Path) -> None:
    assert not crunch(str(data), personas=["DE"]).notes
