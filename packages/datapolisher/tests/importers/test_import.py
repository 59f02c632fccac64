"""``datapolisher import``, and another tool's result as an argument of ``polish``."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from datapolisher import commands
from datapolisher.cli import main
from datapolisher.importing.again import FILE

CLINIC = Path(__file__).parent / "clinic"
DATA = str(CLINIC / "data")
POINTBLANK = CLINIC / "visit_pointblank.json"


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args], catch_exceptions=False)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only this package is installed, and the work is done in an empty folder."""
    monkeypatch.setattr(commands, "available", lambda _: False)
    monkeypatch.chdir(tmp_path)


def test_a_result_becomes_a_report_and_what_is_no_finding_is_told(tmp_path: Path) -> None:
    done = run("import", CLINIC / "gx_summary.json", "--data", DATA)
    assert done.exit_code == 0
    assert "crunch_report.json: 18 findings" in done.stdout
    assert "not a finding: great_expectations.expect_table_row_count_to_equal" in done.stderr
    report = json.loads((tmp_path / "crunch_report.json").read_text("utf-8"))
    assert report["imported"]["files"][0]["tool"] == "great_expectations"


def test_without_data_it_says_that_nothing_was_measured() -> None:
    done = run("import", CLINIC / "gx_summary.json", "-o", "r.json")
    assert done.exit_code == 0
    assert "nothing was measured: name the data with --data DIR" in done.stderr


def test_a_table_that_nobody_names_is_asked_for_and_taken_from_the_call(tmp_path: Path) -> None:
    nameless = tmp_path / "report.json"
    steps = [{"assertion_type": "col_vals_not_null", "column": "name", "all_passed": False, "n_failed": 2, "n": 25}]
    nameless.write_text(json.dumps(steps), "utf-8")
    refused = run("import", nameless)
    assert (refused.exit_code, "name it with --table NAME" in refused.stderr) == (2, True)
    assert run("import", nameless, "--table", "ward").exit_code == 0
    assert json.loads((tmp_path / "crunch_report.json").read_text("utf-8"))["issues"][0]["location"]["table"] == "ward"


def test_a_name_that_the_data_has_not_is_refused_with_the_candidates(tmp_path: Path) -> None:
    other = tmp_path / "result.json"
    text = (CLINIC / "gx_summary.json").read_text("utf-8").replace("stg_visits", "admission")
    other.write_text(text, "utf-8")
    refused = run("import", other, "--data", DATA)
    assert refused.exit_code == 2
    assert '"admission" is no table of the data (doctor, visit, ward); say --table admission=NAME' in refused.stderr
    assert run("import", other, "--data", DATA, "--table", "admission=visit").exit_code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ('{"tables": []}', "no result of a tool that is known here (dbt, frictionless, great_expectations, pointblank"),
        ('{"results": [{"expectation_config": 3}]}', "not as great_expectations writes its results"),
    ],
    ids=["no-json", "no-tool", "not-as-the-tool-writes"],
)
def test_what_cannot_be_read_ends_with_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.json").write_text(text, "utf-8")
    done = run("import", "x.json")
    assert (done.exit_code, said in done.stderr) == (2, True), done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "crunch_report.json").exists()


def test_every_missing_file_is_named() -> None:
    done = run("import", "a.json", "b.json")
    assert done.exit_code == 2
    assert done.stderr.splitlines() == ["a.json: no such file", "b.json: no such file"]


def test_polishing_a_result_asks_where_its_data_lies() -> None:
    done = run("polish", POINTBLANK)
    assert done.exit_code == 2
    assert "name it with --data DIR" in done.stderr


def test_a_result_is_polished_and_measured_again(tmp_path: Path) -> None:
    done = run("polish", POINTBLANK, "--data", DATA, "--auto", "-o", "clean", "--quiet")
    assert done.exit_code == 0, done.stderr
    report = json.loads((tmp_path / "polish_report.json").read_text("utf-8"))
    actions = {(a["defect"], a["status"]): a for a in report["actions"]}
    assert actions["category_variant", "applied"]["verified"] is True
    assert actions["duplicate_row", "applied"]["rows_collapsed"] == 2
    assert "was not looked at" in report["unverified"][0]
    assert (tmp_path / FILE).is_file()
    with duckdb.connect() as con:
        left = con.execute("SELECT DISTINCT outcome FROM 'clean/visit.parquet' WHERE outcome IS NOT NULL").fetchall()
    assert {row[0] for row in left} == {"home", "transfer", "other"}


def test_a_plan_for_a_result_is_made_without_a_trace_of_the_report(tmp_path: Path) -> None:
    done = run("polish", POINTBLANK, "--data", DATA, "--dry-run")
    assert done.exit_code == 0, done.stderr
    assert not (tmp_path / FILE).exists()


def test_a_report_whose_results_are_gone_says_that_nothing_was_measured_again(tmp_path: Path) -> None:
    copy = tmp_path / "visit_result.json"
    copy.write_bytes(POINTBLANK.read_bytes())
    assert run("import", copy, "--data", DATA).exit_code == 0
    copy.unlink()
    assert run("polish", "--auto", "-o", "clean", "--quiet").exit_code == 0
    report = json.loads((tmp_path / "polish_report.json").read_text("utf-8"))
    assert "visit_result.json is gone" in report["unverified"][0]
    assert {action["verified"] for action in report["actions"]} == {None}


def test_results_are_found_again_from_where_the_report_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "visit.json").write_bytes(POINTBLANK.read_bytes())
    assert run("import", "visit.json", "--data", DATA).exit_code == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert run("polish", "../crunch_report.json", "--auto", "-o", "clean", "--quiet").exit_code == 0
    report = json.loads(Path("polish_report.json").read_text("utf-8"))
    assert {action["verified"] for action in report["actions"] if action["status"] == "applied"} == {True}
