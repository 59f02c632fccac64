"""The scripts as files that people run, and the account of every row."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
from datapolisher import postprocessor, repair, source
from datapolisher.documents import ColumnFacts, Finding, ForeignKey, Key, TableFacts, Target
from datapolisher.errors import WorkError
from datapolisher.expressions import ChildAggregate, Column, KeyIn, Matches, ParentValue, Value, call, rounded
from datapolisher.fixes.base import Planned
from datapolisher.postprocess import sql_builder
from datapolisher.postprocess.program import comment, free_names
from datapolisher.postprocessor import POLARS_FILE, SQL_FILE, Trial, apply, scripts
from datapolisher.steps import AddColumn, AddRows, DropColumn, DropDuplicates, Quarantine, Retype, Step, Update, fill

USERS = "SELECT i AS id, 'u' || i AS name, i / 7.0::DOUBLE AS amount FROM range(1, 21) t(i)"
EVENTS = "SELECT i AS id, 1 + i % 20 AS user_id FROM range(100) t(i)"
FACTS = [
    TableFacts(name="user", primary_key=Key(columns=("id",)), columns=(ColumnFacts(name="amount", role="amount"),)),
    TableFacts(
        name="event",
        primary_key=Key(columns=("id",)),
        foreign_keys=(ForeignKey(columns=("user_id",), references=Target(table="user", columns=("id",))),),
    ),
]
ROUND = Update("user", "amount", rounded("amount", "DOUBLE", 2) or Column("amount"))
BAD_USER = Quarantine("user", call("equal", Column("id"), 7), "bad")


def _plan(*steps: Step, id_: str = "f1") -> list[Planned]:
    return [Planned(id_, "made", "why", steps)]


def _scripts(context: Any, planned: list[Planned], origin: Path, target: Path) -> dict[str, str]:
    with Trial(context, planned) as trial:
        return scripts(context, trial.entries, origin, target)


def test_children_go_along_with_their_parent(both: Callable[..., Any]) -> None:
    result = both({"user": USERS, "event": EVENTS}, _plan(BAD_USER), FACTS)
    balance = {table.name: table for table in result.applied.tables}
    assert (balance["user"].rows_in, balance["user"].rows_out, balance["user"].rows_quarantined) == (20, 19, 1)
    assert (balance["event"].rows_in, balance["event"].rows_out, balance["event"].rows_quarantined) == (100, 95, 5)
    assert {row[2] for row in result.rows("_quarantine/event")} == {"parent_quarantined"}
    counts = result.applied.counts["f1"]
    assert counts.rows_quarantined == 6
    assert counts.by_table == {"user": (0, 1), "event": (0, 5)}


def test_a_chain_of_rows_goes_along(both: Callable[..., Any]) -> None:
    staff = "SELECT * FROM (VALUES (1, NULL), (2, 1), (3, 2), (4, 3), (5, NULL)) v(id, boss)"
    link = ForeignKey(columns=("boss",), references=Target(table="staff", columns=("id",)))
    facts = [TableFacts(name="staff", primary_key=Key(columns=("id",)), foreign_keys=(link,))]
    steps = _plan(Quarantine("staff", call("equal", Column("id"), 2), "bad"))
    assert both({"staff": staff}, steps, facts).rows("staff") == [("1", None), ("5", None)]


def test_sums_of_amounts_before_and_after(both: Callable[..., Any]) -> None:
    result = both({"user": USERS, "event": EVENTS}, _plan(ROUND, BAD_USER), FACTS)
    sums = next(table for table in result.applied.tables if table.name == "user").sums["amount"]
    assert sums.before == pytest.approx(30.0)
    assert sums.after == pytest.approx(29.0, abs=0.05)


MANY = "SELECT {0} + i AS id, CASE WHEN i % 500 = 1 THEN -1 ELSE i % 20 + 1 END AS user_id, ' x' || i AS t FROM range({1}) t(i)"
TRIM = Update("event", "t", call("trim", Column("t")))
ORPHANS = Quarantine("event", call("negate", KeyIn(("user_id",), "user", ("id",))), "orphan")
COPIES = DropDuplicates("event")


@pytest.mark.parametrize("steps", [(TRIM, ORPHANS, COPIES), (ORPHANS, TRIM), (TRIM,)])
def test_rows_stay_in_the_order_of_their_files_without_being_sorted(
    steps: tuple[Step, ...], tmp_path: Path, make_context: Callable[..., Any]
) -> None:
    parts = {
        "event/a": MANY.format(0, 300_000),
        "event/b": MANY.format(300_000, 5),
        "event/c": MANY.format(300_005, 200_000),
    }
    context = make_context(tmp_path / "in", {"user": USERS, **parts}, FACTS)
    assert "ORDER BY" not in _copies(_scripts(context, _plan(*steps), tmp_path / "in", tmp_path / "out")[SQL_FILE])
    apply(context, _plan(*steps), tmp_path / "out")
    with source.connect() as con:
        for name in parts:
            file = tmp_path / "out" / f"{name}.parquet"
            ids = con.execute(f"SELECT id FROM read_parquet('{file}', file_row_number = true)").fetchnumpy()["id"]
            assert (ids[1:] > ids[:-1]).all()
        kept = con.execute(f"SELECT count(*), min(id), max(id) FROM '{tmp_path}/out/event/*.parquet'").fetchall()
        taken = 0 if steps == (TRIM,) else 1001
        assert kept == [(500_005 - taken, 0, 500_004)]


def _copies(script: str) -> str:
    """What writes the tables themselves."""
    return "".join(block for block in script.split("COPY (")[1:] if "TO (getvariable('output') || '/event/" in block)


def test_rows_of_a_table_too_large_for_bits_are_sorted(
    tmp_path: Path, make_context: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_builder, "_BITS_LIMIT", 1000)
    context = make_context(tmp_path / "in", {"user": USERS, "event": MANY.format(0, 300_000)}, FACTS)
    script = _scripts(context, _plan(ORPHANS, TRIM), tmp_path / "in", tmp_path / "out")[SQL_FILE]
    assert "bitstring" not in script
    apply(context, _plan(ORPHANS, TRIM), tmp_path / "out")
    with source.connect() as con:
        ids = con.execute(f"SELECT id FROM '{tmp_path}/out/event.parquet'").fetchnumpy()["id"]
    assert (ids[1:] > ids[:-1]).all()
    assert len(ids) == 299_400


def test_rows_that_a_join_may_reorder_are_sorted(tmp_path: Path, make_context: Callable[..., Any]) -> None:
    known = Update("event", "t", ParentValue(("user_id",), "user", ("id",), "name"))
    context = make_context(tmp_path / "in", {"user": USERS, "event/a": MANY.format(0, 300_000)}, FACTS)
    apply(context, _plan(known, ORPHANS), tmp_path / "out")
    with source.connect() as con:
        ids = con.execute(f"SELECT id FROM '{tmp_path}/out/event/a.parquet'").fetchnumpy()["id"]
    assert (ids[1:] > ids[:-1]).all()
    assert len(ids) == 299_400


def test_other_tables_and_files_are_copied_byte_by_byte(tmp_path: Path, make_context: Callable[..., Any]) -> None:
    context = make_context(tmp_path / "in", {"user": USERS, "event": EVENTS}, FACTS)
    (tmp_path / "in" / "notes.txt").write_bytes(b"kept \x00 as is")
    context = make_context(tmp_path / "in", {}, FACTS)
    for engine in ("duckdb", "polars"):
        apply(context, _plan(ROUND), tmp_path / engine, engine)
        assert (tmp_path / engine / "event.parquet").read_bytes() == (tmp_path / "in" / "event.parquet").read_bytes()
        assert (tmp_path / engine / "notes.txt").read_bytes() == b"kept \x00 as is"


def test_layout_of_parts_and_partitions_is_kept(both: Callable[..., Any]) -> None:
    tables = {
        f"event/year={year}/part-{part}": f"SELECT i AS id, i / 7.0::DOUBLE AS v FROM range({part * 10}, {part * 10 + 12}) t(i)"
        for year in (2023, 2024)
        for part in (0, 1)
    }
    steps = (
        Update("event", "v", rounded("v", "DOUBLE", 2) or Column("v")),
        Quarantine("event", KeyIn(("id",), "event", ("id",), "repeated"), "twice"),
        AddColumn("event", "w", "BIGINT", call("plus", Column("id"), 1)),
    )
    result = both(tables, _plan(*steps))
    assert sorted(p.relative_to(result.root).as_posix() for p in result.root.rglob("part-*")) == [
        f"{t}.parquet" for t in sorted(tables)
    ]
    assert result.applied.tables[0].rows_quarantined == 48
    assert {row[2] for row in result.rows("_quarantine/event")} == {"2023", "2024"}


UNEVEN = {
    "t/a": "SELECT 1 AS id, ' x' AS v",
    "t/b": "SELECT 'y ' AS v, 2::BIGINT AS id, 3 AS more, ' n' AS note",
}


def test_parts_with_other_columns_lose_nothing(both: Callable[..., Any]) -> None:
    result = both(UNEVEN, _plan(*(Update("t", name, call("trim", Column(name))) for name in ("v", "note"))))
    assert result.read("t/a") == ([("id", "INTEGER"), ("v", "VARCHAR")], [("1", "x")])
    types = [("v", "VARCHAR"), ("id", "BIGINT"), ("more", "INTEGER"), ("note", "VARCHAR")]
    assert result.read("t/b") == (types, [("y", "2", "3", "n")])


def test_parts_get_the_column_that_a_step_fills(tmp_path: Path, make_context: Callable[..., Any]) -> None:
    context = make_context(tmp_path / "in", UNEVEN)
    filled = Update("t", "more", Value(7), call("is_null", Column("more")))
    apply(context, _plan(filled), tmp_path / "out")
    with source.connect() as con:
        rows = con.execute(f"FROM '{tmp_path / 'out' / 't' / 'a.parquet'}'").fetchall()
    assert rows == [(1, " x", 7)]


def test_parts_that_polars_cannot_read_as_one_are_said(tmp_path: Path, make_context: Callable[..., Any]) -> None:
    tables = {
        "t/a": "SELECT ' x' AS v, 1 AS n, 1::FLOAT AS r",
        "t/b": "SELECT 'x' AS v, 1.5::DOUBLE AS n, 2.5::DOUBLE AS r",
    }
    context = make_context(tmp_path / "in", tables)
    text = _scripts(context, _plan(Update("t", "v", call("trim", Column("v")))), context.dataset.root, tmp_path / "out")
    assert "Polars does not keep the types of t.n (DOUBLE)" in text[POLARS_FILE]


def test_milliseconds_stay_milliseconds(both: Callable[..., Any]) -> None:
    rows = "SELECT TIMESTAMP_MS '2024-01-01 01:02:03.004' AS at, [1] AS box, TIMESTAMP '2024-01-01' AS day, ' x' AS v"
    steps = (
        Update("t", "v", call("trim", Column("v"))),
        Update("t", "at", Value(None), call("equal", Column("v"), "y")),
    )
    tables = {
        "t/a": rows,
        "t/b": "SELECT 'y' AS v, TIMESTAMP_MS '2024-01-01' AS at, [2] AS box, TIMESTAMP '2024-01-02' AS day",
    }
    result = both(tables, _plan(*steps))
    for root in (result.root, result.root.with_name("duckdb"), result.root.with_name("undone")):
        for part in ("a", "b"):
            with source.connect() as con:
                kept = source.layout_of(con, root / "t" / f"{part}.parquet")
            assert (kept["at"], kept["day"]) == ("TIMESTAMP_MS", "TIMESTAMP"), (root, part)


def test_types_and_order_of_columns_are_kept(both: Callable[..., Any]) -> None:
    query = (
        "SELECT 1::TINYINT AS a, 2::UBIGINT AS b, 1.5::FLOAT AS c, 1.50::DECIMAL(12, 4) AS d, DATE '2024-01-01' AS e, "
        "TIMESTAMP '2024-01-01 01:02:03.000004' AS f, TIMESTAMPTZ '2024-01-01 00:00:00+02' AS g, [1, 2] AS h, "
        "'x '::VARCHAR AS i, 'b'::BLOB AS j, TRUE AS k"
    )
    both({"t": query}, _plan(Update("t", "i", call("trim", Column("i")))))


def test_columns_of_our_names_stay_the_tables_own(both: Callable[..., Any]) -> None:
    query = "SELECT i AS _row, 'r' AS _reason, i AS _Fix FROM range(3) t(i)"
    result = both({"t": query}, _plan(Quarantine("t", call("equal", Column("_row"), 1), "out")))
    assert result.rows("_quarantine/t") == [("1", "r", "1", "out", "f1", "made", "t.parquet", "1")]


def test_folded_copies_say_which_row_stands_for_them(both: Callable[..., Any]) -> None:
    result = both({"t": "SELECT i % 2 AS a FROM range(3) t(i)"}, _plan(DropDuplicates("t")))
    assert result.rows("_changes/t") == [(None, None, "t.parquet:0", "f1", "made", "t.parquet", "2")]


_PARTS = {
    "user/a": "SELECT i AS id, 'x' AS tenant, ' n' || i AS name FROM range(3) t(i)",
    "user/b": "SELECT i AS id, 'x' AS tenant, 'n' || i AS name FROM range(3, 6) t(i) UNION ALL SELECT 3, 'x', ' n3'",
    "event": "SELECT i AS n, CASE WHEN i < 6 THEN i ELSE 100 - i % 2 END AS who FROM range(9) t(i)",
}
_MARKED = (
    AddColumn("user", "id_inferred", "BOOLEAN", Value(False), mark=True),
    AddRows("user", ("id",), "id_inferred", KeyIn(("id",), "event", ("who",))),
)


def test_rows_are_added_behind_the_last_part_and_leave_again(both: Callable[..., Any]) -> None:
    """After trimmed cells, a folded copy, a row in quarantine and a key that was changed: the record knows the new ones."""
    steps = (
        Update("user", "name", call("trim", Column("name"))),
        DropDuplicates("user"),
        Quarantine("user", call("equal", Column("id"), 4), "out"),
        Update("user", "id", call("plus", Column("id"), 50), call("equal", Column("id"), 5)),
        *_MARKED,
        AddRows("user", ("id",), "id_inferred", values=(-1,)),
    )
    result = both(_PARTS, _plan(*steps))
    assert [row[0] for row in result.rows("user/a")] == ["0", "1", "2"]
    assert [row[0] for row in result.rows("user/b")] == ["3", "55", "4", "5", "99", "100", "-1"]
    assert result.rows("user/b")[2:] == [(key, None, None, "true") for key in ("4", "5", "99", "100", "-1")]
    balance = next(table for table in result.applied.tables if table.name == "user")
    assert (balance.rows_in, balance.rows_added, balance.rows_out) == (7, 5, 10)
    assert (balance.rows_quarantined, balance.rows_collapsed) == (1, 1)
    assert result.applied.counts["f1"].rows_added == 5
    added = [row for row in result.rows("_changes/user") if row[:3] == (None, None, None)]
    assert [row[-1] for row in added] == ["4", "5", "6", "7", "8"]


def test_wishes_reach_rows_that_were_added(both: Callable[..., Any]) -> None:
    """They are filled and counted like all others, another table's rows follow from them, and all of it can be undone."""
    steps = (
        *_MARKED,
        *fill("user", "name", "?"),
        AddColumn("user", "events", "BIGINT", ChildAggregate(("id",), "event", ("who",), "count")),
        DropColumn("user", "tenant", "VARCHAR"),
        AddColumn("event", "known", "BOOLEAN", KeyIn(("who",), "user", ("id",))),
    )
    result = both(_PARTS, _plan(*steps))
    assert result.rows("user/b")[-2:] == [("99", "?", "true", "true", "1"), ("100", "?", "true", "true", "2")]
    assert {row[-1] for row in result.rows("event")} == {"true"}


