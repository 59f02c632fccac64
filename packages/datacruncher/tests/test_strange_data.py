"""Data of every shape that Parquet allows: nothing falls over, and nothing that is whole is called gravely broken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datacruncher import crunch, sampling
from datacruncher.report.model import Report

N = 400
_DAY = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def _whole(report: Report) -> None:
    """No check fell over, and nothing is gravely wrong."""
    errors = [f"{check.check}: {check.reason}" for check in report.checks if check.status == "error"]
    grave = [f"{issue.severity}: {issue.finding}" for issue in report.issues if issue.severity in {"critical", "high"}]
    assert (errors, grave) == ([], [])


def _times(unit: str, zone: str | None = None) -> pa.Array:
    stamps = [_DAY + dt.timedelta(hours=7 * i) for i in range(N)]
    plain = stamps if zone else [stamp.replace(tzinfo=None) for stamp in stamps]
    return pa.array(plain, pa.timestamp(unit, zone))


COLUMNS: dict[str, Callable[[], pa.Array]] = {
    "struct": lambda: pa.array([{"a": i, "b": {"c": f"x{i % 3}"}} for i in range(N)]),
    "list": lambda: pa.array([list(range(i % 4)) for i in range(N)]),
    "list_of_struct": lambda: pa.array([[{"sku": f"s{i}", "n": i}] * (i % 3) for i in range(N)]),
    "map": lambda: pa.array([[("k", i)] for i in range(N)], pa.map_(pa.string(), pa.int64())),
    "fixed_list": lambda: pa.array([[i, i + 1] for i in range(N)], pa.list_(pa.int32(), 2)),
    "decimal_38": lambda: pa.array([Decimal(i * 7919 % 1009) / 100 for i in range(N)], pa.decimal128(38, 10)),
    "decimal_18": lambda: pa.array([Decimal(i * 31 % 97) / 100 for i in range(N)], pa.decimal128(18, 2)),
    "uint64": lambda: pa.array([2**63 + i for i in range(N)], pa.uint64()),
    "uint8": lambda: pa.array([i % 200 for i in range(N)], pa.uint8()),
    "int8": lambda: pa.array([i % 100 - 50 for i in range(N)], pa.int8()),
    "half": lambda: pa.array([float(i % 9) for i in range(N)], pa.float32()).cast(pa.float16()),
    "float_with_all": lambda: pa.array([float("nan"), float("inf"), -float("inf"), 1e300, -1e300, *range(5, N)], pa.float64()),
    "dictionary": lambda: pa.array([f"colour {i % 5}" for i in range(N)]).dictionary_encode(),
    "binary": lambda: pa.array([bytes([i % 256, 255, 0]) for i in range(N)]),
    "fixed_binary": lambda: pa.array([i.to_bytes(16, "big") for i in range(N)], pa.binary(16)),
    "large_string": lambda: pa.array([f"text {i * 37 % 11}" for i in range(N)], pa.large_string()),
    "all_null": lambda: pa.nulls(N, pa.string()),
    "null_type": lambda: pa.nulls(N),
    "boolean": lambda: pa.array([i % 3 == 0 for i in range(N)]),
    "date32": lambda: pa.array([(_DAY + dt.timedelta(days=i)).date() for i in range(N)], pa.date32()),
    "date64": lambda: pa.array([(_DAY + dt.timedelta(days=i)).date() for i in range(N)], pa.date64()),
    "far_dates": lambda: pa.array([dt.date(1, 1, 1), dt.date(9999, 12, 31), *[dt.date(2024, 1, 1)] * (N - 2)], pa.date32()),
    "time32": lambda: pa.array([dt.time(i % 24, i % 60) for i in range(N)], pa.time32("ms")),
    "time64": lambda: pa.array([dt.time(i % 24, i % 60, i % 60) for i in range(N)], pa.time64("us")),
    "duration": lambda: pa.array([dt.timedelta(seconds=i) for i in range(N)], pa.duration("us")),
    **{f"stamp_{unit}": (lambda unit=unit: _times(unit)) for unit in ("s", "ms", "us", "ns")},
    **{f"stamp_{unit}_utc": (lambda unit=unit: _times(unit, "UTC")) for unit in ("ms", "us", "ns")},
    "stamp_kathmandu": lambda: _times("us", "Asia/Kathmandu"),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(COLUMNS))
def test_a_column_of_any_type(kind: str, tmp_path: Path, now: dt.datetime) -> None:
    values = COLUMNS[kind]()
    table = pa.table({"thing_id": pa.array(range(1, N + 1)), "happened_at": _times("us"), kind: values})
    pq.write_table(table, tmp_path / "thing.parquet")
    report = crunch(str(tmp_path), now=now)
    _whole(report)
    column = report.tables[0].columns[2]
    assert column.nulls == values.null_count


def test_128_bits_and_uuids(tmp_path: Path, now: dt.datetime) -> None:
    query = (
        "SELECT (170141183460469231731687303715884105000 + i)::HUGEINT AS big, (i * 3)::UHUGEINT AS more, uuid() AS u,"
        " INTERVAL (i) HOUR AS lasted, i::BIT AS bits, ('v' || i % 4)::ENUM('v0', 'v1', 'v2', 'v3') AS few FROM range(400) t(i)"
    )
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{tmp_path}/wide.parquet' (FORMAT parquet)")
    _whole(crunch(str(tmp_path), now=now))


NAMES = [
    "naïve café",
    "日本語",
    'with "quotes"',
    "it's",
    "a;b--c",
    "select",
    "a.b",
    "tab\there",
    "{brace}",
    "%s",
    "\\n",
    "ß",
    " lead",
]


def test_names_of_every_kind(tmp_path: Path, now: dt.datetime) -> None:
    for name in NAMES:
        safe = name.replace("\t", " ")
        table = pa.table(
            {f"{name} id": range(1, N + 1), name: [f"v{i % 7}" for i in range(N)], f"{name} at": _times("us")}
        )
        pq.write_table(table, tmp_path / f"{safe}.parquet")
    report = crunch(str(tmp_path), now=now)
    _whole(report)
    assert sorted(table.name for table in report.tables) == sorted(name.replace("\t", " ") for name in NAMES)


def test_empty_tables(tmp_path: Path, now: dt.datetime) -> None:
    schema = pa.schema(
        {"order_id": pa.int64(), "customer_id": pa.int64(), "at": pa.timestamp("us"), "tags": pa.list_(pa.string())}
    )
    pq.write_table(schema.empty_table(), tmp_path / "order.parquet")
    pq.write_table(pa.table({"customer_id": range(1, N + 1)}), tmp_path / "customer.parquet")
    report = crunch(str(tmp_path), now=now)
    assert [check.reason for check in report.checks if check.status == "error"] == []
    assert {issue.defect for issue in report.issues if issue.location.table == "order"} <= {"empty_table"}


def test_parts_that_are_written_otherwise(tmp_path: Path, now: dt.datetime) -> None:
    """One table in files of other widths, orders and encodings, and in hive partitions."""
    ids = pa.array(range(1, N + 1))
    word = pa.array([f"w{i % 6}" for i in range(N)])
    (tmp_path / "log").mkdir()
    pq.write_table(
        pa.table({"log_id": ids.cast(pa.int32()), "word": word.dictionary_encode()}), tmp_path / "log" / "a.parquet"
    )
    pq.write_table(
        pa.table({"log_id": pa.array(range(N + 1, 2 * N + 1)), "word": word}),
        tmp_path / "log" / "b.parquet",
        compression="gzip",
    )
    for year in (2023, 2024):
        for country in ("DE", "Curaçao"):
            folder = tmp_path / "visit" / f"year={year}" / f"country={country}"
            folder.mkdir(parents=True)
            first = (year - 2023) * 2 * N + (country == "DE") * N
            pq.write_table(pa.table({"visit_id": range(first, first + N), "page": word}), folder / "0.parquet")
    report = crunch(str(tmp_path), now=now)
    assert [check.reason for check in report.checks if check.status == "error"] == []
    assert {table.name: table.rows for table in report.tables} == {"log": 2 * N, "visit": 4 * N}
    assert {column.name for column in report.tables[1].columns} == {"visit_id", "page", "year", "country"}
    assert [issue.finding for issue in report.issues if issue.severity == "critical"] == []


def test_five_hundred_columns_and_two_hundred_tables(tmp_path: Path, now: dt.datetime) -> None:
    """Ends in under a minute, with a report that a person can read."""
    wide = {"row_id": range(1, 2001)} | {
        f"measure_{i}": [(j * (i + 7)) % 1013 / 10 for j in range(2000)] for i in range(499)
    }
    pq.write_table(pa.table(wide), tmp_path / "wide.parquet")
    for number in range(200):
        parent = {f"parent_{number - 1}_id": [1 + i % 50 for i in range(50)]} if number % 2 else {}
        table = pa.table({f"parent_{number}_id": range(1, 51), **parent, "label": [f"l{i}" for i in range(50)]})
        pq.write_table(table, tmp_path / f"parent_{number}.parquet")
    start = perf_counter()
    report = crunch(str(tmp_path), now=now)
    assert perf_counter() - start < 60 * _PATIENCE
    _whole(report)
    assert len(report.issues) < 100
    keys = {table.name: table.primary_key.columns for table in report.tables if table.primary_key}
    assert all(keys[f"parent_{number}"] == [f"parent_{number}_id"] for number in range(200))
    references = {(table.name, key.references.table) for table in report.tables for key in table.foreign_keys}
    assert references == {(f"parent_{n}", f"parent_{n - 1}") for n in range(1, 200, 2)}


_PATIENCE = 5  # machines that run other tests at the same time


@pytest.fixture
def small_samples(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tables of thousands of rows are treated as those of millions."""
    monkeypatch.setattr(sampling, "LARGE", 5_000)
    monkeypatch.setattr(sampling, "_ROWS", 10_000)
    monkeypatch.setattr(sampling, "_FEWEST", 5_000)
    yield


