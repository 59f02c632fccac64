"""The command line: exit codes, one line for each mistake, nothing written where nothing was asked."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import duckdb
import pytest
from datacruncher.cli import COMMANDS, cli, run

Write = Callable[[Path, Any], Path]
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.setenv("LINES", "40")


@pytest.fixture
def broken(chinook: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(chinook, folder)
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE x AS FROM '{folder}/InvoiceLine.parquet'")
        con.execute("UPDATE x SET InvoiceId = 100000 + InvoiceLineId WHERE InvoiceLineId % 20 = 0")
        con.execute(f"COPY x TO '{folder}/InvoiceLine.parquet' (FORMAT parquet)")
    return folder


def test_a_report_and_a_summary(broken: Path, capsys: Capture) -> None:
    assert run(["crunch", "data", "--personas", "Data Engineer"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("data: 11 tables, 15,607 rows · quality ")
    assert "Orphans: 112 of 2240 rows (5.0%) of InvoiceLine.InvoiceId refer to no row of Invoice" in out
    assert out.endswith("report: crunch_report.json\n")
    assert len(out.splitlines()) <= 40
    report = json.loads(Path("crunch_report.json").read_text())
    assert report["dataset"] == "data"
    assert report["issues"][0]["severity"] == "critical"
    assert "read_parquet('data/InvoiceLine.parquet')" in report["issues"][0]["sql_query"]


def test_verbose_shows_the_sql_of_each_finding(broken: Path, capsys: Capture) -> None:
    assert run(["crunch", "data", "--verbose", "--personas", "Data Engineer"]) == 0
    out = capsys.readouterr().out
    report = json.loads(Path("crunch_report.json").read_text())
    for issue in report["issues"]:
        assert issue["finding"] in out
        assert issue["sql_query"] is None or issue["sql_query"].splitlines()[0] in out
    assert "skipped " in out


@pytest.mark.parametrize(
    ("gates", "code"),
    [([], 0), (["--fail-on-critical"], 1), (["--fail-on-high"], 1), (["--fail-on-critical", "--fail-on-high"], 1)],
)
def test_gates(broken: Path, gates: list[str], code: int) -> None:
    assert run(["crunch", "data", "--personas", "Data Engineer", "-q", *gates]) == code
    assert Path("crunch_report.json").exists()


def test_gates_hold_on_clean_data(chinook: Path) -> None:
    assert run(["crunch", str(chinook), "-q", "--fail-on-critical", "--fail-on-high"]) == 0


def test_quiet_prints_nothing_and_json_prints_the_report(broken: Path, capsys: Capture) -> None:
    assert run(["crunch", "data", "--quiet", "--personas", "DE"]) == 0
    assert capsys.readouterr() == ("", "")
    assert run(["crunch", "data", "--json", "--personas", "DE", "-o", "other.json"]) == 0
    captured = capsys.readouterr()
    assert captured.out == Path("other.json").read_text()
    assert captured.err == ""


def test_the_dataset_is_not_touched(broken: Path) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in broken.iterdir()}
    assert run(["crunch", "data", "-q"]) == 0
    assert {path.name: path.stat().st_mtime_ns for path in broken.iterdir()} == before


OLD = '{"tables": [{"name": "x"}]}'
TRAILING = '{\n  "version": "1.0",\n  "nodes": [],\n}'
MISTAKES = {
    "no such path": (["nowhere"], {}, ["nowhere: no such file or directory"]),
    "an empty directory": (["empty"], {"empty/": ""}, ["empty: no Parquet file in this directory"]),
    "a CSV called Parquet": (["bad"], {"bad/t.parquet": "a,b\n1,2\n3,4\n5,6\n"}, ["bad/t.parquet: no Parquet file"]),
    "a trailing comma": (
        ["good", "--schema", "s.json"],
        {"s.json": TRAILING},
        ["s.json:3:14: no JSON: a comma before"],
    ),
    "an older schema": (
        ["good", "--schema", "s.json"],
        {"s.json": OLD},
        ['s.json:1:12: tables: is the older format with "tables"'],
    ),
    "no such schema": (["good", "--schema", "none.json"], {}, ["none.json: can't be read"]),
    "unknown personas": (["good", "--personas", "VP Grwoth,astrologer"], {}, ['"VP Grwoth"', '"astrologer"']),
    "a persona that deletes": (
        ["good", "--persona-file", "p.yaml"],
        {
            "p.yaml": "contract: persona/1.0\nname: P\nchecks:\n  - id: x\n    sql: DELETE FROM t\n    of: SELECT 1\n"
            "    finding: x\n    severity: low\n"
        },
        ["p.yaml:5:10: checks[0].sql: only SELECT is allowed, DELETE found"],
    ),
    "several at once": (
        ["good", "--schema", "s.json", "--persona-file", "none.yaml", "--personas", "nobody"],
        {"s.json": OLD},
        ["none.yaml: can't be read", 'there is no persona "nobody"', "s.json:1:12"],
    ),
    "a report inside the dataset": (
        ["good", "-o", "good/report.json"],
        {},
        ["good/report.json: --output: lies inside"],
    ),
    "a report nowhere": (["good", "-o", "no/where.json"], {}, ['no/where.json: --output: there is no directory "no"']),
    "a report of an impossible name": (
        ["good", "-o", "x" * 300],
        {},
        ["--output: can't be written: File name too long"],
    ),
    "a report that is a directory": (["good", "-o", "good"], {}, ["good: --output: is a directory"]),
    "a memory limit of nothing": (["good", "--memory-limit", "lots"], {}, ["--memory-limit"]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_lines_with_a_place_and_nothing_is_written(
    name: str, tmp_path: Path, write_tables: Write, capsys: Capture
) -> None:
    arguments, files, expected = MISTAKES[name]
    write_tables(tmp_path / "good", {"t": {"id": [1, 2, 3]}})
    for path, text in files.items():
        Path(path).parent.mkdir(exist_ok=True)
        if path.endswith("/"):
            Path(path).mkdir()
        else:
            Path(path).write_text(text)
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    assert run(["crunch", *arguments]) == 2
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert len(lines) == len(expected), captured.err
    for line, words in zip(lines, expected, strict=True):
        assert words in line
    assert captured.out == ""
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before


def test_an_unknown_option_is_a_wrong_call(capsys: Capture) -> None:
    assert run(["crunch", "x", "--fail-on-critcal"]) == 2
    assert "--fail-on-critical" in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_unfinished_work(
    write_tables: Write, tmp_path: Path, capsys: Capture
) -> None:
    write_tables(tmp_path / "good", {"t": {"id": [1, 2, 3]}})
    assert run(["crunch", "good", "-q", "-o", "/dev/full"]) == 3
    assert "/dev/full: the report can't be written: No space left on device" in capsys.readouterr().err
    assert Path("/dev/full").is_char_device()


def test_describe(chinook: Path, capsys: Capture) -> None:
    assert run(["describe", str(chinook)]) == 0
    out = capsys.readouterr().out
    assert "PlaylistTrack  bridge" in out
    assert "key PlaylistId, TrackId  inferred" in out
    assert "ReportsTo → Employee.EmployeeId" in out
    assert run(["describe", str(chinook), "--format", "mermaid"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("erDiagram\n")
    assert 'Employee |o--o{ Employee : "ReportsTo"' in out


def test_personas_commands(chinook: Path, capsys: Capture) -> None:
    assert run(["personas", "list"]) == 0
    assert "Finance VP  (finance, " in capsys.readouterr().out
    assert run(["personas", "show", "CFO"]) == 0
    assert "finance." in capsys.readouterr().out
    assert run(["personas", "show", "nobody"]) == 2
    assert run(["personas", "new", "Pricing Lead"]) == 0
    assert run(["personas", "new", "Pricing Lead"]) == 2
    assert "pricing_lead.yaml: can't be written" in capsys.readouterr().err
    assert run(["personas", "test", "pricing_lead.yaml"]) == 0
    assert run(["personas", "test", "pricing_lead.yaml", "--data", str(chinook)]) == 0
    assert "passed  pricing_lead.negative_amount" in capsys.readouterr().out


def test_the_list_of_commands_says_what_their_help_says() -> None:
    context = click.Context(cli)
    for name, words in COMMANDS.items():
        command = cli.get_command(context, name)
        assert command is not None and command.help is not None
        assert command.help.splitlines()[0] == words


@pytest.mark.parametrize(
    "arguments", [["--help"], ["crunch", "--help"], ["personas", "--help"], ["describe", "--help"]]
)
def test_help_starts_no_engine(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom datacruncher.cli import run\nassert run(sys.argv[1:]) == 0\n"
        "print([m for m in ('duckdb', 'numpy', 'pyarrow', 'rich', 'ruamel.yaml') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_interrupted_leaves_nothing(chinook: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "datacruncher.cli", "crunch", str(chinook), "--quiet"],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(0.6)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    if process.returncode == 0:  # it was quicker than the signal
        assert (tmp_path / "crunch_report.json").exists()
    else:
        assert process.returncode == 130
        assert list(tmp_path.iterdir()) == []
