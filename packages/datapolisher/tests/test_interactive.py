"""``--interactive``: a person who answers from a list."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from datapolisher import fixes, preview
from datapolisher.documents import Finding
from datapolisher.fixes.base import Decision
from datapolisher.intake import take
from datapolisher.interactive import by_cause, decide
from datapolisher.plan import Option, Plan, Resolution
from datapolisher.preview import Preview
from datapolisher.resolver import resolve


class Scripted:
    """Answers in turn, remembers what was shown, and refuses a key that was not offered."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.shown = list(answers), ""

    def show(self, text: str) -> None:
        self.shown += text + "\n"

    def ask(self, question: str, keys: Mapping[str, str], default: str) -> str:
        answer = self.answers.pop(0) or default
        assert answer in keys, (question, keys)
        return answer


@pytest.fixture
def plan(make: Any) -> Plan:
    def resolution(id_: str, defect: str, severity: str, *fix_ids: str) -> Resolution:
        raw = make.finding(defect, "order", "placed_at", id=id_, severity=severity, rows=1234, finding=f"about {id_}")
        options = tuple(Option(fixes.fix(fix), Decision("regenerate", "because"), f"would {fix}") for fix in fix_ids)
        finding = msgspec.convert(raw, Finding)
        return Resolution(finding, options, options[0] if options else None, "regenerate", "nothing serves it")

    return Plan(
        (
            resolution("minor", "interval_inverted", "low", "order_intervals"),
            resolution("first", "temporal_violation", "critical", "keep_children_after_parents", "order_intervals"),
            resolution("hopeless", "outlier", "medium"),
            resolution("second", "temporal_violation", "high", "keep_children_after_parents"),
        )
    )


def _look(finding: Finding, option: Option) -> Preview:
    return Preview((f"{finding.id}: 1 → 2",), 1234, f"SELECT '{option.fix.id}'")


def test_each_finding_is_asked_the_most_severe_first(plan: Plan) -> None:
    person = Scripted("2", "s", "")
    choices = decide(plan, person, _look)
    assert choices.finished
    assert choices.by_finding == {
        "first": "order_intervals",
        "second": "skip",
        "hopeless": "skip",
        "minor": "order_intervals",
    }
    order = [person.shown.index(f"about {name}") for name in ("first", "second", "hopeless", "minor")]
    assert order == sorted(order)


def test_findings_of_one_cause_stand_together(plan: Plan) -> None:
    assert [[r.finding.id for r in group] for group in by_cause(plan)] == [["first", "second"], ["hopeless"], ["minor"]]
    person = Scripted("q")
    decide(plan, person, _look)
    assert "order: 2 findings of one kind: temporal_violation" in person.shown


def test_it_says_what_would_be_done_to_which_rows_by_which_path(plan: Plan) -> None:
    person = Scripted("q")
    decide(plan, person, _look)
    assert "→1. keep_children_after_parents (schema): would keep_children_after_parents" in person.shown
    assert " 2. order_intervals (schema)" in person.shown
    assert "regenerate: because" in person.shown
    assert "reaches: 1,234 rows" in person.shown
    assert "first: 1 → 2" in person.shown


def test_apply_takes_what_is_proposed_and_other_asks_which(plan: Plan) -> None:
    choices = decide(plan, Scripted("a", "a", "a"), _look)
    assert set(choices.by_finding.values()) == {"keep_children_after_parents", "order_intervals", "skip"}
    assert decide(plan, Scripted("o", "2", "s", "s"), _look).by_finding["first"] == "order_intervals"
    assert decide(plan, Scripted("o", "b", "s", "s", "s"), _look).by_finding["first"] == "skip"


def test_one_answer_for_all_of_a_kind(plan: Plan) -> None:
    person = Scripted("k", "1", "s")
    choices = decide(plan, person, _look)
    assert choices.by_finding["first"] == choices.by_finding["second"] == "keep_children_after_parents"
    assert person.answers == []


def test_all_of_a_kind_is_asked_again_where_that_answer_does_not_apply(plan: Plan) -> None:
    person = Scripted("k", "2", "1", "s")
    choices = decide(plan, person, _look)
    assert choices.by_finding["second"] == "keep_children_after_parents"
    assert person.answers == []


def test_the_script_is_shown_and_the_question_asked_again(plan: Plan) -> None:
    person = Scripted("v", "q")
    decide(plan, person, _look)
    assert "-- keep_children_after_parents\nSELECT 'keep_children_after_parents'" in person.shown
    assert "-- order_intervals" in person.shown


def test_back_opens_the_decision_before_again(plan: Plan) -> None:
    choices = decide(plan, Scripted("1", "b", "2", "s", "s"), _look)
    assert choices.by_finding["first"] == "order_intervals"
    after_all = decide(plan, Scripted("k", "1", "b", "s", "s", "s"), _look)
    assert (after_all.by_finding["first"], after_all.by_finding["second"]) == ("skip", "skip")


def test_there_is_no_way_back_from_the_first(plan: Plan) -> None:
    with pytest.raises(AssertionError):
        decide(plan, Scripted("b"), _look)


def test_quitting_keeps_what_was_chosen_and_leaves_the_rest(plan: Plan) -> None:
    choices = decide(plan, Scripted("1", "q"), _look)
    assert not choices.finished
    assert choices.by_finding == {
        "first": "keep_children_after_parents",
        "second": "skip",
        "hopeless": "skip",
        "minor": "skip",
    }


