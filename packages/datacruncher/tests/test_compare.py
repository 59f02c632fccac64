"""Against the past: what is new, graver, gone, and what has moved; and the offending rows themselves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest
from datacruncher import crunch
from datacruncher.cli import run
from datacruncher.report import stability
from datacruncher.report.model import Report

Write = Callable[[Path, Any], Path]
Capture = pytest.CaptureFixture[str]
CONTRACT = json.loads((Path(__file__).parents[3] / "contracts" / "crunch-report" / "v1.json").read_text())

DAMAGE = {
    "InvoiceLine": "UPDATE x SET InvoiceId = 100000 + InvoiceLineId WHERE InvoiceLineId % 20 = 0",
    "Track": "UPDATE x SET Composer = NULL WHERE TrackId % 2 = 0",
    "Customer": "ALTER TABLE x DROP COLUMN Fax",
}


@pytest.fixture(scope="module")
def worse(chinook: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worse") / "data"
    shutil.copytree(chinook, folder)
    for table, damage in DAMAGE.items():
        with duckdb.connect() as con:
            con.execute(f"CREATE TABLE x AS FROM '{folder}/{table}.parquet'").fetchall()
            con.execute(damage).fetchall()
            con.execute(f"COPY x TO '{folder}/{table}.parquet' (FORMAT parquet)").fetchall()
    return folder


@pytest.fixture(scope="module")
def old(chinook: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("old") / "old.json"
    assert run(["crunch", str(chinook), "-q", "-o", str(path), "--personas", "DE"]) == 0
    return path


@pytest.fixture(scope="module")
def compared(worse: Path, old: Path) -> Report:
    return crunch(str(worse), baseline=str(old), personas=["DE"])


def test_findings_are_new_or_as_they_were(compared: Report) -> None:
    baseline = compared.baseline
    assert baseline
    by_id = {issue.id: issue for issue in compared.issues}
    assert {by_id[i].check for i in baseline.new} == {"keys.foreign_key_orphan"}
    assert {by_id[i].check for i in baseline.unchanged} == {"validity.whitespace", "completeness.constant_column"}
    assert baseline.gone == []
    assert {issue.status for issue in compared.issues} == {"new", "unchanged"}


def test_the_other_way_round_they_are_gone(chinook: Path, worse: Path, tmp_path: Path) -> None:
    path = tmp_path / "worse.json"
    assert run(["crunch", str(worse), "-q", "-o", str(path), "--personas", "DE"]) == 0
    baseline = crunch(str(chinook), baseline=str(path), personas=["DE"]).baseline
    assert baseline
    assert [gone.check for gone in baseline.gone] == ["keys.foreign_key_orphan"]
    unasked = crunch(str(chinook), baseline=str(path), personas=["CFO"]).baseline
    assert unasked
    assert "keys.foreign_key_orphan" in {item.check for item in unasked.not_asked}
    assert unasked.gone == []


def test_drift_and_changes(compared: Report) -> None:
    baseline = compared.baseline
    assert baseline
    (drift,) = baseline.drift
    assert (drift.table, drift.column) == ("Track", "Composer")
    assert drift.psi > 0.25
    assert drift.said.startswith("Track.Composer: 27.9% → 63.")
    assert [(c.table, c.column, c.change) for c in baseline.changes] == [("Customer", "Fax", "removed")]


def test_a_finding_that_grew_is_graver(chinook: Path, worse: Path, tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    assert run(["crunch", str(worse), "-q", "-o", str(path), "--personas", "DE"]) == 0
    document = json.loads(path.read_text())
    for issue in document["issues"]:
        issue["severity"] = "low"
    path.write_text(json.dumps(document))
    baseline = crunch(str(worse), baseline=str(path), personas=["DE"]).baseline
    assert baseline
    assert len(baseline.graver) == 3
    assert baseline.new == []


def test_a_symptom_that_a_cause_explained_is_not_new(worse: Path, old: Path, tmp_path: Path) -> None:
    document = json.loads(old.read_text())
    current = crunch(str(worse), personas=["DE"]).issues[0]
    document["issues"][0]["evidence"]["details"]["explains"] = [{"id": current.id, "check": current.check}]
    (tmp_path / "x.json").write_text(json.dumps(document))
    baseline = crunch(str(worse), baseline=str(tmp_path / "x.json"), personas=["DE"]).baseline
    assert baseline
    assert current.id not in baseline.new


def test_a_directory_of_earlier_data_says_the_same(worse: Path, chinook: Path, compared: Report) -> None:
    baseline = crunch(str(worse), baseline=str(chinook), personas=["DE"]).baseline
    assert baseline and compared.baseline
    assert (baseline.new, baseline.drift, baseline.changes) == (
        compared.baseline.new,
        compared.baseline.drift,
        compared.baseline.changes,
    )


@pytest.mark.parametrize(("which", "code"), [("worse", 1), ("chinook", 0)])
def test_the_gate(which: str, code: int, old: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    data = request.getfixturevalue(which)
    call = ["crunch", str(data), "-q", "--personas", "DE", "--baseline", str(old), "--fail-on-new"]
    assert run([*call, "-o", str(tmp_path / "r.json")]) == code


def test_every_form_tells_it(compared: Report, capsys: Capture, worse: Path, old: Path, tmp_path: Path) -> None:
    outs = [f"{tmp_path}/r.{end}" for end in ("json", "html", "md", "sarif")]
    call = ["crunch", str(worse), "--baseline", str(old), "--personas", "DE", *(x for out in outs for x in ("-o", out))]
    assert run(call) == 0
    shown = capsys.readouterr().out
    said = {out.rsplit(".", 1)[1]: Path(out).read_text() for out in outs}
    assert f"since {old} (" in shown
    assert "1 new, 3 unchanged" in shown
    assert "Track.Composer" in said["html"]
    assert "Since then" in said["html"]
    assert "1 new, 0 graver, 3 unchanged, 0 gone" in said["md"]
    states = [result["baselineState"] for result in json.loads(said["sarif"])["runs"][0]["results"]]
    assert sorted(states) == ["new", "unchanged", "unchanged", "unchanged"]
    jsonschema.Draft202012Validator(CONTRACT).validate(json.loads(said["json"]))


WRONG = {
    "no file": (None, "can't be read: No such file or directory"),
    "no JSON": ("{", ":1:2: --baseline: is no JSON"),
    "another contract": ('{"contract": "polish-report/1.0"}', 'is no crunch-report/1.x but "polish-report/1.0"'),
    "version 2": ('{"contract": "crunch-report/2.0"}', "is no crunch-report/1.x"),
    "no findings": ('{"contract": "crunch-report/1.0", "dataset": "x"}', '"issues" is missing'),
    "a number as id": (
        '{"contract": "crunch-report/1.0", "dataset": "x", "issues": [{"id": 3, "check": "a", "severity": "low", "finding": "f"}]}',
        "issues[0].id: a text expected",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_report_is_refused(name: str, chinook: Path, tmp_path: Path, capsys: Capture) -> None:
    text, words = WRONG[name]
    path = tmp_path / "b.json"
    if text is not None:
        path.write_text(text)
    assert run(["crunch", str(chinook), "--baseline", str(path), "-o", str(tmp_path / "r.json")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(str(path))
    assert words in line
    assert not (tmp_path / "r.json").exists()


def test_a_gate_without_a_baseline_is_a_wrong_call(chinook: Path, capsys: Capture) -> None:
    assert run(["crunch", str(chinook), "--fail-on-new"]) == 2
    assert "--fail-on-new: there is nothing to compare with" in capsys.readouterr().err


SAME = {"p01": 0.0, "p05": 0.0, "p25": 0.0, "p50": 1.0, "p75": 4.0, "p95": 9.0, "p99": 12.0}


def test_equal_profiles_have_not_moved() -> None:
    shares = stability.of_quantiles(SAME, SAME)
    assert shares is not None
    assert stability.index(*shares) == 0.0
    assert sum(shares[0]) == pytest.approx(1.0)


def test_the_index_by_hand() -> None:
    """(0.5, 0.5) to (0.25, 0.75): (−0.25)·ln(0.5) + 0.25·ln(1.5)."""
    assert stability.index([0.5, 0.5], [0.25, 0.75]) == pytest.approx(0.25 * 0.6931472 + 0.25 * 0.4054651)
    assert stability.of_frequencies({"a": 1, "b": 1}, {"b": 3, "c": 1}) == ([0.5, 0.5, 0.0], [0.0, 0.75, 0.25])


def test_a_shift_is_seen_and_two_samples_of_one_law_are_not() -> None:
    with duckdb.connect() as con:
        at = [int(name[1:]) / 100 for name in SAME]
        law = "SELECT ln(1 + (hash(i + {seed}) % 100000)) AS v FROM range(2000) t(i)"
        query = f"SELECT quantile_cont(v + {{shift}}, {at}) FROM ({law})"
        first, second, moved = (
            dict(zip(SAME, con.execute(query.format(shift=s, seed=n)).fetchall()[0][0], strict=True))
            for s, n in ((0, 0), (0, 5000), (1, 0))
        )
    unmoved, shifted = stability.of_quantiles(first, second), stability.of_quantiles(first, moved)
    assert unmoved is not None and shifted is not None
    assert stability.index(*unmoved) < 0.05
    assert stability.index(*shifted) > 0.25


def test_rows_are_exported_all_of_them(worse: Path, tmp_path: Path) -> None:
    report = crunch(str(worse), export_rows=str(tmp_path / "rows"), personas=["DE"])
    written = [issue for issue in report.issues if issue.rows_file]
    assert {issue.check for issue in written} == {"keys.foreign_key_orphan", "validity.whitespace"}
    for issue in written:
        rows = duckdb.sql(f"SELECT COUNT(*) FROM '{issue.rows_file}'").fetchall()
        assert rows == [(issue.evidence.rows_affected,)]
    listed = json.loads((tmp_path / "rows" / "findings.json").read_text())
    assert [item["id"] for item in listed] == [issue.id for issue in report.issues]
    assert {item["reason"] for item in listed if item["file"] is None} == {"no single row offends"}
    again = crunch(str(worse), export_rows=str(tmp_path / "rows"), personas=["DE"])
    assert [issue.rows_file for issue in again.issues] == [issue.rows_file for issue in report.issues]
    assert [path.name for path in tmp_path.iterdir()] == ["rows"]


def test_rows_never_replace_what_others_wrote(worse: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    call = ["crunch", str(worse), "-q", "-o", str(tmp_path / "r.json"), "--export-rows"]
    assert run([*call, str(tmp_path / "mine")]) == 2
    assert "is no directory of exported rows" in capsys.readouterr().err
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
    assert run([*call, str(worse / "rows")]) == 2
    assert "lies inside the dataset" in capsys.readouterr().err
    assert not (worse / "rows").exists()


def test_sql_of_a_persona_can_not_read_what_is_exported(worse: Path, tmp_path: Path, capsys: Capture) -> None:
    persona = tmp_path / "p.yaml"
    persona.write_text(
        "contract: persona/1.0\nname: P\nchecks:\n  - {id: x, sql: \"SELECT * FROM read_parquet('rows/*.parquet')\", "
        "of: SELECT 1, finding: x, severity: low}\n"
    )
    call = ["crunch", str(worse), "--persona-file", str(persona), "--export-rows", str(tmp_path / "rows")]
    assert run(call) == 2
    assert "read_parquet" in capsys.readouterr().err
    assert not (tmp_path / "rows").exists()
