"""Bad input: exit code 2, the place and the mend in one line for each mistake, no traceback, nothing written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.stranger import SCHEMAS, Shell
from repository.contracts import CONTRACTS

MINIMAL = json.loads((CONTRACTS / "dataset-schema/examples/minimal.json").read_text())
REPORT = json.loads((CONTRACTS / "crunch-report/examples/two-findings.json").read_text())


def schema(change: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        document = json.loads(json.dumps(MINIMAL))
        change(document)
        (folder / "schema.json").write_text(json.dumps(document, indent=2))

    return write


def text(name: str, content: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)

    return write


def nothing(_folder: Path) -> None:
    return


def tables(folder: Path, cut: int | None = None) -> None:
    (folder / "output").mkdir()
    path = folder / "output" / "user.parquet"
    duckdb.sql(f"COPY (SELECT range AS user_id FROM range(100)) TO '{path}'")
    if cut is not None:
        path.write_bytes(path.read_bytes()[:cut])


def truncated(folder: Path) -> None:
    tables(folder, cut=100)


def persona(sql: str) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        tables(folder)
        (folder / "mine.yaml").write_text(
            "contract: persona/1.0\nname: Mallory\nchecks:\n  - id: harm\n    bind: {u: {table: user}}\n"
            f"    sql: {sql}\n    finding: found\n    severity: high\n"
        )

    return write


def empty(folder: Path) -> None:
    (folder / "output").mkdir()


def report(**changes: Any) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        tables(folder)
        (folder / "crunch_report.json").write_text(json.dumps({**REPORT, **changes}))

    return write


GENERATE, CRUNCH, POLISH = "datagen generate schema.json", "datagen crunch output/", "datagen polish crunch_report.json"
MINE = CRUNCH + " --persona-file mine.yaml"
CASES: dict[str, tuple[Callable[[Path], None], str, list[str]]] = {
    "no such schema": (nothing, GENERATE, ["schema.json"]),
    "a trailing comma": (text("schema.json", '{\n  "version": "1.0",\n}\n'), GENERATE, ["schema.json:2:19: ", "comma"]),
    "an unknown generator": (
        schema(lambda d: d["nodes"][0]["columns"][1].update(generator={"fakr": {"method": "name"}})),
        GENERATE,
        ["schema.json:", "fakr", 'did you mean "faker"'],
    ),
    "an unknown key": (
        schema(lambda d: d["nodes"][1]["fanout"].update(lamda=3)),
        GENERATE,
        ["schema.json:", "lamda", 'did you mean "lambda"'],
    ),
    "an older format": (
        schema(lambda d: d.update(tables=d.pop("nodes"))),
        GENERATE,
        ["schema.json:", "tables", "nodes"],
    ),
    "a dangling reference": (
        schema(lambda d: d["nodes"][1]["columns"][1]["generator"]["lookup"].update({"from": "persn.person_id"})),
        GENERATE,
        ["schema.json:", "persn", 'did you mean "person'],
    ),
    "no such dataset": (nothing, CRUNCH, ["output"]),
    "an empty directory": (empty, CRUNCH, ["output"]),
    "a CSV called parquet": (text("output/user.parquet", "user_id,name\n1,Ann\n"), CRUNCH, ["user.parquet"]),
    "a truncated file": (truncated, CRUNCH, ["user.parquet"]),
    "an unknown persona": (tables, CRUNCH + ' --personas "VP Grwth"', ["VP Grwth", "Growth"]),
    "a persona that deletes": (persona("DELETE FROM {u}"), MINE, ["mine.yaml:6:", "DELETE"]),
    "a persona that reads files": (persona("SELECT * FROM read_csv('/etc/passwd')"), MINE, ["mine.yaml:6:"]),
    "two statements": (persona("SELECT 1; SELECT 2"), MINE, ["mine.yaml:6:"]),
    "no such report": (nothing, POLISH, ["crunch_report.json"]),
    "a report of version 2": (report(contract="crunch-report/2.0"), POLISH, ["crunch_report.json:", "2.0"]),
    "a report without issues": (report(issues=None), POLISH, ["crunch_report.json:", "issues"]),
    "an unknown option": (nothing, "datagen generate schema.json --sed 4", ["--sed", "--seed"]),
}


@pytest.mark.parametrize(("make", "line", "words"), CASES.values(), ids=CASES)
def test_bad_input_is_one_clear_sentence(
    shell: Shell, make: Callable[[Path], None], line: str, words: list[str]
) -> None:
    make(shell.folder)
    before = shell.digests(".")
    told = shell.run(line)
    assert told.code == 2, str(told)
    for word in words:
        assert word in told.err, str(told)
    assert shell.digests(".") == before, "something was written"


def test_all_mistakes_of_a_document_at_once(shell: Shell) -> None:
    document = json.loads((SCHEMAS / "simple_users_events.json").read_text())
    document["timeframe"]["freq"] = "Hr"
    document["nodes"][0]["columns"][0]["type"] = "integer"
    document["nodes"][1]["fanout"]["lamda"] = 3
    document["nodes"][1]["columns"][1]["generator"] = {"lokup": {"from": "user.user_id"}}
    document["constraint"] = {}
    (shell.folder / "schema.json").write_text(json.dumps(document, indent=2))
    told = shell.run(GENERATE)
    assert told.code == 2
    for word in ("Hr", "integer", "lamda", "lokup", "constraint"):
        assert word in told.err, str(told)
    places = [line for line in told.err.splitlines() if line.startswith("schema.json:")]
    assert len(places) == 5, str(told)