class TestPreview:
    """The same shop as the commands have."""

    @pytest.fixture
    def seen(self, make: Any, shop: Path, write_report: Any) -> Any:
        def look_at(fix: str, finding: dict[str, Any]) -> Preview:
            table = {"name": "order", "primary_key": {"columns": ["order_id"], "source": "declared"}}
            report = make.report(str(shop), finding, tables=[table])
            intake = take(write_report(report))
            plan = resolve(intake.report.issues, intake.context)
            resolution = plan.resolutions[0]
            option = next(option for option in resolution.options if option.fix.id == fix)
            return preview.look(intake.context, resolution.finding, option)

        return look_at

    def test_cells_before_and_after(self, seen: Any, make: Any) -> None:
        found = seen("trim_whitespace", make.finding("whitespace", "order", "status"))
        assert found.rows == ("order 0: status: 'Paid ' → 'Paid'", "order 50: status: 'Paid ' → 'Paid'")
        assert found.count == 2
        assert "trim_blanks" in found.script

    def test_hours_of_a_segment_before_and_after(self, seen: Any, make: Any) -> None:
        """Those with a blank: one at midnight, one at two in the morning; the others at every hour."""
        details = {"segment_column": "status", "segment": "Paid ", "hours": 2}
        found = seen("shift_times", make.finding("timezone_shift", "order", "placed_at", details=details))
        assert found.rows[:3] == (
            f"hours 0-23, others |▇█▇█{'▇' * 20}|",
            f"hours 0-23, before |█ █{' ' * 21}|",
            f"hours 0-23, after  |█{' ' * 21}█ |",
        )

    def test_a_column_that_would_go(self, seen: Any, make: Any, shop: Path) -> None:
        make.table(shop / "order.parquet", "SELECT i AS order_id, 'x' AS tenant FROM range(40) t(i)")
        found = seen("drop_constant_column", make.finding("constant_column", "order", "tenant"))
        assert found.rows[0] == "order 0: tenant: 'x' → (no such column)"
        assert found.count == 40

    def test_values_that_are_read_otherwise_come_before_those_that_only_get_a_type(
        self, seen: Any, make: Any, shop: Path
    ) -> None:
        value = "CASE WHEN i = 7 THEN '7,5' ELSE i || '.50' END"
        make.table(shop / "order.parquet", f"SELECT i AS order_id, {value} AS v FROM range(40) t(i)")
        found = seen("read_decimal_commas", make.finding("mixed_type", "order", "v", details={"target_type": "DOUBLE"}))
        assert found.rows[:2] == ("order 7: v: '7,5' → 7.5", "order 0: v: '0.50' → 0.5")

    def test_rows_that_would_leave(self, seen: Any, make: Any) -> None:
        details = {"rule": "declared", "min": 0, "max": 14}
        found = seen("quarantine_out_of_range", make.finding("out_of_range", "order", "amount", details=details))
        assert found.rows[0].startswith("order 99 would go to quarantine: amount 14.14")
        assert found.count == 1


def test_on_a_pseudo_terminal(make: Any, shop: Path, write_report: Any, tmp_path: Path) -> None:
    """The command as a person has it: show the SQL, apply, and the data is polished."""
    write_report(make.report("shop", make.finding("whitespace", "order", "status")))
    code = "import datapolisher.commands as c; c.available = lambda _: False; from datapolisher.cli import main; main()"
    said, status = _typed([sys.executable, "-c", code, "polish", "--interactive"], tmp_path, ["v\n", "a\n"])
    assert status == 0, said
    assert "order: status: 'Paid ' → 'Paid'" in said
    assert "trim_blanks" in said
    assert "done, not verified" in said
    assert (tmp_path / "shop_polished" / "order.parquet").is_file()


def test_quitting_on_a_pseudo_terminal_keeps_the_plan_and_changes_nothing(
    make: Any, shop: Path, write_report: Any, tmp_path: Path
) -> None:
    write_report(make.report("shop", make.finding("whitespace", "order", "status")))
    code = "import datapolisher.commands as c; c.available = lambda _: False; from datapolisher.cli import main; main()"
    said, status = _typed([sys.executable, "-c", code, "polish", "--interactive"], tmp_path, ["x\n", "q\n"])
    assert status == 0, said
    assert (tmp_path / "polish_plan.yaml").is_file()
    assert not (tmp_path / "shop_polished").exists()


def _typed(call: list[str], folder: Path, keys: list[str]) -> tuple[str, int]:
    """Run a command on a terminal of its own; type each key once it asks for one."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "120", "LINES": "50", "TERM": "xterm"}
    running = subprocess.Popen(call, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    said, waiting, deadline = "", list(keys), time.monotonic() + 60
    while time.monotonic() < deadline:
        ready, _, _ = select.select([ours], [], [], 0.2)
        try:
            said += os.read(ours, 65536).decode(errors="replace") if ready else ""
        except OSError:  # the other end is closed
            break
        if waiting and said.count("shall be done?") > len(keys) - len(waiting):
            os.write(ours, waiting.pop(0).encode())
        if running.poll() is not None and not ready:
            break
    os.close(ours)
    return said, running.wait(timeout=30)
