"""``polish_plan.yaml``: written by every run, read strictly, carried out again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from datapolisher import fixes
from datapolisher.cli import main
from datapolisher.documents import Finding
from datapolisher.fixes.base import Decision
from datapolisher.plan import Option, Plan, Resolution
from datapolisher.report.plan_file import read_plan, render_plan

Run = Callable[..., Result]
PLAN = "polish_plan.yaml"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datapolisher.commands.available", lambda _: False)
    return lambda *args: CliRunner().invoke(main, args)


@pytest.fixture
def planned(run: Run, make: Any, shop: Path, write_report: Any) -> list[dict[str, Any]]:
    issues = [
        make.finding("whitespace", "order", "status"),
        make.finding("excess_precision", "order", "amount"),
        make.finding("outlier", "order", "amount"),
    ]
    write_report(make.report("shop", *issues))
    assert run("polish", "--dry-run", "--fill", "order.status=none").exit_code == 0
    return issues


def _done() -> dict[str, tuple[str, str | None]]:
    report = json.loads(Path("polish_report.json").read_text())
    return {action["finding"]: (action["status"], action["fix"]) for action in report["actions"]}


def test_it_runs_again_as_it_stands(run: Run, planned: Any) -> None:
    text = Path(PLAN).read_text()
    result = run("polish", "--plan", PLAN)
    assert result.exit_code == 0, result.stderr
    assert _done() == {
        "whitespace in order": ("applied", "trim_whitespace"),
        "excess_precision in order": ("needs_person", None),
        "outlier in order": ("skipped", None),
        "--fill order.status=none": ("applied", "fill"),
    }
    assert Path(PLAN).read_text() == text


def test_what_a_choice_says_stays_a_comment(run: Run, planned: Any) -> None:
    """Whatever a fix says of the data, behind a choice it is one line, and the plan reads as before."""
    said = "a: b\n  - c # d\u2028e"
    plan = read_plan(Path(PLAN))
    options = tuple(
        Option(fixes.fix(name), Decision("ask", "why"), said) for name in ("round_amounts", "trim_whitespace")
    )
    finding = msgspec.convert(planned[0], Finding)
    text = render_plan(Plan((Resolution(finding, options, None, "ask", "why"),)), plan.source)
    assert "      - round_amounts # a: b - c # d e\n      - trim_whitespace # a: b - c # d e\n      - skip\n" in text
    Path(PLAN).write_text(text)
    assert read_plan(Path(PLAN)).fixes == {finding.id: "skip"}


def test_an_edited_plan_is_what_a_person_chose(run: Run, planned: Any) -> None:
    text = Path(PLAN).read_text()
    text = text.replace("fix: trim_whitespace", "fix: skip")
    precision = text.index("excess_precision")
    text = text[:precision] + text[precision:].replace("fix: skip", "fix: round_amounts", 1)
    Path(PLAN).write_text(text)
    assert run("polish", "--plan", PLAN).exit_code == 0
    done = _done()
    assert done["whitespace in order"] == ("skipped", None)
    assert done["excess_precision in order"] == ("applied", "round_amounts")


def test_an_entry_that_is_taken_out_stays_open(run: Run, planned: Any) -> None:
    Path(PLAN).write_text("report: crunch_report.json\nfindings: []\n")
    assert run("polish", "--plan", PLAN).exit_code == 0
    assert _done()["whitespace in order"] == ("skipped", None)


def test_every_mistake_is_named_with_its_place_and_the_nearest_word(tmp_path: Path, run: Run) -> None:
    Path(PLAN).write_text(
        "report: r.json\n"
        "finding: []\n"
        "findings:\n"
        "  - id: a\n"
        "    fix: trim_whitespce\n"
        "  - id: a\n"
        "    fxi: skip\n"
        "  - nothing\n"
        "wishes:\n"
        "  - --rond order.amount=2\n"
    )
    result = run("polish", "--plan", PLAN)
    assert result.exit_code == 2
    lines = result.stderr.splitlines()
    assert [line.split(": ")[0] for line in lines] == [
        f"{PLAN}:2:1",
        f"{PLAN}:5:10",
        f"{PLAN}:7:5",
        f"{PLAN}:6:5",
        f"{PLAN}:8:5",
        f"{PLAN}:6:9",
        f"{PLAN}:10:5",
    ]
    for line, guess in zip((0, 1, 2, 6), ("findings", "trim_whitespace", "fix", "--round"), strict=True):
        assert f'did you mean "{guess}"?' in lines[line], lines[line]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: b: c", "not YAML"),
        ("report: r.json\nreport: s.json\nfindings: []", "not YAML"),
        ("- 1", "not a plan"),
        ("findings: 3", "findings: a list of {id, fix} is needed"),
        ("report: r.json\nfindings: []\nwishes: 3", "a list of options is needed"),
        ("report: r.json\nfindings: []\ndata: 3", "a path is needed"),
    ],
)
def test_what_is_no_plan_is_refused(text: str, said: str, tmp_path: Path, run: Run) -> None:
    Path(PLAN).write_text(text)
    result = run("polish", "--plan", PLAN)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


def test_a_finding_that_the_report_does_not_have(run: Run, planned: Any) -> None:
    text = Path(PLAN).read_text()
    Path(PLAN).write_text(text.replace("whitespace-order-status", "whitespace-order-statu"))
    result = run("polish", "--plan", PLAN)
    assert result.exit_code == 2
    assert 'did you mean "whitespace-order-status"?' in result.stderr
    assert f"{PLAN}:6:" in result.stderr
    assert not Path("shop_polished").exists()


def test_a_plan_says_how_it_is_done(run: Run, planned: Any) -> None:
    result = run("polish", "--plan", PLAN, "--path", "postprocess")
    assert (result.exit_code, "--plan says what is done" in result.stderr) == (2, True)
    assert read_plan(Path(PLAN)).wishes == (("fill", "order.status=none"),)