_SALES = """SELECT i AS sale_id, 1 + (i * 7919) % 500 AS buyer_id, TIMESTAMP '2023-01-01' + INTERVAL (i * 17 % 525600) MINUTE AS sold_at,
    ROUND(EXP(2 + (hash(i) % 1000) / 400.0), 2) AS amount, 'kind ' || (hash(i, 3) % 7) AS kind FROM range(40000) t(i)"""

DAMAGED: dict[str, str] = {
    "clean": _SALES,
    "another_unit": f"SELECT * REPLACE (CASE WHEN MONTH(sold_at) = 5 THEN amount * 100 ELSE amount END AS amount) FROM ({_SALES})",
    "sentinel": f"SELECT * REPLACE (CASE WHEN sale_id % 4001 = 7 THEN 'N/A' ELSE kind END AS kind) FROM ({_SALES})",
    "blanks": f"SELECT * REPLACE (CASE WHEN sale_id % 4001 = 7 THEN kind || ' ' ELSE kind END AS kind) FROM ({_SALES})",
    "drift": f"SELECT * REPLACE (CASE WHEN MONTH(sold_at) = 8 THEN 'kind 0' ELSE kind END AS kind) FROM ({_SALES})",
    "outlier": f"SELECT * REPLACE (CASE WHEN sale_id IN (77, 7777) THEN 9e9 ELSE amount END AS amount) FROM ({_SALES})",
    "twice": f"{_SALES} UNION ALL SELECT * REPLACE (sale_id + 100000 AS sale_id) FROM ({_SALES})"
    " WHERE CAST(sold_at AS DATE) = '2023-06-06'",
}


@pytest.mark.parametrize("damage", sorted(DAMAGED))
def test_a_look_at_a_sample_first_changes_no_finding(
    damage: str,
    tmp_path: Path,
    now: dt.datetime,
    write_tables: Callable[[Path, Any], Path],
    request: pytest.FixtureRequest,
) -> None:
    tables = {"buyer": "SELECT i AS buyer_id, 'b' || i AS buyer_name FROM range(1, 501) t(i)", "sale": DAMAGED[damage]}
    folder = str(write_tables(tmp_path / "data", tables))
    whole = _told(crunch(folder, now=now))
    request.getfixturevalue("small_samples")
    assert _told(crunch(folder, now=now)) == whole
    assert whole or damage == "clean"


def _told(report: Report) -> list[tuple[str, str, int | None]]:
    return sorted((issue.check, issue.severity, issue.evidence.rows_affected) for issue in report.issues)
