"""``undo``: the input comes back row for row, or it is said why it cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result
from datapolisher.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datapolisher.commands.available", lambda _: False)
    return lambda *args: CliRunner().invoke(main, args)


@pytest.fixture
def polished(run: Run, make: Any, shop: Path, write_report: Any, tmp_path: Path) -> Path:
    """Blanks trimmed, a column rounded by wish, a table with metadata and a stranger's file beside it."""
    (shop / "README.txt").write_text("hello")
    (shop / ".metadata.json").write_text(json.dumps({"name": "shop", "tables": [{"name": "order", "rows": 100}]}))
    write_report(make.report("shop", make.finding("whitespace", "order", "status")))
    result = run("polish", "--auto", "--round", "order.amount=1")
    assert result.exit_code == 0, result.stderr
    return tmp_path / "shop_polished"


def _rows(path: Path) -> Any:
    with duckdb.connect() as con:
        return con.execute(f"SELECT * FROM read_parquet('{path}')").fetchall()


def test_the_input_comes_back(run: Run, shop: Path, polished: Path, tmp_path: Path) -> None:
    result = run("undo", "shop_polished", "-o", "restored")
    assert result.exit_code == 0, result.stderr
    assert "cells with their old value" in result.stdout
    names = [path.name for path in sorted(shop.iterdir())]
    assert [path.name for path in sorted((tmp_path / "restored").iterdir()) if path.name != ".polish.json"] == names
    for path in shop.iterdir():
        other = tmp_path / "restored" / path.name
        if path.suffix == ".parquet":
            assert _rows(other) == _rows(path)
        else:
            assert other.read_bytes() == path.read_bytes()
    assert _rows(polished / "order.parquet") != _rows(shop / "order.parquet")


WRONG: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a cell was changed since": (
        lambda root: duckdb.sql("SELECT 1 AS order_id").write_parquet(str(root / "order.parquet")),
        "order.parquet is not what polishing wrote",
    ),
    "the record is gone": (
        lambda root: (root / "_changes" / "order.parquet").unlink(),
        "_changes/order.parquet is not what polishing wrote",
    ),
    "another's directory": (
        lambda root: (
            [(root / "_changes" / n).unlink() for n in ("order.parquet", ".metadata.json")]
            and (root / "_changes").rmdir() is None
            and (root / ".polish.json").unlink()
        ),
        "not a result of polishing, or its record is gone",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_undone_is_said(case: str, run: Run, polished: Path, tmp_path: Path) -> None:
    damage, said = WRONG[case]
    damage(polished)
    result = run("undo", "shop_polished", "-o", "restored")
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr
    assert not (tmp_path / "restored").exists()


def test_a_record_that_does_not_fit_is_refused(run: Run, polished: Path, tmp_path: Path) -> None:
    (polished / ".polish.json").unlink()
    log = polished / "_changes" / "order.parquet"
    with duckdb.connect() as con:
        con.execute(
            f"CREATE TABLE t AS SELECT * REPLACE (CAST(NULL AS VARCHAR) AS _column, 'order.parquet:0' AS _new, "
            f"CAST(7 AS BIGINT) AS _row) FROM '{log}' LIMIT 2"
        )
        con.execute(f"COPY t TO '{log}'")
    result = run("undo", "shop_polished", "-o", "restored")
    assert (result.exit_code, "nothing is written" in result.stderr) == (3, True), result.stderr
    assert not (tmp_path / "restored").exists()


def test_without_a_change_log_there_is_no_way_back(run: Run, make: Any, write_report: Any, shop: Path) -> None:
    write_report(make.report("shop", make.finding("whitespace", "order", "status")))
    assert run("polish", "--auto", "--no-change-log").exit_code == 0
    assert not Path("shop_polished/_changes").exists()
    result = run("undo", "shop_polished", "-o", "restored")
    assert (result.exit_code, "polished with --no-change-log" in result.stderr) == (2, True)


def test_a_file_name_in_the_record_leads_nowhere(run: Run, polished: Path, tmp_path: Path) -> None:
    (polished / ".polish.json").unlink()
    log = polished / "_changes" / "order.parquet"
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t AS SELECT * REPLACE ('../../secret.parquet' AS _file) FROM '{log}'")
        con.execute(f"COPY t TO '{log}'")
    run("undo", "shop_polished", "-o", "restored")
    assert not list(tmp_path.rglob("secret*"))


def test_a_directory_that_is_one_table_comes_back(run: Run, make: Any, write_report: Any, tmp_path: Path) -> None:
    for year in (2023, 2024):
        part = tmp_path / "sales" / f"year={year}" / "p.parquet"
        part.parent.mkdir(parents=True)
        rows = f"SELECT i AS id, CASE WHEN i % 9 = 0 THEN 'a ' ELSE 'a' END AS v FROM range({year}, {year} + 40) t(i)"
        duckdb.sql(rows).write_parquet(str(part))
    write_report(make.report("sales", make.finding("whitespace", "sales", "v")))
    assert run("polish", "--auto", "-o", "done").exit_code == 0
    (tmp_path / "done").rename(tmp_path / "elsewhere")
    result = run("undo", "elsewhere", "-o", "restored")
    assert result.exit_code == 0, result.stderr
    for year in (2023, 2024):
        part = Path(f"year={year}") / "p.parquet"
        assert _rows(tmp_path / "restored" / part) == _rows(tmp_path / "sales" / part)
        assert _rows(tmp_path / "elsewhere" / part) != _rows(tmp_path / "sales" / part)


def test_a_column_of_the_scripts_name_is_said(run: Run, make: Any, write_report: Any, tmp_path: Path) -> None:
    (tmp_path / "odd").mkdir()
    duckdb.sql("SELECT 1 AS id, ' a' AS v, 'x' AS \"#ROW\"").write_parquet(str(tmp_path / "odd" / "t.parquet"))
    write_report(make.report("odd", make.finding("whitespace", "t", "v")))
    assert run("polish", "--auto").exit_code == 0
    (action,) = json.loads((tmp_path / "polish_report.json").read_text())["actions"]
    assert action["status"] == "skipped"
    assert 'has a column "#ROW", a name that the scripts need' in action["reason"]
    result = run("polish", "--auto", "--fill", "t.v=b")
    assert result.exit_code == 2
    assert 'the column "#ROW" has a name that the scripts need' in result.stderr