def test_a_dropped_column_comes_back(both: Callable[..., Any]) -> None:
    """With the values that it had on disk, whatever steps had made of them, in rows that left and in copies too."""
    steps = (
        Update("user", "name", call("trim", Column("name"))),
        DropDuplicates("user"),
        Quarantine("user", call("equal", Column("id"), 4), "out"),
        DropColumn("user", "name", "VARCHAR"),
        DropColumn("user", "id", "BIGINT"),
    )
    result = both(_PARTS, _plan(*steps))
    assert result.rows("user/b") == [("x",), ("x",)]
    lines = [row for row in result.rows("_changes/user") if row[-1] is None]
    assert [row[:3] for row in lines] == [("name", "VARCHAR", "dropped 2"), ("id", "BIGINT", "dropped 0")]
    assert result.applied.counts["f1"].cells_changed == 13


def test_a_column_of_a_partitioned_table_is_dropped_and_comes_back(both: Callable[..., Any]) -> None:
    tables = {
        f"event/year={year}/part-{part}": f"SELECT {part} AS part, i AS id, i % 3 AS v FROM range(4) t(i)"
        for year in (2023, 2024)
        for part in (0, 1)
    }
    steps = (Quarantine("event", call("equal", Column("id"), 2), "out"), DropColumn("event", "part", "INTEGER"))
    result = both(tables, _plan(*steps))
    assert result.rows("event/year=2024/part-1") == [("0", "0"), ("1", "1"), ("3", "0")]


