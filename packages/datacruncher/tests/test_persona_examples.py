"""The personas in docs/examples/personas: each is right, each check of its own finds what it looks for, each says its summary."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datacruncher import crunch
from datacruncher.personas import read_file
from datacruncher.report.model import Report

FOLDER = Path(__file__).parents[3] / "docs" / "examples" / "personas"
FILES = sorted(FOLDER.glob("*.yaml"))
Write = Callable[[Path, Any], Path]

TABLES = {
    "customer": """SELECT i AS customer_id, 'Ann ' || i AS full_name, 'ann' || i || '@example.com' AS email, 10 + i % 60 AS age,
        TIMESTAMP '2024-01-01 03:10:00' + to_days(CAST(i % 200 AS INTEGER)) AS created_at,
        CASE WHEN i % 9 = 0 THEN 'please write to bob' || i || '@example.com soon' ELSE 'nothing to say about this one' END AS note
        FROM range(300) t(i)""",
    "product": "SELECT i AS product_id, 'p' || i AS product_name, 5.0 + i AS price FROM range(20) t(i)",
    "orders": """SELECT i AS order_id, i % 300 AS customer_id, i % 20 AS product_id, 1 + i % 3 AS quantity,
        CASE WHEN i % 25 = 0 THEN 0.0 ELSE 5.0 + i % 20 END AS unit_price, CASE WHEN i % 10 = 0 THEN 0.75 ELSE 0.1 END AS discount,
        CASE WHEN i % 2 = 0 THEN 100.0 * (1 + i % 7) ELSE 101.37 + i END AS amount,
        TIMESTAMP '2024-08-01 10:00:00' + to_hours(i) AS ordered_at, TIMESTAMP '2024-08-02 10:00:00' + to_hours(i) AS shipped_at,
        TIMESTAMP '2024-08-02 10:00:00' + to_hours(i) + to_days(CAST(1 + i % 20 AS INTEGER)) AS delivered_at,
        CASE WHEN i % 50 = 0 THEN TIMESTAMP '2150-01-01' ELSE TIMESTAMP '2025-01-01' END AS updated_at FROM range(600) t(i)""",
}

# File → what its own checks find in TABLES, computed by hand: check → offending rows.
FOUND = {
    "vp_growth": {"growth_lead.created_at_night": 300},
    "finance_vp": {"controller.round_amounts": 300},
    "data_engineer": {"load_watch.not_today": 12},
    "privacy_officer": {"privacy_officer.email_in_free_text": 34, "privacy_officer.minors": 30},
    "pricing_lead": {"pricing_lead.deep_discount": 60, "pricing_lead.free_of_charge": 24},
    "supply_lead": {"supply_lead.slow_delivery": 180},
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, write_tables: Write) -> Path:
    return write_tables(tmp_path_factory.mktemp("personas") / "data", TABLES)


def _report(path: Path, data: Path, now: dt.datetime) -> Report:
    return crunch(str(data), personas=[], persona_files=[str(path)], now=now)


def test_there_are_the_three_of_the_design_and_three_more() -> None:
    assert {path.stem for path in FILES} == set(FOUND)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_its_own_checks_find_what_they_look_for(path: Path, data: Path, now: dt.datetime) -> None:
    persona, report = read_file(str(path)), _report(path, data, now)
    assert [run.reason for run in report.checks if run.status == "error"] == []
    own = {i.check: i.evidence.rows_affected for i in report.issues if i.check in FOUND[path.stem]}
    assert own == FOUND[path.stem]
    assert report.personas == [persona.name]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_says_its_summary(path: Path, data: Path, now: dt.datetime) -> None:
    persona, report = read_file(str(path)), _report(path, data, now)
    (said,) = report.summaries
    assert said.persona == persona.name
    assert len(said.sentences) == len(persona.summary) + 1
    assert all("{" not in sentence for sentence in said.sentences)
