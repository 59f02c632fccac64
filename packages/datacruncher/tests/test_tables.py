"""Tables that are no files of a directory: frames, connections, files elsewhere."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from datacruncher import crunch
from datacruncher.errors import InputError
from datacruncher.tables import Bounds, is_remote, open_remote

BUYERS = pa.table(
    {"buyer_id": range(1, 201), "joined_at": [dt.datetime(2024, 1, 1) + dt.timedelta(days=i) for i in range(200)]}
)
ORDERS = pa.table(
    {
        "order_id": range(1, 1001),
        "buyer_id": [900 + i if i % 10 == 0 else 1 + i % 200 for i in range(1000)],
        "status": [None if i % 4 == 0 else "paid" for i in range(1000)],
        "placed_at": pa.array(
            [dt.datetime(2025, 1, 1, i % 24) for i in range(1000)], pa.timestamp("us", "Europe/Berlin")
        ),
    }
)
FRAMES: dict[str, Callable[[pa.Table], Any]] = {
    "pyarrow": lambda table: table,
    "polars": pl.from_arrow,
    "polars, lazy": lambda table: pl.from_arrow(table).lazy(),
    "pandas": lambda table: table.to_pandas(),
    "a reader of batches": lambda table: table.to_reader(),
}


def found(report: Any) -> list[tuple[str, str | None, int | None]]:
    return [(i.check, i.location.table, i.evidence.rows_affected) for i in report.issues if i.check.startswith("keys.")]


EXPECTED = [("keys.foreign_key_orphan", "orders", 100)]


@pytest.mark.parametrize("kind", FRAMES)
def test_frames_of_any_kind(kind: str) -> None:
    make = FRAMES[kind]
    report = crunch({"buyers": make(BUYERS), "orders": make(ORDERS)}, personas=["DE"])
    assert found(report) == EXPECTED
    assert report.dataset == "tables in memory"
    assert report.dataset_digest is None
    assert [(table.name, table.rows) for table in report.tables] == [("buyers", 200), ("orders", 1000)]


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.register("buyers", BUYERS)
    con.execute("CREATE TABLE orders AS SELECT * FROM ORDERS").fetchall()
    con.execute("CREATE VIEW paid AS FROM orders WHERE status = 'paid'")
    return con


def test_an_open_connection(connection: duckdb.DuckDBPyConnection) -> None:
    before = connection.execute("SELECT SUM(order_id) FROM orders").fetchall()
    report = crunch(connection, personas=["DE"])
    assert ("keys.foreign_key_orphan", "orders", 100) in found(report)
    assert {table.name for table in report.tables} == {"buyers", "orders", "paid"}
    assert connection.execute("SELECT SUM(order_id) FROM orders").fetchall() == before
    assert connection.execute("SELECT current_setting('enable_external_access')").fetchall() == [(True,)]


def test_the_sql_runs_as_it_stands_where_the_tables_are(connection: duckdb.DuckDBPyConnection) -> None:
    report = crunch(connection, personas=["DE"])
    orphans = next(i for i in report.issues if i.check == "keys.foreign_key_orphan" and i.location.table == "orders")
    assert orphans.sql_query is not None
    assert orphans.rows_query is not None
    assert connection.execute(orphans.sql_query).fetchall()[0][0] == 100
    assert len(connection.execute(orphans.rows_query).fetchall()) == 100


MISTAKES = {
    "nothing": ({}, "no table was given"),
    "a number": ({"a": 3}, "tables['a']: int is no frame"),
    "twice the same name": ({"a": BUYERS, "A": BUYERS}, 'tables: "a" and "A" are the same name'),
    "no name": ({"": BUYERS}, "is no name of a table"),
    "something else": (42, "path_or_tables: no data: int"),
    "an empty connection": (duckdb.connect(), "the connection has no table"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_is_no_data_is_refused_with_a_sentence(name: str) -> None:
    given, words = MISTAKES[name]
    with pytest.raises(InputError) as caught:
        crunch(given)
    assert words in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_a_path_object_is_a_path(chinook: Path) -> None:
    assert crunch(chinook, personas=["DE"]).dataset == str(chinook)


def test_frames_of_others_are_not_imported() -> None:
    code = (
        "import sys, duckdb\nfrom datacruncher import crunch\n"
        "con = duckdb.connect()\ncon.execute('CREATE TABLE t AS SELECT i AS id FROM range(50) r(i)').fetchall()\n"
        "crunch(con)\nprint([m for m in ('pandas', 'polars') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "address", ["s3://bucket/data/", "https://example.org/a.parquet", "S3://x/y.parquet", "gs://b/d"]
)
def test_remote_addresses_are_known(address: str) -> None:
    assert is_remote(address)


@pytest.mark.parametrize("given", ["data/", "/tmp/s3", "s3", "C:\\data", Path("https")])
def test_paths_are_not_remote(given: Any) -> None:
    assert not is_remote(given)


def test_without_httpfs_one_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))  # where the engine looks for what was installed
    with pytest.raises(InputError) as caught:
        open_remote("https://example.org/a.parquet", Bounds())
    (line,) = str(caught.value).splitlines()
    assert line.startswith("https://example.org/a.parquet: remote files are read through DuckDB's extension httpfs")
    assert 'run "INSTALL httpfs" once in DuckDB' in line
