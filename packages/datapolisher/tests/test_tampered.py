"""A report that a stranger tampered with is refused or harmless: nothing runs, nothing leaves, nothing else is touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from datapolisher import source
from datapolisher.cli import main

Run = Callable[..., Result]
BAD = "amount\"; COPY (SELECT 1) TO 'pwned.csv'; --"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datapolisher.commands.available", lambda _: False)
    return lambda *args: CliRunner().invoke(main, args)


def _changed(report: dict[str, Any], *path: Any, to: Any) -> None:
    *parents, last = path
    node: Any = report
    for key in parents:
        node = node[key]
    node[last] = to


LOCATION = ("issues", 0, "location")
DETAILS = ("issues", 0, "evidence", "details")
TAMPERED: dict[str, tuple[tuple[Any, ...], Any]] = {
    "SQL in a column's name": ((*LOCATION, "columns"), [BAD]),
    "SQL in a table's name": ((*LOCATION, "table"), "order'); DROP TABLE x; --"),
    "a table outside": ((*LOCATION, "table"), "../secret"),
    "a related table outside": ((*LOCATION, "related"), {"table": "../../secret", "columns": ["x"]}),
    "SQL in the finding": (("issues", 0, "finding"), "x'; DROP TABLE t; --\n\x1b[31mred"),
    "SQL in the id": (("issues", 0, "id"), "f'); COPY (SELECT 1) TO 'pwned.csv'; --\n*/"),
    "SQL to be run": (("issues", 0, "sql_query"), "COPY (SELECT 1) TO 'pwned.csv'"),
    "a key of another shape": (("tables",), [{"name": "order", "primary_key": {"columns": [BAD]}}]),
    "a foreign key that leads out": (
        ("tables",),
        [
            {
                "name": "order",
                "foreign_keys": [{"columns": ["user_id"], "references": {"table": "../x", "columns": ["y"]}}],
            }
        ],
    ),
    "a pattern that never ends": (DETAILS, {"pattern": "(a+)+$", "rule": "declared"}),
    "a pattern that is none": (DETAILS, {"pattern": "([", "rule": "declared"}),
    "a formula with code": (DETAILS, {"formula": "__import__('os').system('touch pwned')", "result_column": "amount"}),
    "details of another kind": (DETAILS, {"values": "x", "variants": [1], "min": {}, "max": [], "hours": "7"}),
    "another digest": (("dataset_digest",), "sha256:" + "0" * 64),
    "a schema elsewhere": (("schema",), {"path": "/etc/hostname", "sha256": None}),
    "personas that are options": (("personas",), ["--help", "-o/tmp/x"]),
}
DEFECTS = ("whitespace", "invalid_format", "arithmetic_mismatch", "sentinel_value", "foreign_key_orphan", "unit_scale")


@pytest.mark.parametrize("case", TAMPERED)
def test_it_is_refused_or_harmless(
    case: str, run: Run, make: Any, shop: Path, write_report: Any, tmp_path: Path
) -> None:
    (tmp_path / "secret.parquet").write_bytes((shop / "user.parquet").read_bytes())
    before = {path: source.sha256(path) for path in [*shop.iterdir(), tmp_path / "secret.parquet"]}
    for defect in DEFECTS if TAMPERED[case][0] == DETAILS else ("foreign_key_orphan",):
        report = make.report(
            "shop", make.finding(defect, "order", "status"), make.finding("whitespace", "order", "status")
        )
        path, value = TAMPERED[case]
        _changed(report, *path, to=value)
        write_report(report)
        result = run("polish", "--auto")
        assert result.exit_code in {0, 2}, f"{defect}: {result.output}"
        assert "Traceback" not in result.output
        assert "\x1b[31m" not in result.stdout
        _nothing_else(tmp_path, before)
        if result.exit_code == 0:
            actions = json.loads((tmp_path / "polish_report.json").read_text())["actions"]
            assert len(actions) == 2
            assert all(action["status"] == "applied" or action["reason"] for action in actions)


def _nothing_else(folder: Path, before: dict[Path, str]) -> None:
    assert {path: source.sha256(path) for path in before} == before
    assert not list(folder.rglob("*pwned*"))
    assert not [path for path in (folder / "shop_polished").rglob("*") if "secret" in path.name]
    known = {"shop", "shop_polished", "secret.parquet", "crunch_report.json", "polish_report.json", "polish_plan.yaml"}
    assert {path.name for path in folder.iterdir()} <= known | {"postprocess.sql", "postprocess.py"}


def test_a_report_of_another_dataset_changes_nothing(run: Run, make: Any, shop: Path, write_report: Any) -> None:
    other = shop.with_name("other")
    make.table(other / "invoice.parquet", "SELECT 1 AS id, ' x' AS note")
    write_report(make.report("other", make.finding("whitespace", "order", "status")))
    assert run("polish", "--auto").exit_code == 0
    action = json.loads(Path("polish_report.json").read_text())["actions"][0]
    assert (action["status"], action["reason"]) == ("skipped", 'the dataset has no table "order"')


def test_another_digest_is_never_approved_and_always_said(run: Run, make: Any, shop: Path, write_report: Any) -> None:
    write_report(
        make.report("shop", make.finding("whitespace", "order", "status"), dataset_digest="sha256:" + "0" * 64)
    )
    assert run("polish", "--path", "approve", "--approved-by", "Eve", "--notes", "trust me").exit_code == 1
    assert run("polish", "--auto").exit_code == 0
    notes = json.loads(Path("polish_report.json").read_text())["notes"]
    assert any(note.startswith("the data changed since it was crunched") for note in notes)


def test_metadata_that_names_files_outside_reads_none_of_them(
    run: Run, make: Any, shop: Path, write_report: Any
) -> None:
    files = [{"path": "../secret.parquet", "sha256": "0" * 64}]
    content = {"name": "shop", "seed": 1, "tables": [{"name": "order", "files": files}]}
    (shop / ".metadata.json").write_text(json.dumps(content))
    write_report(make.report("shop", make.finding("whitespace", "order", "status")))
    result = run("polish", "--auto")
    assert result.exit_code == 0, result.stderr
    assert not list(Path("shop_polished").rglob("secret*"))


def test_a_query_of_a_report_only_reads(shop: Path) -> None:
    user = (shop / "user.parquet").as_posix()
    written = shop / "order.parquet"
    before = source.sha256(written)
    assert source.rows_affected(f"SELECT count(*) AS rows_affected FROM '{user}'", shop.resolve()) == 5
    assert (
        source.rows_affected(f"COPY (SELECT 1 AS rows_affected) TO '{written}' (FORMAT parquet)", shop.resolve())
        is None
    )
    assert source.rows_affected(f"SELECT 1 AS rows_affected; COPY (SELECT 1) TO '{written}'", shop.resolve()) is None
    assert source.rows_affected("SELECT 1 AS rows_affected FROM '/etc/passwd'", shop.resolve()) is None
    assert source.sha256(written) == before