def test_a_column_of_our_name_is_dropped_and_comes_back(both: Callable[..., Any]) -> None:
    both({"t": "SELECT i, 'f' AS _file, i AS _row FROM range(2) t(i)"}, _plan(DropColumn("t", "_file", "VARCHAR")))


def test_scripts_run_as_they_stand(in_folder: Path, make_context: Callable[..., Any]) -> None:
    make_context(in_folder / "shop", {"user": USERS, "event": EVENTS})
    context = make_context(Path("shop"), {}, FACTS)
    for name, text in _scripts(context, _plan(ROUND, BAD_USER), Path("shop"), Path("shop_polished")).items():
        Path(name).write_text(text, encoding="utf-8")
    for _ in range(2):
        subprocess.run([sys.executable, "-W", "error", POLARS_FILE], check=True)
    first = _rows(Path("shop_polished"))
    for _ in range(2):
        with duckdb.connect() as con:
            con.execute(Path(SQL_FILE).read_text(encoding="utf-8"))
        assert _rows(Path("shop_polished")) == first
    assert len(first["user.parquet"]) == 19
    assert not list(in_folder.glob(".*"))


def _rows(root: Path) -> dict[str, list[Any]]:
    with source.connect() as con:
        return {
            path.relative_to(root).as_posix(): con.execute(f"SELECT * FROM '{path}'").fetchall()
            for path in sorted(root.rglob("*.parquet"))
        }


