"""Choices that carry what only the person knows: offered, said on the command line, in the plan, and when asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner, Result
from datapolisher import preview
from datapolisher.cli import main
from datapolisher.cli.polish import _pair
from datapolisher.intake import take
from datapolisher.interactive import decide
from datapolisher.resolver import resolve

Run = Callable[..., Result]
ID = "invalid_format-call-phone"
PLAN = Path("polish_plan.yaml")


@pytest.fixture
def run(tmp_path: Path, make: Any, write_report: Any, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Calls: nineteen numbers with a German code, two without any."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datapolisher.commands.available", lambda _: False)
    numbers = "CASE WHEN i < 2 THEN '030 12345' || i ELSE '+493012345' || i END"
    make.table(tmp_path / "calls" / "call.parquet", f"SELECT i AS id, {numbers} AS phone FROM range(21) t(i)")
    details = {"pattern": r"\+[0-9]{8,15}", "kind": "phone", "rule": "declared"}
    write_report(make.report("calls", make.finding("invalid_format", "call", "phone", details=details, rows=2)))
    return lambda *args: CliRunner().invoke(main, ["polish", *args])


def _phones() -> list[str]:
    with duckdb.connect() as con:
        return [row[0] for row in con.execute("SELECT phone FROM 'calls_polished/call.parquet' LIMIT 2").fetchall()]


def test_the_plan_offers_what_the_data_suggests_and_a_place_for_another(run: Run) -> None:
    assert run("--dry-run").exit_code == 0
    text = PLAN.read_text()
    assert "- prefix_country_code:+49 # put +49 before numbers of call.phone without a country\n" in text
    assert "- prefix_country_code:+CODE # " in text


def test_it_is_said_on_the_command_line(run: Run) -> None:
    result = run("--auto", "--choose", f"{ID}=prefix_country_code:+43")
    assert result.exit_code == 0, result.stderr
    assert _phones() == ["+4330123450", "+4330123451"]
    action = json.loads(Path("polish_report.json").read_text())["actions"][0]
    assert (action["fix"], action["status"], action["rows_changed"]) == ("prefix_country_code", "applied", 2)
    assert "fix: prefix_country_code:+43\n" in PLAN.read_text()


def test_it_is_said_in_the_plan(run: Run) -> None:
    assert run("--dry-run").exit_code == 0
    text = PLAN.read_text()
    fix = next(line for line in text.splitlines() if line.strip().startswith("fix:"))
    PLAN.write_text(text.replace(fix, "    fix: prefix_country_code:+49"))
    result = run("--plan", str(PLAN))
    assert result.exit_code == 0, result.stderr
    assert _phones() == ["+4930123450", "+4930123451"]


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        ("prefix_country_code", '"prefix_country_code" has to be told the calling code of the country'),
        ("prefix_country_code:49", '"prefix_country_code:49": is no calling code, such as +49'),
        ("prefix_country_code:+CODE", "in place of what stands in capitals"),
        ("clear_invalid_formats:+49", '"clear_invalid_formats" takes no argument; it was given "+49"'),
        ("prefix_contry_code:+49", 'did you mean "prefix_country_code"?'),
    ],
)
def test_what_is_wrong_with_it_is_said(run: Run, choice: str, said: str) -> None:
    result = run("--auto", "--choose", f"{ID}={choice}")
    assert result.exit_code == 2
    assert said in result.stderr
    assert not Path("calls_polished").exists()


def test_a_choice_is_split_at_the_fix(run: Run) -> None:
    assert _pair("a=b=skip") == ("a=b", "skip")
    assert _pair("finding=map_values:x=y;z=:") == ("finding", "map_values:x=y;z=:")
    assert run("--auto", "--choose", "nothing").exit_code == 2


class _Person:
    """Takes the option that waits for an argument, and says some."""

    def __init__(self, *words: str) -> None:
        self.words, self.shown = list(words), ""

    def show(self, text: str) -> None:
        self.shown += f"{text}\n"

    def ask(self, question: str, keys: Mapping[str, str], default: str) -> str:
        waiting = [key for key, meaning in keys.items() if meaning == "prefix_country_code:+CODE"]
        return waiting[0] if waiting and self.words else "s"

    def say(self, question: str) -> str:
        assert "the calling code of the country (+CODE)?" in question
        return self.words.pop(0)


@pytest.mark.parametrize(
    ("words", "taken"), [(("49", "+44"), "prefix_country_code:+44"), (("",), "skip")], ids=["said", "not said"]
)
def test_it_is_asked_for(run: Run, words: tuple[str, ...], taken: str) -> None:
    intake = take(Path("crunch_report.json"))
    person = _Person(*words)
    choices = decide(
        resolve(intake.report.issues, intake.context),
        person,
        lambda finding, option: preview.look(intake.context, finding, option),
    )
    assert choices.by_finding == {ID: taken}
    assert ("49: is no calling code" in person.shown) is (len(words) > 1)
