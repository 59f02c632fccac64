"""Every step on hand-written rows: before and after, the same from both engines, and nothing to do a second time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from datapolisher.expressions import (
    OPERATIONS,
    Cast,
    ChildAggregate,
    Column,
    KeyIn,
    Matches,
    ParentValue,
    Rewrite,
    Value,
    all_of,
    any_of,
    call,
    is_one_of,
    rounded,
)
from datapolisher.fixes.base import Planned
from datapolisher.steps import (
    AddColumn,
    DropDuplicates,
    MapValues,
    Quarantine,
    Retype,
    Step,
    Swap,
    Update,
    columns,
    fill,
    once_marked,
)

if TYPE_CHECKING:
    from collections.abc import Callable

A, B = Column("a"), Column("b")


@dataclass(frozen=True)
class Case:
    """Tables as SQL, the steps, and the rows of table ``t`` afterwards."""

    id: str
    tables: dict[str, str]
    steps: tuple[Step, ...]
    after: list[tuple[Any, ...]]
    taken: list[tuple[Any, ...]] = field(default_factory=list)


def _values(names: str, *rows: str) -> str:
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS v({names})"


def _text(*values: str | None) -> dict[str, str]:
    written = ["(NULL::VARCHAR)" if v is None else "('" + v.replace("'", "''") + "')" for v in values]
    return {"t": _values("a", *written)}


def _numbers(type_: str, *values: str) -> dict[str, str]:
    return {"t": _values("a", *(f"({value}::{type_})" for value in values))}


_FAMILY = {
    "t": _values(
        "id, parent, day",
        "(1, 10, DATE '2024-01-05')",
        "(2, 11, DATE '2024-01-01')",
        "(3, 99, DATE '2024-02-01')",
        "(4, NULL, DATE '2024-01-01')",
        "(5, 12, NULL)",
    ),
    "p": _values("id, born, n", "(10, DATE '2024-01-01', 1)", "(11, DATE '2024-01-02', 2)", "(12, NULL, 3)"),
}
_PRESENT = KeyIn(("parent",), "p", ("id",))
_ORPHAN = all_of([call("not_null", Column("parent")), call("negate", _PRESENT)])

CASES = [
    Case(
        "trim-all-kinds-of-blanks",
        _text(" x ", "\u00a0\ufeffy\u200b\t", "a b", None, "", "  "),
        (Update("t", "a", call("trim", A)),),
        [("x",), ("y",), ("a b",), (None,), ("",), ("",)],
    ),
    Case(
        "squeeze-runs-of-blanks",
        _text("a  b", "a \u00a0\u2009b", "a\u00a0b", "a b"),
        (Update("t", "a", call("squeeze", A)),),
        [("a b",), ("a b",), ("a\u00a0b",), ("a b",)],
    ),
    Case(
        "case",
        _text("Äß", "x", None),
        (Update("t", "a", call("upper", A), Matches(A, "[a-z]")),),
        [("Äß",), ("X",), (None,)],
    ),
    Case("lower", _text("ÄB"), (Update("t", "a", call("lower", A)),), [("äb",)]),
    Case(
        "strip-separators",
        _text("12-34/5 6", None),
        (Update("t", "a", call("strip_separators", A)),),
        [("123456",), (None,)],
    ),
    Case(
        "pad-zeros",
        _text("7", "123456", None),
        (Update("t", "a", call("pad_zeros", A, 5)),),
        [("00007",), ("123456",), (None,)],
    ),
    Case(
        "join-text",
        {"t": _values("a, b", "('x', 'y')", "('x', NULL)")},
        (AddColumn("t", "c", "VARCHAR", call("join_text", A, B)),),
        [("x", "y", "xy"), ("x", None, None)],
    ),
    Case(
        "rewrite",
        _text("1.234,5", "$1 'x'", "ab", None),
        (
            Update(
                "t", "a", Rewrite(Rewrite(A, "[.]", ""), "([0-9]),([0-9])", "\\1.\\2"), Matches(A, "[0-9.]+,[0-9]+")
            ),
            Update("t", "a", Rewrite(A, "^(a)(b)$", "\\2$1\\1'")),
        ),
        [("1234.5",), ("$1 'x'",), ("b$1a'",), (None,)],
    ),
    Case(
        "map-few-values",
        _text("US", "us", "it''s", None),
        (MapValues("t", "a", (("us", "US"), ("it''s", "it's"))),),
        [("US",), ("US",), ("it's",), (None,)],
    ),
    Case(
        "map-many-values",
        _text("k7", "k99", "other", None),
        (MapValues("t", "a", tuple((f"k{i}", f"v{i}") for i in range(100))),),
        [("v7",), ("v99",), ("other",), (None,)],
    ),
    Case(
        "round-double-half-to-even",
        _numbers("DOUBLE", "2.675", "1.005", "1.015", "-1.015", "0.29", "1e300", "0.145", "NULL", "2.5e15"),
        (Update("t", "a", rounded("a", "DOUBLE", 2) or A),),
        [(2.68,), (1.0,), (1.02,), (-1.02,), (0.29,), (1e300,), (0.14,), (None,), (2.5e15,)],
    ),
    Case(
        "round-double-to-whole",
        _numbers("DOUBLE", "0.5", "1.5", "2.5", "-0.5", "'inf'", "'nan'"),
        (Update("t", "a", call("choose", is_one_of(A, [0.5, 1.5, 2.5]), rounded("a", "DOUBLE", 0) or A, A)),),
        [(0.0,), (2.0,), (2.0,), (-0.5,), ("inf",), ("nan",)],
    ),
    Case(
        "round-float",
        _numbers("FLOAT", "2.675", "1.1", "NULL"),
        (Update("t", "a", rounded("a", "FLOAT", 2) or A),),
        [(2.68,), (1.1,), (None,)],
    ),
    Case(
        "round-decimal",
        _numbers("DECIMAL(9,4)", "1.2250", "1.2350", "-1.2250", "1.2251", "NULL"),
        (Update("t", "a", rounded("a", "DECIMAL(9,4)", 2) or A),),
        [("1.2200",), ("1.2400",), ("-1.2200",), ("1.2300",), (None,)],
    ),
    Case(
        "set-null-where",
        _numbers("INTEGER", "-1", "5", "NULL"),
        (Update("t", "a", Value(None), is_one_of(A, [-1, -2])),),
        [(None,), (5,), (None,)],
    ),
    Case(
        "date-sentinel",
        _numbers("DATE", "'1900-01-01'", "'2024-01-01'"),
        (Update("t", "a", Value(None), is_one_of(A, [dt.date(1900, 1, 1)])),),
        [(None,), ("2024-01-01",)],
    ),
    Case(
        "instants",
        _numbers("TIMESTAMPTZ", "'2024-01-01 00:00:00+00'", "'2025-01-01 00:00:00+00'"),
        (Quarantine("t", call("above", A, dt.datetime(2024, 6, 1, tzinfo=dt.UTC)), "future"),),
        [("2024-01-01 00:00:00+00",)],
        [("2025-01-01 00:00:00+00", "future")],
    ),
    Case(
        "arithmetic",
        {"t": _values("a, b, c", "(3, 2, 0.0::DOUBLE)", "(7, 0, 0.0)", "(NULL, 1, 0.0)")},
        (
            Update(
                "t",
                "c",
                call(
                    "minus",
                    call("plus", call("times", A, B), call("over", A, B)),
                    call("absolute", call("minus", B, A)),
                ),
            ),
        ),
        [(3, 2, 6.5), (7, 0, None), (None, 1, None)],
    ),
    Case(
        "divide-by-constant-exactly",
        {"t": _values("a", *(f"({i}::DOUBLE)" for i in range(1, 60)))},
        (AddColumn("t", "b", "DOUBLE", call("over", A, 100.0)),),
        [(float(i), i / 100) for i in range(1, 60)],
    ),
    Case(
        "comparisons",
        {"t": _values("a, b", *(f"({i}, {j})" for i, j in ((1, 2), (2, 2), (3, 2))))},
        tuple(
            AddColumn("t", f"is_{op}", "BOOLEAN", call(op, A, B))
            for op in ("equal", "unequal", "below", "at_most", "above", "at_least")
        ),
        [
            (1, 2, False, True, True, True, False, False),
            (2, 2, True, False, False, True, False, True),
            (3, 2, False, True, False, False, True, True),
        ],
    ),
    Case(
        "either",
        _numbers("INTEGER", "1", "2", "3"),
        (Quarantine("t", any_of([call("equal", A, 1), call("equal", A, 3)]), "odd"),),
        [(2,)],
        [(1, "odd"), (3, "odd")],
    ),
    Case("retype-integer", _text("12", "-7", None), (Retype("t", "a", "BIGINT"),), [(12,), (-7,), (None,)]),
    Case("retype-date", _text("2024-02-29", None), (Retype("t", "a", "DATE"),), [("2024-02-29",), (None,)]),
    Case("retype-boolean", _text("true", "False", None), (Retype("t", "a", "BOOLEAN"),), [(True,), (False,), (None,)]),
    Case(
        "lenient-cast",
        _text("2024-02-30", "2024-02-28"),
        (Quarantine("t", call("is_null", Cast(A, "DATE", lenient=True)), "no date"),),
        [("2024-02-28",)],
        [("2024-02-30", "no date")],
    ),
    Case("fill-marks-rows", _numbers("INTEGER", "1", "NULL"), fill("t", "a", 0), [(1, False), (0, True)]),
    Case(
        "fill-forward",
        _numbers("INTEGER", "NULL", "1", "NULL", "NULL", "2", "NULL"),
        fill("t", "a", call("last_known", A)),
        [(None, True), (1, False), (1, True), (1, True), (2, False), (2, True)],
    ),
    Case(
        "drop-duplicates-keeps-first",
        {"t": _values("a, b", "(1, 'x')", "(2, NULL)", "(1, 'x')", "(2, NULL)", "(1, 'y')", "(1, 'x')")},
        (DropDuplicates("t"),),
        [(1, "x"), (2, None), (1, "y")],
    ),
    Case(
        "quarantine-null-predicate-selects-nothing",
        _numbers("INTEGER", "1", "NULL", "9"),
        (Quarantine("t", call("above", A, 5), "big"),),
        [(1,), (None,)],
        [(9, "big")],
    ),
    Case(
        "quarantine-repeated-keys",
        {"t": _values("a, b", "(1, 1)", "(2, 2)", "(2, 3)", "(NULL, 4)", "(NULL, 5)")},
        (Quarantine("t", KeyIn(("a",), "t", ("a",), "repeated"), "twice"),),
        [(1, 1), (None, 4), (None, 5)],
        [(2, 2, "twice"), (2, 3, "twice")],
    ),
    Case(
        "quarantine-composite-keys",
        {"t": _values("a, b", "(1, 1)", "(1, 1)", "(1, 2)", "(NULL, 1)", "(NULL, 1)")},
        (Quarantine("t", KeyIn(("a", "b"), "t", ("a", "b"), "repeated"), "twice"),),
        [(1, 2), (None, 1), (None, 1)],
        [(1, 1, "twice"), (1, 1, "twice")],
    ),
    Case(
        "quarantine-orphans",
        _FAMILY,
        (Quarantine("t", _ORPHAN, "orphan"),),
        [(1, 10, "2024-01-05"), (2, 11, "2024-01-01"), (4, None, "2024-01-01"), (5, 12, None)],
        [(3, 99, "2024-02-01", "orphan")],
    ),
    Case(
        "quarantine-earlier-than-parent",
        _FAMILY,
        (Quarantine("t", call("below", Column("day"), ParentValue(("parent",), "p", ("id",), "born")), "early"),),
        [(1, 10, "2024-01-05"), (3, 99, "2024-02-01"), (4, None, "2024-01-01"), (5, 12, None)],
        [(2, 11, "2024-01-01", "early")],
    ),
    Case(
        "quarantine-children-of-the-taken",
        _FAMILY,
        (
            Quarantine("p", call("equal", Column("n"), 2), "bad"),
            Quarantine("t", KeyIn(("parent",), "p", ("id",), "taken"), "along"),
        ),
        [(1, 10, "2024-01-05"), (3, 99, "2024-02-01"), (4, None, "2024-01-01"), (5, 12, None)],
        [(2, 11, "2024-01-01", "along")],
    ),
    Case(
        "fill-from-parent",
        {
            "t": _values("a, b", "(1, NULL::VARCHAR)", "(2, 'own')", "(3, NULL)"),
            "p": _values("k, v", "(1, 'its')", "(1, 'jts')"),
        },
        (Update("t", "b", call("first_known", B, ParentValue(("a",), "p", ("k",), "v"))),),
        [(1, "its"), (2, "own"), (3, None)],
    ),
    Case(
        "keys-of-other-widths",
        {"t": _values("a", "(1::SMALLINT)", "(3)"), "p": _values("k", "(1::BIGINT)", "(2)")},
        (Quarantine("t", call("negate", KeyIn(("a",), "p", ("k",))), "orphan"),),
        [(1,)],
        [(3, "orphan")],
    ),
    *(
        Case(
            f"aggregate-{op}",
            {
                "t": _values("a", "(1)", "(2)", "(3)"),
                "c": _values("k, v", "(1, 5)", "(1, 7)", "(2, NULL)", "(NULL, 9)"),
            },
            (AddColumn("t", "b", type_, ChildAggregate(("a",), "c", ("k",), op, None if op == "count" else "v")),),
            [(1, first), (2, second), (3, None)],
        )
        for op, type_, first, second in (
            ("sum", "BIGINT", 12, None),
            ("count", "BIGINT", 2, 1),
            ("min", "INTEGER", 5, None),
            ("max", "INTEGER", 7, None),
            ("mean", "DOUBLE", 6.0, None),
        )
    ),
    Case(
        "latest-and-earliest",
        {"t": _values("a, b", "(1, 2)", "(NULL, 3)", "(NULL, NULL::INTEGER)")},
        (AddColumn("t", "c", "INTEGER", call("latest", A, B)), AddColumn("t", "d", "INTEGER", call("earliest", A, B))),
        [(1, 2, 2, 1), (None, 3, 3, 3), (None, None, None, None)],
    ),
    Case(
        "whole-days",
        _numbers("TIMESTAMP", "'2024-01-01 00:00:00'", "'2024-01-02 00:00:01'", "NULL"),
        (AddColumn("t", "b", "BIGINT", call("whole_days", A, dt.datetime(2024, 1, 3))),),
        [("2024-01-01 00:00:00", 2), ("2024-01-02 00:00:01", 0), (None, None)],
    ),
    Case(
        "add-column-computes-again",
        {"t": _values("a, b", "(1, 9)", "(2, 2)")},
        (AddColumn("t", "b", "INTEGER", A),),
        [(1, 1), (2, 2)],
    ),
    Case(
        "names-and-values-that-bite",
        {"t": _values('"a""b; DROP TABLE t", "it\'s {0}"', "('x''; --', 1)", "('{}', 2)")},
        (
            MapValues("t", 'a"b; DROP TABLE t', (("x'; --", '"""\\n{1}'),)),
            Quarantine("t", call("equal", Column("it's {0}"), 2), "r'\n--"),
        ),
        [('"""\\n{1}', 1)],
        [("{}", 2, "r'\n--")],
    ),
    Case(
        "round-away",
        {"t": _values("a", *(f"({x}::DOUBLE)" for x in ("2.665", "-2.665", "2.675", "2.664", "1e300", "NULL")))},
        (Update("t", "a", call("round_away", A, 2)),),
        [(2.67,), (-2.67,), (2.68,), (2.66,), (1e300,), (None,)],
    ),
    Case(
        "seconds-earlier",
        _numbers("TIMESTAMP", "'2024-01-01 00:00:30'", "NULL"),
        (AddColumn("t", "b", "TIMESTAMP", call("minus_seconds", A, 60)),),
        [("2024-01-01 00:00:30", "2023-12-31 23:59:30"), (None, None)],
    ),
    Case(
        "century-before",
        _numbers("DATE", "'2087-03-01'", "'2024-02-29'", "NULL"),
        (Update("t", "a", call("century_before", A), call("above", A, dt.date(2050, 1, 1))),),
        [("1987-03-01",), ("2024-02-29",), (None,)],
    ),
    Case(
        "numbered",
        _numbers("INTEGER", "NULL", "5", "NULL", "2"),
        (Update("t", "a", call("numbered", A)),),
        [(6,), (5,), (7,), (2,)],
    ),
    Case(
        "numbered-from-nothing",
        _numbers("BIGINT", "NULL", "NULL"),
        (Update("t", "a", call("numbered", A)),),
        [(1,), (2,)],
    ),
    Case(
        "swap",
        {"t": _values("a, b", "(1, 5)", "(7, 3)", "(NULL, 2)")},
        (Swap("t", "a", "b", call("above", A, B)),),
        [(1, 5), (3, 7), (None, 2)],
    ),
    Case(
        "change-once",
        {"t": _values("a, b", "(1, 'x')", "(2, 'y')")},
        (
            *once_marked("t", "done", call("equal", B, "x"))[:1],
            Update("t", "a", call("times", A, 10), all_of([call("equal", B, "x"), call("negate", Column("done"))])),
            *once_marked("t", "done", call("equal", B, "x"))[1:],
        ),
        [(10, "x", True), (2, "y", False)],
    ),
    Case(
        "steps-see-the-ones-before",
        _text("a ", "A", "A"),
        (Update("t", "a", call("trim", A)), MapValues("t", "a", (("a", "A"),)), DropDuplicates("t")),
        [("A",)],
    ),
]