_TEXTS = (
    "SELECT i AS id, ' ' || i AS n, '2024-01-0' || i || ' ' AS day, '2024-01-01 00:00:0' || i AS at, i || '.25' AS x, "
    "CASE WHEN i = 3 THEN 'three' ELSE i || '' END AS mixed FROM range(1, 9) t(i)"
)


def test_scripts_run_over_their_own_result(tmp_path: Path, make_context: Callable[..., Any]) -> None:
    types = {"n": "BIGINT", "day": "DATE", "at": "TIMESTAMP", "x": "DOUBLE", "mixed": "BIGINT"}
    wrong = call("negate", Matches(Column("mixed"), "[0-9]+"))
    trims = [Update("t", name, call("trim", call("squeeze", Column(name)))) for name in types]
    steps = (*trims, Quarantine("t", wrong, "mixed_type"), *(Retype("t", name, type_) for name, type_ in types.items()))
    context = make_context(tmp_path / "in", {"t": _TEXTS})
    text = _scripts(context, _plan(*steps), context.dataset.root, tmp_path / "once")
    again = {name: said.replace(str(tmp_path / "once"), str(tmp_path / "twice")) for name, said in text.items()}
    again = {name: said.replace(str(tmp_path / "in"), str(tmp_path / "once")) for name, said in again.items()}
    for run in (text, again):
        with duckdb.connect() as con:
            con.execute(run[SQL_FILE])
    (tmp_path / "again.py").write_text(again[POLARS_FILE].replace(str(tmp_path / "twice"), str(tmp_path / "by polars")))
    subprocess.run([sys.executable, tmp_path / "again.py"], check=True)
    rows = "SELECT * FROM '{}' ORDER BY id"
    with duckdb.connect() as con:
        once, *others = (
            con.execute(rows.format(tmp_path / name / "t.parquet")).fetchall()
            for name in ("once", "twice", "by polars")
        )
    assert len(once) == 7
    assert others == [once, once]
    assert (
        not list((tmp_path / "twice" / "_quarantine").glob("*"))
        or not duckdb.sql(f"FROM '{tmp_path / 'twice' / '_quarantine' / 't.parquet'}'").fetchall()
    )


