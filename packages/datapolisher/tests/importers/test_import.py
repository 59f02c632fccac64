"""``datapolisher import``, and another tool's result as an argument of ``polish``."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result
from datapolisher import commands
from datapolisher.cli import main
from datapolisher.importing.again import FILE, SameChecks

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


def test_what_was_given_along_is_named_with_the_results(tmp_path: Path) -> None:
    """dbt's manifest from another folder: whoever measures the same checks again needs it too."""
    dbt = CLINIC / "dbt"
    (tmp_path / "run_results.json").write_bytes((dbt / "run_results.json").read_bytes())
    assert run("import", "run_results.json", dbt / "manifest.json", "--data", DATA).exit_code == 0
    report = json.loads((tmp_path / "crunch_report.json").read_text("utf-8"))
    assert [Path(file["path"]).name for file in report["imported"]["files"]] == ["run_results.json", "manifest.json"]
    again = run("import", *(file["path"] for file in report["imported"]["files"]), "--data", DATA, "-o", "again.json")
    assert again.exit_code == 0
    assert json.loads((tmp_path / "again.json").read_text("utf-8"))["issues"] == report["issues"]


def test_a_file_of_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    text = (CLINIC / "gx_summary.json").read_text("utf-8")
    (tmp_path / "results" / "whole.json").write_text(text, "utf-8")
    (tmp_path / "results" / "cut.json").write_text(text[:5000], "utf-8")
    (tmp_path / "results" / "other.json").write_text("{}", "utf-8")
    done = run("import", "results", "--data", DATA)
    assert done.exit_code == 0
    assert [line for line in done.stderr.splitlines() if "left aside" in line and "cut.json:1:" in line]


@pytest.mark.parametrize("name", ["Loan Items", "visit"])
def test_a_files_name_may_be_a_tables_with_a_space(tmp_path: Path, name: str) -> None:
    step = {"assertion_type": "col_vals_not_null", "column": "id", "all_passed": False, "n_failed": 1, "n": 2}
    (tmp_path / "tables").mkdir()
    for table in ("Loan Items", "loan_items", "visit"):
        with duckdb.connect() as con:
            con.execute(f"COPY (SELECT unnest([1, NULL]) AS id) TO 'tables/{table}.parquet'")
    (tmp_path / f"pb_{name}.json").write_text(json.dumps([step]), "utf-8")
    assert run("import", f"pb_{name}.json", "--data", "tables").exit_code == 0
    report = json.loads((tmp_path / "crunch_report.json").read_text("utf-8"))
    assert [issue["location"]["table"] for issue in report["issues"]] == [name]


def test_names_that_are_no_texts_are_read_as_texts(tmp_path: Path) -> None:
    """A header of numbers, as a spreadsheet has it."""
    error = {"type": "extra-label", "label": "x", "rowNumber": 1}
    task = {"name": "visit", "labels": [2021, 2022, "x"], "errors": [error], "stats": {}}
    (tmp_path / "visit.json").write_text(json.dumps({"valid": False, "tasks": [task]}), "utf-8")
    done = run("import", "visit.json", "--data", DATA)
    assert done.exit_code == 0, done.stderr


def test_what_the_analyst_finds_afterwards_is_counted_with_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = {
        "id": "f",
        "check": "c",
        "defect": "other",
        "severity": "low",
        "category": "data_quality",
        "finding": "worse",
    }
    monkeypatch.setattr(
        SameChecks, "_fresh", lambda *_: [fresh | {"persona": "", "recommendation": "", "location": {}}]
    )
    assert run("polish", POINTBLANK, "--data", DATA, "--auto", "--quiet", "-o", "clean").exit_code == 0
    after = json.loads((tmp_path / "polish_report.json").read_text("utf-8"))["after"]
    assert after["total_issues"] == sum(after["by_severity"].values())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_result_is_read_as_a_shell_has_written_it(tmp_path: Path, encoding: str) -> None:
    text = (CLINIC / "gx_summary.json").read_text("utf-8").replace("\n", "\r\n")
    (tmp_path / "shell.json").write_bytes(text.encode(encoding))
    done = run("import", "shell.json", "--data", DATA)
    assert "crunch_report.json: 18 findings" in done.stdout


def test_nan_for_no_value_is_left_to_a_person(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    values = "CASE WHEN i % 50 = 0 THEN 'nan'::DOUBLE WHEN i % 97 = 0 THEN NULL ELSE i END"
    with duckdb.connect() as con:
        con.execute(f"COPY (SELECT i AS id, {values} AS v FROM range(1, 1001) t(i)) TO 'tables/m.parquet'")
    step = {"assertion_type": "col_vals_not_null", "column": "v", "n": 1000, "n_failed": 30, "all_passed": False}
    (tmp_path / "m.json").write_text(json.dumps([step]), "utf-8")
    done = run("polish", "m.json", "--data", "tables", "--auto", "-o", "clean")
    assert done.exit_code == 0, done.stderr
    assert "20 of 1,000 rows have NaN for no v" in " ".join(done.stdout.split())


def test_a_table_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    for path in (CLINIC / "data").glob("*.parquet"):
        (tmp_path / "tables" / path.name).write_bytes(path.read_bytes()[: 400 if path.stem == "ward" else None])
    done = run("import", CLINIC / "gx_summary.json", "--data", "tables")
    assert done.exit_code == 0
    assert "tables/ward.parquet: not readable as Parquet" in done.stderr