def _own(case: Case, node: Any) -> Any:
    """The same step or expression over tables that carry the case's name."""
    if isinstance(node, tuple):
        return tuple(_own(case, part) for part in node)
    if not is_dataclass(node) or isinstance(node, type):
        return node
    changed = {field.name: _own(case, getattr(node, field.name)) for field in fields(node)}
    return replace(node, **changed | ({"table": f"{case.id}.{node.table}"} if "table" in changed else {}))


@pytest.fixture(scope="module")
def polished(tmp_path_factory: pytest.TempPathFactory, polish_both: Callable[..., Any]) -> tuple[Any, dict[str, Any]]:
    """All cases as one program, each over tables of its own; and the tables after a second run."""
    tables = {f"{case.id}.{name}": query for case in CASES for name, query in case.tables.items()}
    planned = [Planned(case.id, "made", "as the case says", _own(case, case.steps)) for case in CASES]
    once = polish_both(tmp_path_factory.mktemp("steps"), tables, planned)
    settled = [plan for plan in planned if not any(isinstance(step, Retype) for step in plan.steps)]
    return once, once.again(settled)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_step(case: Case, polished: tuple[Any, dict[str, Any]]) -> None:
    once, again = polished
    table = f"{case.id}.t"
    assert once.rows(table) == _as_text(case.after)
    width = len(case.taken[0]) if case.taken else 0
    assert [row[:width] for row in once.rows(f"_quarantine/{table}")] == _as_text(case.taken)
    assert again[f"{table}.parquet"][1] == once.rows(table)


def _as_text(rows: list[tuple[Any, ...]]) -> list[tuple[str | None, ...]]:
    def text(value: Any) -> str | None:
        return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)

    return [tuple(text(value) for value in row) for row in rows]


def test_every_operation_has_a_case() -> None:
    used = {
        node.op
        for case in CASES
        for step in case.steps
        for root in (getattr(step, "value", None), getattr(step, "where", None))
        if root is not None
        for node in root.walk()
        if hasattr(node, "op") and hasattr(node, "args")
    }
    assert used == set(OPERATIONS)


def test_mapping_that_would_not_settle_is_refused() -> None:
    with pytest.raises(ValueError, match="both replaced and replacements"):
        MapValues("t", "a", (("x", "y"), ("y", "z")))


def test_unknown_operation_is_refused() -> None:
    with pytest.raises(ValueError, match="no operation 'nope'"):
        call("nope", A)


def test_columns_that_a_step_names() -> None:
    step = Update("t", "a", ParentValue(("b",), "p", ("k",), "v"), call("is_null", Column("c")))
    assert columns(step) == {"t": {"a", "b", "c"}, "p": {"k", "v"}}
