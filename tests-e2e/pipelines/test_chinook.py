"""Data that no generator of ours made: the keys are found, clean data is called clean, and each break is found where it is."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.stranger import Shell, Wheelhouse
from repository.sources import ROOT

CHINOOK = ROOT / "docs" / "examples" / "data" / "chinook"
TRUTH = json.loads((Path(__file__).parent / "chinook_truth.json").read_text(encoding="utf-8"))

# defect → table, columns, the statement that breaks it, rows that offend
BREAKS = {
    "primary_key_duplicate": ("Artist", ["ArtistId"], "INSERT INTO t SELECT 1, 'Another'", 1),
    "foreign_key_orphan": ("InvoiceLine", ["TrackId"], "UPDATE t SET TrackId = 999999 WHERE InvoiceLineId <= 37", 37),
    "future_timestamp": (
        "Invoice",
        ["InvoiceDate"],
        "UPDATE t SET InvoiceDate = InvoiceDate + INTERVAL 60 YEAR WHERE InvoiceId <= 20",
        20,
    ),
    "aggregate_mismatch": ("Invoice", ["Total"], "UPDATE t SET Total = Total + 7 WHERE InvoiceId <= 25", 25),
}


@pytest.fixture
def shell(wheelhouse: Wheelhouse, tmp_path: Path) -> Shell:
    """A stranger who has installed datacruncher alone, with a copy of the data."""
    shutil.copytree(CHINOOK, tmp_path / "chinook")
    return wheelhouse.environment("datacruncher").at(tmp_path)


def crunched(shell: Shell) -> dict[str, Any]:
    shell.good("datacruncher crunch chinook")
    report: dict[str, Any] = shell.read("crunch_report.json")
    return report


def test_every_key_is_found_and_no_false_one(shell: Shell) -> None:
    report = crunched(shell)
    keys = {table["name"]: table["primary_key"]["columns"] for table in report["tables"]}
    assert keys == {name: table["primary_key"] for name, table in TRUTH["tables"].items()}
    found = {
        f"{table['name']}.{','.join(key['columns'])} → {key['references']['table']}.{','.join(key['references']['columns'])}"
        for table in report["tables"]
        for key in table["foreign_keys"]
    }
    assert found == {f"{key['from']} → {key['to']}" for key in TRUTH["foreign_keys"]}


def test_clean_data_is_called_clean_in_seconds(shell: Shell) -> None:
    start = time.monotonic()
    report = crunched(shell)
    assert time.monotonic() - start < 10
    assert [issue["finding"] for issue in report["issues"] if issue["severity"] in {"critical", "high"}] == []


def breaking(shell: Shell, table: str, statement: str) -> None:
    path = shell.folder / "chinook" / f"{table}.parquet"
    with duckdb.connect() as fresh:
        fresh.execute(f"CREATE TABLE t AS SELECT * FROM read_parquet('{path}')")
        fresh.execute(statement)
        fresh.execute(f"COPY t TO '{path}'")


@pytest.mark.parametrize("defect", BREAKS)
def test_a_break_is_found_where_it_is(shell: Shell, defect: str) -> None:
    table, columns, statement, rows = BREAKS[defect]
    breaking(shell, table, statement)
    issues = [issue for issue in crunched(shell)["issues"] if issue["defect"] == defect]
    places = [
        (issue["location"]["table"], issue["location"]["columns"], issue["evidence"]["rows_affected"])
        for issue in issues
    ]
    assert (table, columns, rows) in places
    assert len(places) == 1


def test_all_breaks_at_once_are_all_found_and_polished_without_losing_a_row(
    wheelhouse: Wheelhouse, shell: Shell
) -> None:
    for table, _columns, statement, _rows in BREAKS.values():
        breaking(shell, table, statement)
    first = crunched(shell)
    assert {issue["defect"] for issue in first["issues"]} >= set(BREAKS)
    everything = wheelhouse.environment("datagen").at(shell.folder)
    everything.good("datagen polish crunch_report.json --auto -o polished/")
    report = everything.read("polish_report.json")
    assert {issue["id"] for issue in first["issues"]} <= {action["finding_id"] for action in report["actions"]}
    for table in report["tables"]:
        kept = table["rows_out"] + table["rows_quarantined"] + table["rows_collapsed"]
        assert shell.rows("chinook", table["name"]) == table["rows_in"] == kept
        assert shell.rows("polished", table["name"]) == table["rows_out"]
    assert all(action["path"] != "schema" for action in report["actions"] if action["status"] == "applied")
