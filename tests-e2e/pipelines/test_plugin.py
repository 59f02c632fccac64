"""A stranger's package adds a generator, a check, a fix and a command; ours do not change."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from pipelines.stranger import Environment, Shell, Wheelhouse
from repository.sources import ROOT

SCHEMA = {
    "version": "1.0",
    "metadata": {"name": "Club"},
    "timeframe": {"start": "2024-01-01", "end": "2024-12-31", "freq": "D"},
    "nodes": [
        {
            "id": "member",
            "kind": "entity",
            "pk": "member_id",
            "rows": 1000,
            "columns": [
                {"name": "member_id", "type": "int", "generator": {"sequence": {}}},
                {"name": "card", "type": "string", "unique": True, "generator": {"club.card": {"club": "TENNIS"}}},
            ],
        }
    ],
    "constraints": {},
}
PERSONA = """\
contract: persona/1.0
name: Porter
checks:
  - use: club.lower_case_card
"""


@pytest.fixture
def shell(wheelhouse: Wheelhouse, tmp_path: Path) -> Shell:
    wheelhouse.add(ROOT / "tests-e2e" / "plugin")
    environment: Environment = wheelhouse.environment("datagen", "club-tools")
    (tmp_path / "schema.json").write_text(json.dumps(SCHEMA, indent=2))
    (tmp_path / "porter.yaml").write_text(PERSONA)
    return environment.at(tmp_path)


def test_a_plugin_is_generated_found_and_mended(shell: Shell) -> None:
    shell.good("datagen generate schema.json -o output/")
    path = shell.folder / "output" / "member.parquet"
    with duckdb.connect() as fresh:
        cards = fresh.execute(f"SELECT card FROM '{path}' ORDER BY member_id LIMIT 2").fetchall()
        assert cards == [("TENNIS-000000",), ("TENNIS-000001",)]
        fresh.execute(f"CREATE TABLE t AS SELECT * FROM '{path}'")
        fresh.execute("UPDATE t SET card = lower(card) WHERE member_id <= 40")
        fresh.execute(f"COPY t TO '{path}'")
    shell.good("datagen crunch output/ --personas Porter --persona-file porter.yaml")
    (issue,) = shell.read("crunch_report.json")["issues"]
    assert (issue["check"], issue["evidence"]["rows_affected"]) == ("club.lower_case_card", 40)
    shell.good("datagen polish crunch_report.json --path postprocess")
    (action,) = shell.read("polish_report.json")["actions"]
    assert (action["fix"], action["status"], action["rows_changed"]) == ("capitalize_cards", "applied", 40)


def test_lists_name_the_plugin(shell: Shell) -> None:
    assert "capitalize_cards" in shell.run("datagen fixes list").out
    assert "Member cards for the programs of others (club-tools)" in shell.run("datagen --help").out
    assert shell.run("datagen club").out == "welcome\n"


def test_a_wrong_parameter_of_a_plugin_is_placed(shell: Shell) -> None:
    text = (shell.folder / "schema.json").read_text().replace('"club": "TENNIS"', '"clib": "TENNIS"')
    (shell.folder / "schema.json").write_text(text)
    told = shell.run("datagen generate schema.json")
    assert told.code == 2
    assert 'did you mean "club"' in told.err
