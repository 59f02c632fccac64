"""A rule before data made for it: what it amounts to, and how many rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from datapolisher.importing.claims import (
    Absent,
    Between,
    Cased,
    Claim,
    Determined,
    Moment,
    NotNull,
    Readable,
    Refers,
    Rule,
    Unique,
)
from datapolisher.importing.faults import Case, Fault
from datapolisher.importing.look import Look, UnmeasuredError
from datapolisher.importing.measure import measure
from datapolisher.importing.names import Names
from datapolisher.importing.shapes import family
from datapolisher.source import read_dataset

Measured = Callable[..., list[Fault]]
WORDS = "SELECT unnest(['red', 'red', 'Red', 'RED', 'blue', NULL]) AS colour"
TEXTS = """SELECT * FROM (VALUES ('{"a": 1}', '31/12/2024'), ('{a', '12/31/2024'), (NULL, NULL)) t(body, day)"""
TOWNS = "SELECT * FROM (VALUES ('Rome', 'IT'), ('Rome', 'IT'), ('Rome', 'FR'), ('Oslo', 'NO'), ('Oslo', NULL)) t(town, land)"
DAYS = "SELECT DATE '2024-05-01' + i::INTEGER AS day FROM range(4) t(i)"
HOLES = "SELECT unnest([1.5, -999, -999, NULL]) AS value"
PEOPLE = "SELECT i AS id, 'x' AS name FROM range(1, 51) t(i)"
TWICE = PEOPLE + " UNION ALL SELECT 7, 'y'"
VISITS = "SELECT i AS visit, (1 + i % 52)::DOUBLE AS person FROM range(104) t(i)"


@pytest.fixture
def measured(tmp_path: Path) -> Measured:
    """Measure a rule about the table `t` in the tables given as queries."""

    def of(rule: Rule, at: str | None = "2024-05-02T10:00:00Z", **tables: str) -> list[Fault]:
        for name, query in tables.items():
            with duckdb.connect() as con:
                con.execute(f"COPY ({query}) TO '{tmp_path / name}.parquet'")
        dataset = read_dataset(tmp_path)
        with Look(dataset) as look:
            return measure(rule, Case(Claim("tool.check", "failed", ("t",), (rule,)), "t", Names(dataset), look, at=at))

    return of


CASES: list[tuple[str, Rule, dict[str, str], list[tuple[str, int | None]]]] = [
    ("capitals", Cased(("colour",)), {"t": WORDS}, [("category_variant", 2)]),
    ("json", Readable(("body",), "json"), {"t": TEXTS}, [("invalid_format", 1)]),
    ("date-of-a-form", Readable(("day",), "date", "%d/%m/%Y"), {"t": TEXTS}, [("invalid_format", 1)]),
    ("determined", Determined(("land", "town")), {"t": TOWNS}, [("dependency_violation", 1)]),
    ("after-today", Between(("day",), high=Moment(day=True)), {"t": DAYS}, [("future_timestamp", 2)]),
    ("stand-in-of-a-number", NotNull(("value",), (-999,)), {"t": HOLES}, [("unexpected_null", 1), ("sentinel_value", 2)]),
    ("stand-in-by-its-form", NotNull(("colour",), (), "^b"), {"t": WORDS}, [("unexpected_null", 1), ("sentinel_value", 1)]),
    ("key-as-decimal", Refers(("person",), ("p",), ("id",)), {"t": VISITS, "p": PEOPLE}, [("foreign_key_orphan", 4)]),
    ("childless", Refers(("id",), ("v",), ("person",)), {"t": PEOPLE, "v": VISITS + " WHERE i % 52 < 40"}, [("constraint_violated", 10)]),
    ("forbidden-column", Absent(("COL%", "z")), {"t": WORDS}, [("schema_drift", None)]),
    ("no-forbidden-column", Absent(("tone",)), {"t": WORDS}, []),
    ("key-by-its-surplus", Unique((), key=True, among=("id", "name"), surplus=1), {"t": TWICE}, [("primary_key_duplicate", 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "tables", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_broken_rule_has_its_word_and_its_rows(
    measured: Measured, rule: Rule, tables: dict[str, str], expected: list[tuple[str, int | None]]
) -> None:
    assert [(fault.defect, fault.rows) for fault in measured(rule, **tables)] == expected


@pytest.mark.parametrize(
    ("rule", "table", "said"),
    [
        (Between(("day",), high=Moment()), DAYS, "the time of the check, which the document does not tell"),
        (Readable(("day",), "date", "%Y"), DAYS, "where no form can be seen"),
        (Unique((), key=True, among=("colour", "x"), surplus=9), WORDS, "does not name the key"),
    ],
    ids=["no-time", "no-text", "no-key"],
)
def test_what_cannot_be_measured_says_why(measured: Measured, rule: Rule, table: str, said: str) -> None:
    with pytest.raises(UnmeasuredError, match=said):
        measured(rule, at=None, t=table)


def test_a_tool_that_takes_nan_for_no_value_is_understood(tmp_path: Path) -> None:
    with duckdb.connect() as con:
        con.execute(
            f"COPY (SELECT unnest([1.5, NULL, 'nan'::DOUBLE, 'nan'::DOUBLE]) AS v) TO '{tmp_path / 't.parquet'}'"
        )
    dataset, rule = read_dataset(tmp_path), NotNull(("v",))
    with Look(dataset) as look:
        found = {
            rows: [
                (fault.defect, fault.rows)
                for fault in measure(
                    rule, Case(Claim("x", "failed", ("t",), (rule,), rows=rows), "t", Names(dataset), look)
                )
            ]
            for rows in (1, 3)
        }
    assert found == {1: [("unexpected_null", 1)], 3: [("unexpected_null", 1), ("sentinel_value", 2)]}


def test_a_childless_parent_names_the_other_side_and_lets_no_row_go(measured: Measured) -> None:
    (fault,) = measured(Refers(("id",), ("v",), ("person",)), t=PEOPLE, v=VISITS + " WHERE i % 52 < 40")
    details: Any = fault.details
    assert (fault.related, details["kind"]) == (("v", ("person",)), "childless")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("IntegerType", "whole"),
        ("DecimalType(10,2)", "number"),
        ("Categorical", "text"),
        ("Enum(categories=['a'])", "text"),
        ("Datetime(time_unit='us', time_zone=None)", "time"),
        ("datetime64[ns]", "time"),
        ("character varying(20)", "text"),
        ("time without time zone", "clock"),
    ],
)
def test_a_type_is_known_by_the_names_of_many_engines(said: str, expected: str) -> None:
    assert family(said) == expected
