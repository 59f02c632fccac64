"""The commands as people and pipelines type them: exit codes, what stands on which stream, what lies on the disk."""

from __future__ import annotations

import io
import json
import shutil
import signal
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

import click
import jsonschema
import pyarrow.parquet as pq
import pytest
from datagen_core.cli import COMMANDS, cli, run
from datagen_core.cli.progress import announced
from datagen_core.cli.validate import MIN_SCORE
from datagen_core.validation import report
from rich.console import Console

CASES = Path(__file__).parent / "cases"
CONTRACTS = Path(str(files("datagen_core"))) / "contracts"
TABLES = {"user.parquet", "event.parquet"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory with a schema in it."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(CASES / "examples" / "simple_users_events.json", tmp_path / "schema.json")
    return tmp_path


def content(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def digest_of_columns(folder: Path) -> dict[str, list[Any]]:
    return {path.name: pq.read_table(path).to_pylist() for path in sorted(folder.glob("*.parquet"))}


def test_the_list_of_commands_says_what_each_command_says_of_itself() -> None:
    context = click.Context(cli)
    for name, words in COMMANDS.items():
        command = cli.get_command(context, name)
        assert command is not None
        assert command.help is not None
        assert command.help.splitlines()[0] == words == command.short_help
    assert MIN_SCORE == report.MIN_SCORE


def test_generate_writes_to_output_and_says_so(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["generate", "schema.json"]) == 0
    out, err = capsys.readouterr()
    assert content(place / "output") == TABLES | {".metadata.json"}
    assert out.startswith("2 tables, ")
    assert out.rstrip().endswith("→ output")
    assert sorted(line.split(":")[0] for line in err.splitlines()) == ["event", "user"]
    assert json.loads((place / "output" / ".metadata.json").read_text())["seed"] == 42


def test_generate_as_json_prints_one_document_and_nothing_else(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["generate", "schema.json", "--json", "--seed", "7"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert err == ""
    assert found["seed"] == 7
    assert [table["name"] for table in found["tables"]] == ["user", "event"]
    assert found["rows"] == sum(pq.read_metadata(place / "output" / name).num_rows for name in TABLES)


def test_generate_quietly_prints_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["generate", "schema.json", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_bar_for_each_table_stands_on_a_terminal() -> None:
    screen = io.StringIO()
    with announced(quiet=False, console=Console(file=screen, force_terminal=True, width=100)) as progress:
        progress.begin("user", 1000)
        progress.begin("event", 8000)
        progress.advance("user", 400)
        progress.end("event", 8040)
        progress.end("user", 1000)
    shown = screen.getvalue()
    assert "1,000 of 1,000 rows" in shown
    assert "8,040 of 8,040 rows" in shown


def test_an_interrupted_run_leaves_nothing_and_says_130(place: Path) -> None:
    command = [sys.executable, "-c", "from datagen_core.cli import main; main()"]
    process = subprocess.Popen(
        [*command, "generate", "schema.json", "--scale", "5000"], stderr=subprocess.PIPE, text=True, cwd=place
    )
    try:
        for _ in range(600):
            if any(path.name.startswith(".datagen-") for path in place.iterdir()):
                break
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130
    assert err.splitlines()[-1] == "datagen-core: interrupted"
    assert "Traceback" not in err
    assert {path.name for path in place.iterdir()} == {"schema.json"}


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        (["--rows", "user=7"], {"user": 7}),
        (["--scale", "0.02"], {"user": 20}),
        (["--rows", "user=9", "--scale", "50"], {"user": 9}),
        (["--only", "user"], {"user": 1000}),
    ],
    ids=["rows", "scale", "rows-are-not-scaled", "only"],
)
def test_rows_are_what_the_call_asks(options: list[str], rows: dict[str, int], place: Path) -> None:
    assert run(["generate", "schema.json", "--quiet", *options]) == 0
    for table, count in rows.items():
        assert pq.read_metadata(place / "output" / f"{table}.parquet").num_rows == count
    assert ("event.parquet" in content(place / "output")) == ("--only" not in options)


def test_a_second_run_replaces_the_first_and_gives_the_same_rows(place: Path) -> None:
    assert run(["generate", "schema.json", "--quiet"]) == 0
    first = digest_of_columns(place / "output")
    assert run(["generate", "schema.json", "--quiet", "--workers", "2"]) == 0
    assert digest_of_columns(place / "output") == first
    assert run(["generate", "schema.json", "--quiet", "--seed", "43"]) == 0
    assert digest_of_columns(place / "output") != first


def test_a_sample_is_shown_and_nothing_is_written(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["generate", "schema.json", "--dry-run-sample", "2"]) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in ("user_id", "timestamp", "amount"))
    assert run(["generate", "schema.json", "--dry-run-sample", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {name: len(rows) for name, rows in found.items()} == {"user": 2, "event": 2}
    assert content(place) == {"schema.json"}


WRONG_CALLS = {
    "no-such-schema": (["generate", "nope.json"], "nope.json: no such file"),
    "schema-is-a-directory": (["generate", "."], ".: is a directory"),
    "unknown-command": (["generat", "schema.json"], "generat"),
    "no-schema": (["generate"], "Missing argument"),
    "rows-without-number": (["generate", "schema.json", "--rows", "user"], "'user' is not of the form TABLE=N"),
    "rows-of-unknown-table": (
        ["generate", "schema.json", "--rows", "usr=1"],
        'unknown table "usr"; did you mean "user"?',
    ),
    "rows-of-a-child": (
        ["generate", "schema.json", "--rows", "event=1"],
        "the rows of event follow from those of user",
    ),
    "scale-zero": (["generate", "schema.json", "--scale", "0"], "--scale 0: has to be a number above 0"),
    "scale-nan": (["generate", "schema.json", "--scale", "nan"], "--scale nan: has to be a number above 0"),
    "only-unknown": (["generate", "schema.json", "--only", "evnt"], 'unknown table "evnt"; did you mean "event"?'),
    "no-workers": (["generate", "schema.json", "--workers", "0"], "0 is not in the range"),
    "format-without-parts": (
        ["generate", "schema.json", "--format", "duckdb", "--parts", "2"],
        "one file, which has no",
    ),
    "format-without-compression": (
        ["generate", "schema.json", "--format", "csv", "--compression", "zstd"],
        "only Parquet is compressed, not csv",
    ),
    "part-without-number": (["generate", "schema.json", "--part", "7"], "'7' is not of the form I/N"),
    "part-beyond": (["generate", "schema.json", "--part", "3/2"], "--part 3/2: the parts are 1 to 2"),
    "part-zero": (["generate", "schema.json", "--part", "0/2"], "--part 0/2: the parts are 1 to 2"),
    "part-of-others": (["generate", "schema.json", "--part", "1/2", "--parts", "3"], "contradict each other"),
    "format-unknown": (["generate", "schema.json", "--format", "xls"], "'xls' is not one of"),
    "output-is-a-file": (["generate", "schema.json", "-o", "schema.json"], "schema.json: is a file"),
    "no-such-data": (["validate", "schema.json", "--data", "nowhere"], "nowhere: no such directory"),
    "data-is-a-file": (["validate", "schema.json", "--data", "schema.json"], "schema.json: is a file"),
    "score-above-100": (["validate", "schema.json", "--min-score", "101"], "101.0 is not in the range"),
    "schema-of-nothing": (["validate", "nope.json"], "nope.json: no such file"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG_CALLS.values(), ids=list(WRONG_CALLS))
def test_a_wrong_call_is_told_and_nothing_is_written(
    arguments: list[str], message: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert "Traceback" not in out + err
    assert content(place) == {"schema.json"}


@pytest.mark.parametrize("command", ["generate", "validate"])
def test_a_broken_schema_costs_a_line_for_each_mistake(
    command: str, place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(CASES / "broken")
    assert run([command, "many_mistakes.json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (CASES / "broken" / "many_mistakes.txt").read_text("utf-8")
    assert content(place) == {"schema.json"}


def test_a_schema_alone_is_validated_without_data(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "schema.json"]) == 0
    assert capsys.readouterr().out == "schema.json: valid; 2 tables, about 9,000 rows\n"
    assert run(["validate", "schema.json", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["valid"] is True
    assert content(place) == {"schema.json"}


def test_validate_writes_its_report_and_prints_the_score(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["generate", "schema.json", "--quiet"]) == 0
    assert run(["validate", "schema.json", "--data", "output/"]) == 0
    out = capsys.readouterr().out
    written = json.loads((place / "validation_report.json").read_text("utf-8"))
    jsonschema.validate(written, json.loads((CONTRACTS / "validation-report" / "v1.json").read_text("utf-8")))
    assert f"score {written['score']:.1f} (at least 80): passed → validation_report.json" in out
    assert [line.split()[0] for line in out.splitlines()[-4:-1]] == ["structure", "values", "behaviour"]


def test_a_score_below_the_gate_is_exit_code_1(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["generate", "schema.json", "--quiet"]) == 0
    assert run(["validate", "schema.json", "--data", "output", "--min-score", "100", "-o", "r.json"]) == 1
    assert "not passed → r.json" in capsys.readouterr().out
    assert json.loads((place / "r.json").read_text())["passed"] is False


def test_a_lost_table_fails_a_hard_constraint_whatever_the_score(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["generate", "schema.json", "--quiet"]) == 0
    (place / "output" / "user.parquet").unlink()
    assert run(["validate", "schema.json", "--data", "output", "--min-score", "0"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("FAILED")
    assert "a hard constraint does not hold" in out


def test_validate_as_json_prints_the_report(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["generate", "schema.json", "--quiet"]) == 0
    assert run(["validate", "schema.json", "--data", "output", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads((place / "validation_report.json").read_text("utf-8"))


def test_metadata_keeps_its_contract(place: Path) -> None:
    assert run(["generate", "schema.json", "--quiet"]) == 0
    found = json.loads((place / "output" / ".metadata.json").read_text("utf-8"))
    jsonschema.validate(found, json.loads((CONTRACTS / "dataset-metadata" / "v1.json").read_text("utf-8")))
    assert found["schema"]["document"] == json.loads((place / "schema.json").read_text("utf-8"))
    assert found["schema"]["path"] == "schema.json"
