"""Small datasets, schemas and reports, written by hand: what the tests of this package polish."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest


def _write_table(path: Path, query: str) -> None:
    """The rows of a query as a Parquet file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute("SET TimeZone='UTC'")
        con.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def _finding(defect: str, table: str | None, *columns: str, **changes: Any) -> dict[str, Any]:
    """One issue of a crunch report."""
    related = changes.pop("related", None)
    location: dict[str, Any] = {"table": table, "columns": list(columns)}
    location |= {"related": {"table": related[0], "columns": [related[1]]}} if related else {}
    evidence: dict[str, Any] = {"rows_affected": changes.pop("rows", 1), "rows_total": changes.pop("total", 100)}
    evidence["observed"] = changes.pop("observed", None)
    evidence["details"] = changes.pop("details", {})
    base = {
        "id": f"{defect}-{table}-{'-'.join(columns)}",
        "check": f"made.{defect}",
        "defect": defect,
        "severity": "medium",
        "category": "data_quality",
        "persona": "Data Engineer",
        "finding": f"{defect} in {table}",
        "location": location,
        "evidence": evidence,
    }
    return base | changes


def _report(dataset: Path | str, *issues: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A crunch report over these issues."""
    severities = [issue["severity"] for issue in issues]
    counts = {word: severities.count(word) for word in ("critical", "high", "medium", "low")}
    base = {
        "contract": "crunch-report/1.0",
        "tool": {"name": "datacruncher", "version": "1.0.0", "engine": "duckdb 2.0.0"},
        "analysis_date": "2024-06-01T00:00:00Z",
        "dataset": str(dataset),
        "dataset_digest": None,
        "schema": None,
        "personas": ["Data Engineer"],
        "tables": [],
        "issues": list(issues),
        "metrics": {"tables_analyzed": 2, "total_rows": 105, "fk_integrity": 100.0, "null_rate": 0.0},
        "checks": [],
        "summary": {"total_issues": len(issues), "by_severity": counts, "quality_score": 90},
    }
    return base | changes


class Make:
    """What the tests put together."""

    table = staticmethod(_write_table)
    finding = staticmethod(_finding)
    report = staticmethod(_report)


@pytest.fixture
def make() -> Make:
    return Make()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Two tables: five users, a hundred orders."""
    root = tmp_path / "shop"
    _write_table(
        root / "user.parquet",
        "SELECT i AS user_id, 'user ' || i AS name, TIMESTAMP '2024-01-01' + INTERVAL (i) DAY AS created_at "
        "FROM range(1, 6) t(i)",
    )
    _write_table(
        root / "order.parquet",
        "SELECT i AS order_id, 1 + i % 5 AS user_id, TIMESTAMP '2024-02-01' + INTERVAL (i) HOUR AS placed_at, "
        "CAST(i AS DOUBLE) / 7 AS amount, CASE WHEN i % 50 = 0 THEN 'Paid ' ELSE 'Paid' END AS status "
        "FROM range(100) t(i)",
    )
    return root


@pytest.fixture
def write_report(tmp_path: Path) -> Callable[..., Path]:
    """Write a report as ``crunch_report.json``; its path."""

    def write(content: dict[str, Any], name: str = "crunch_report.json") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(content, indent=2), encoding="utf-8")
        return path

    return write


@pytest.fixture
def schema_text() -> str:
    """A schema with the faults that path 1 mends, laid out as an author would."""
    return _SCHEMA


