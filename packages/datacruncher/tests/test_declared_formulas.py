"""Formulas that the schema declares are held against the data, whether or not they could be found in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datacruncher import crunch

Write = Callable[[Path, Any], Path]
ROWS = "range(1, 401) t(i)"
WRONG = "CASE WHEN i IN (7, 90) THEN 3 ELSE 0 END"


def _column(name: str, type_: str, **said: Any) -> dict[str, Any]:
    return {"name": name, "type": type_, "generator": {"sequence": {}}} | said


def _schema(folder: Path, code: str, **said: Any) -> Path:
    numbers = [_column("nights", "int"), _column("rate", "float"), _column("fee", "float")]
    total = _column("total", "float", **({"generator": {"expression": {"code": code}}} | said))
    node = {
        "id": "stay",
        "kind": "entity",
        "pk": "stay_id",
        "rows": 400,
        "columns": [_column("stay_id", "int"), *numbers, total],
    }
    times = {"start": "2024-01-01T00:00:00Z", "end": "2024-12-31T00:00:00Z", "freq": "D"}
    path = folder / "schema.json"
    path.write_text(json.dumps({"version": "1.0", "metadata": {"name": "s"}, "timeframe": times, "nodes": [node]}))
    return path


CASES = {
    "a sum of a product": (
        "round(nights * rate + fee, 2)",
        f"ROUND((1 + i % 9) * (i % 37 + 0.55) + i % 3, 2) + {WRONG}",
        {},
        2,
    ),
    "a constant factor": ("rate * 0.19 - fee / 2", f"(i % 37 + 0.55) * 0.19 - (i % 3) / 2 + {WRONG}", {}, 2),
    "results rounded, inputs not": (
        "nights * rate",
        f"(1 + i % 9) * (i % 37 + 0.55) + 0.004 * (1 + i % 9) + {WRONG}",
        {},
        2,
    ),
    "a value moved afterwards": (
        "nights * rate + fee",
        f"(1 + i % 9) * (i % 37 + 0.55) + i % 3 + {WRONG}",
        {"modifiers": [{"transform": "jitter", "args": {"std": 0.1, "mode": "add"}}]},
        0,
    ),
    "what SQL does not say": ("max(nights, rate) ** 2 + fee", f"i + {WRONG}", {}, 0),
    "a formula that the data does not keep": (
        "nights * rate + fee + 1000",
        f"(1 + i % 9) * (i % 37 + 0.55) + i % 5 + {WRONG}",
        {},
        0,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_declared_formula_is_held_against_the_data(name: str, tmp_path: Path, write_tables: Write) -> None:
    code, total, said, wrong = CASES[name]
    inputs = "1 + i % 9 AS nights, i % 37 + 0.55::DOUBLE AS rate, (i % 3)::DOUBLE AS fee"
    query = f"SELECT i AS stay_id, {inputs}, ({total})::DOUBLE AS total FROM {ROWS}"
    folder = write_tables(tmp_path / "data", {"stay": query})
    report = crunch(str(folder), schema=str(_schema(tmp_path, code, **said)), personas=["Data Engineer"])
    found = [issue for issue in report.issues if issue.check == "consistency.arithmetic_mismatch"]
    assert [issue.evidence.rows_affected for issue in found] == ([wrong] if wrong else [])
    for issue in found:
        assert issue.evidence.details["declared"] is True
        assert issue.evidence.details["result_column"] == "total"
        assert (issue.evidence.details["tolerance"] > 0.03) == (name == "results rounded, inputs not")