@pytest.mark.parametrize("engine", ["duckdb", "polars"])
def test_a_result_that_differs_is_refused(
    engine: Any, tmp_path: Path, make_context: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = make_context(tmp_path / "in", {"user": USERS, "event": EVENTS}, FACTS)
    run = postprocessor._RUNNERS[engine]

    def tampered(bench: Any, program: Any) -> None:
        run(bench, program)
        with source.connect() as con:
            path = program.output / "user.parquet"
            con.execute(f"COPY (SELECT id, upper(name) AS name, amount FROM '{path}') TO '{path}' (FORMAT parquet)")

    monkeypatch.setitem(postprocessor._RUNNERS, engine, tampered)
    with pytest.raises(WorkError, match="other values than the steps make; nothing is applied"):
        apply(context, _plan(ROUND), tmp_path / "out", engine)
    assert not (tmp_path / "out").exists()


def test_a_quarantine_that_lost_rows_is_refused(
    tmp_path: Path, make_context: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = make_context(tmp_path / "in", {"user": USERS, "event": EVENTS}, FACTS)

    def forgetful(bench: Any, program: Any) -> None:
        postprocessor._run_sql(bench, program)
        (program.output / "_quarantine" / "user.parquet").unlink()

    monkeypatch.setitem(postprocessor._RUNNERS, "duckdb", forgetful)
    with pytest.raises(WorkError, match="1 rows leave, 0 are in quarantine"):
        apply(context, _plan(BAD_USER), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_measuring_writes_nothing(tmp_path: Path, make_context: Callable[..., Any]) -> None:
    context = make_context(tmp_path / "in", {"user": USERS, "event": EVENTS}, FACTS)
    with Trial(context, _plan(ROUND, BAD_USER)) as trial:
        counts = trial.applied.counts["f1"]
    assert (counts.rows_changed, counts.cells_changed, counts.rows_quarantined) == (18, 18, 6)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in"]


def test_no_change_log(tmp_path: Path, make_context: Callable[..., Any]) -> None:
    context = make_context(tmp_path / "in", {"user": USERS, "event": EVENTS}, FACTS)
    for engine in ("duckdb", "polars"):
        apply(context, _plan(ROUND), tmp_path / engine, engine, change_log=False)
        assert not (tmp_path / engine / "_changes").exists()


def test_types_that_polars_does_not_keep(tmp_path: Path, make_context: Callable[..., Any]) -> None:
    context = make_context(tmp_path / "in", {"t": "SELECT uuid() AS id, ' x' AS v"})
    steps = _plan(Update("t", "v", call("trim", Column("v"))))
    apply(context, steps, tmp_path / "out")
    with pytest.raises(WorkError, match=r"Polars does not keep the types of t.id \(UUID\); use --script duckdb"):
        apply(context, steps, tmp_path / "polars", "polars")
    script = tmp_path / POLARS_FILE
    script.write_text(_scripts(context, steps, tmp_path / "in", tmp_path / "x")[POLARS_FILE])
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "run postprocess.sql" in done.stderr


def test_nothing_of_a_report_becomes_code(both: Callable[..., Any]) -> None:
    bad = 'x\'); DROP TABLE t; --\n"""; import os #\u2028{0}'
    planned = [Planned(bad, bad, bad, (ROUND,))]
    result = both({"user": USERS, "event": EVENTS}, planned, FACTS)
    assert result.applied.counts[bad].rows_changed == 18
    assert {row[4] for row in result.rows("_changes/user")} == {comment(bad)}


def test_a_comment_stays_on_its_line() -> None:
    assert comment("a\nb\u2028c\x00\u202ed\te") == "a b c d e"
    assert len(comment("x" * 1000)) == 300


def test_our_names_give_way() -> None:
    assert free_names(["_row", "_fix"], ["_ROW", "_row_"]) == {"_row": "_row__", "_fix": "_fix"}


def test_a_killed_run_leaves_nothing_that_looks_complete(tmp_path: Path, make_context: Callable[..., Any]) -> None:
    query = "SELECT i AS id, i / 7.0::DOUBLE AS amount, repeat('x', 50) || i AS name FROM range(3000000) t(i)"
    context = make_context(tmp_path / "in", {"user": query})
    script = tmp_path / POLARS_FILE
    script.write_text(_scripts(context, _plan(ROUND), tmp_path / "in", tmp_path / "out")[POLARS_FILE])
    running = subprocess.Popen([sys.executable, str(script)])
    deadline = time.monotonic() + 20
    while not list(tmp_path.glob(".out.partial-*/*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(running.pid, signal.SIGKILL)
    running.wait()
    assert not (tmp_path / "out").exists()
    subprocess.run([sys.executable, str(script)], check=True)
    assert source.read_dataset(tmp_path / "out").rows("user") == 3_000_000


def test_a_run_that_cannot_finish_leaves_nothing(tmp_path: Path, make_context: Callable[..., Any]) -> None:
    context = make_context(tmp_path / "in", {"user": USERS, "event": EVENTS})
    (tmp_path / "in" / "event.parquet").write_bytes(b"no Parquet any more")
    with pytest.raises(WorkError, match="event"):
        apply(context, _plan(Quarantine("event", call("equal", Column("id"), 1), "bad")), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_part_that_got_a_column_loses_it_again(both: Callable[..., Any]) -> None:
    tables = {"t/a": "SELECT 1 AS id, 5 AS v, 'x' AS w", "t/b": "SELECT 'y' AS w, 2 AS id"}
    result = both(tables, _plan(Update("t", "v", call("first_known", Column("v"), 0))))
    assert result.rows("t/b") == [("y", "2", "0")]
    assert (None, '{"w": "VARCHAR", "id": "INTEGER"}', None) in [row[:3] for row in result.rows("_changes/t")]


def test_a_part_that_got_a_wider_type_has_its_own_again(both: Callable[..., Any]) -> None:
    tables = {"t/a": "SELECT 1 AS id, 5::BIGINT AS v", "t/b": "SELECT 2 AS id, 6::SMALLINT AS v"}
    result = both(tables, _plan(Update("t", "v", call("plus", Column("v"), 1))))
    assert result.rows("t/b") == [("2", "7")]


def test_nulls_of_rows_that_a_person_added_are_blamed_on_nobody(both: Callable[..., Any]) -> None:
    result = both(_PARTS, _plan(*_MARKED))

    def blamed(rows: int, defect: str = "unexpected_null", table: str = "user") -> bool:
        said = {"severity": "medium", "finding": "made", "defect": defect, "location": {"table": table}}
        finding = msgspec.convert(said | {"evidence": {"rows_affected": rows}}, Finding)
        return not repair._is_of_new_rows(finding, result.applied)

    assert result.applied.counts["f1"].rows_added == 2
    assert not blamed(2)
    assert blamed(3)
    assert blamed(2, "out_of_range")
    assert blamed(2, table="event")