_SCHEMA = """\
{
  "version": "1.0",
  "$comment": "kept",
  "metadata": {"name": "Shop"},
  "timeframe": {"start": "2024-01-01T00:00:00Z", "end": "2024-03-31T23:59:59Z", "freq": "H"},
  "nodes": [
    {
      "id": "user",
      "kind": "entity",
      "pk": "user_id",
      "rows": 5,
      "columns": [
        {"name": "user_id", "type": "int", "generator": {"sequence": {}}},
        {"name": "name", "type": "string", "generator": {"faker": {"method": "name"}}},
        {"name": "created_at", "type": "datetime",
         "generator": {"datetime_series": {"within": "timeframe", "freq": "H"}}},
        {"name": "since", "type": "date", "generator": {"datetime_series": {"within": "timeframe", "freq": "D"}}},
        {"name": "credit", "type": "float",
         "generator": {"distribution": {"type": "uniform", "params": {"low": 0, "high": 100}}}},
        {"name": "plan", "type": "string", "generator": {"choice": {"choices": ["free", "pro"], "weights": [0.75, 0.25]}}},
        {"name": "loaded", "type": "datetime", "generator": {"choice": {"choices": ["2024-01-01T00:00:00Z"]}}},
        {"name": "tier", "type": "string", "constraints": {"enum": ["a", "b"]},
         "generator": {"choice": {"choices": ["a", "b", "c"]}}}
      ]
    },
    {
      "id": "order",
      "kind": "fact",
      "pk": "order_id",
      "parents": ["user"],
      "fanout": {"distribution": "poisson", "lambda": 8, "min": 0, "max": 20},
      "columns": [
        {"name": "order_id", "type": "int", "generator": {"sequence": {}}},
        {"name": "user_id", "type": "int", "generator": {"lookup": {"from": "user.user_id"}}},
        {"name": "placed_at", "type": "datetime", "after_parent": false,
         "generator": {"datetime_series": {"within": "timeframe", "freq": "H"}}},
        {"name": "shipped_at", "type": "datetime",
         "generator": {"datetime_series": {"within": "timeframe", "freq": "H"}}},
        {"name": "amount", "type": "float",
         "generator": {"distribution": {"type": "lognormal", "params": {"mean": 3, "sigma": 1}, "clamp": [0, 900]}}},
        {"name": "note", "type": "string", "nullable": true, "null_rate": 0.2,
         "generator": {"choice": {"choices": ["a", null], "weights": [0.5, 0.5]}}},
        {"name": "status", "type": "string",
         "generator": {"choice": {"choices": ["paid", "Paid", "open"], "weights": [0.2, 0.3, 0.5]}}}
      ]
    },
    {
      "id": "step", "kind": "fact", "pk": "step_id", "parents": ["user"],
      "stage_config": {"stages": [{"stage_name": "visit", "transition_rate": 1.0},
                                  {"stage_name": "signup", "transition_rate": 0.05},
                                  {"stage_name": "buy", "transition_rate": 0.4}]},
      "columns": [
        {"name": "step_id", "type": "int", "generator": {"sequence": {}}},
        {"name": "adopted_at", "type": "datetime",
         "generator": {"diffusion_curve": {"within": "timeframe", "curve_type": "logistic", "inflection_point": 0.8}}}
      ]
    },
    {
      "id": "sale", "kind": "fact", "pk": "sale_id", "parents": ["product"],
      "fanout": {"distribution": "poisson", "lambda": 0, "max": 9},
      "attribution_chain": {"channels": ["search", "mail"], "channel_weights": [0.81, 0.01],
                            "touchpoint_table_name": "touch"},
      "columns": [
        {"name": "sale_id", "type": "int", "generator": {"sequence": {}}},
        {"name": "product_id", "type": "int", "generator": {"lookup": {"from": "product.product_id"}}},
        {"name": "n", "type": "int", "generator": {"choice": {"choices": [1, 2]}}},
        {"name": "price", "type": "float",
         "generator": {"distribution": {"type": "lognormal", "params": {"mean": 3, "sigma": 0.4}}},
         "modifiers": [{"transform": "outliers", "args": {"rate": 0.1, "mode": "spike"}}]},
        {"name": "total", "type": "float",
         "generator": {"distribution": {"type": "uniform", "params": {"low": 1, "high": 9}}}},
        {"name": "mail", "type": "string", "generator": {"faker": {"method": "phone_number"}}},
        {"name": "phone", "type": "string", "generator": {"faker": {"method": "email"}}}
      ]
    },
    {
      "id": "product", "kind": "entity", "pk": "product_id", "rows": 0,
      "columns": [
        {"name": "product_id", "type": "int", "generator": {"sequence": {}}},
        {"name": "price", "type": "float",
         "generator": {"distribution": {"type": "uniform", "params": {"low": 1, "high": 9}}}}
      ]
    }
  ],
  "constraints": {
    "ranges": [
      {"attr": "order.amount", "min": 0}
    ]
  }
}
"""
