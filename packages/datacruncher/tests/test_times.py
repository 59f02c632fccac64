"""What is said of two times of one row: a broken order is grave, an order that chance made is told and no more."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datacruncher import crunch
from datacruncher.report.model import Issue

Write = Callable[[Path, Any], Path]

_ORDERED = "TIMESTAMP '2024-01-01' + to_days(CAST(i % 300 AS INTEGER))"
_RANDOM = "TIMESTAMP '2024-01-01' + to_days(CAST(hash(i) % 300 AS INTEGER))"
_LATER = f"{_ORDERED} + INTERVAL 5 DAY"
_BROKEN = f"{_ORDERED} + CASE WHEN i % 5 = 0 THEN INTERVAL '-5' DAY ELSE INTERVAL 5 DAY END"

CASES = {
    "random": (_RANDOM, False, "medium", "no better ordered than two unrelated times would be"),
    "random and declared": (_RANDOM, True, "critical", "have end_at before start_at"),
    "a fifth broken": (_BROKEN, False, "critical", "200 of 1000 rows"),
    "ordered": (_LATER, False, None, ""),
}


@pytest.mark.parametrize("name", CASES)
def test_an_order_by_chance_is_told_and_a_broken_one_is_grave(
    name: str, tmp_path: Path, write_tables: Write, now: dt.datetime
) -> None:
    end, declared, severity, words = CASES[name]
    stay = f"SELECT i AS stay_id, {_ORDERED} AS start_at, {end} AS end_at FROM range(1000) t(i)"
    found = _inverted(write_tables(tmp_path / "data", {"stay": stay}), _schema(tmp_path) if declared else None, now)
    assert [issue.severity for issue in found] == ([severity] if severity else [])
    assert all(words in issue.finding for issue in found)


def _inverted(folder: Path, schema: str | None, now: dt.datetime) -> list[Issue]:
    report = crunch(str(folder), personas=["Data Engineer"], schema=schema, now=now)
    return [issue for issue in report.issues if issue.defect == "interval_inverted"]


def _schema(folder: Path) -> str:
    columns = [{"name": "stay_id", "type": "int"}, *({"name": n, "type": "datetime"} for n in ("start_at", "end_at"))]
    rule = {"left": "stay.start_at", "op": "<=", "right": "stay.end_at"}
    document = {
        "version": "1.0",
        "nodes": [{"id": "stay", "kind": "entity", "pk": "stay_id", "columns": columns}],
        "constraints": {"inequalities": [rule]},
    }
    path = folder / "schema.json"
    path.write_text(json.dumps(document))
    return str(path)
