"""``--interactive``: a person who answers from a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from datapolisher import fixes
from datapolisher.documents import Finding
from datapolisher.fixes.base import Decision
from datapolisher.interactive import decide
from datapolisher.plan import Option, Plan, Resolution


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


def test_each_finding_is_asked_the_most_severe_first(plan: Plan) -> None:
    person = Scripted("2", "s", "")
    choices = decide(plan, person)
    assert choices.finished
    assert choices.by_finding == {
        "first": "order_intervals",
        "second": "skip",
        "hopeless": "skip",
        "minor": "order_intervals",
    }
    order = [person.shown.index(f"about {name}") for name in ("first", "second", "hopeless", "minor")]
    assert order == sorted(order)


def test_it_says_what_would_be_done_on_how_many_rows_by_which_path(plan: Plan) -> None:
    person = Scripted("q")
    decide(plan, person)
    assert "1. keep_children_after_parents: would keep_children_after_parents (schema, 1,234 rows)" in person.shown
    assert "regenerate: because" in person.shown


def test_one_answer_for_all_of_a_kind(plan: Plan) -> None:
    person = Scripted("a", "1", "s")
    choices = decide(plan, person)
    assert choices.by_finding["first"] == choices.by_finding["second"] == "keep_children_after_parents"
    assert person.answers == []


def test_all_of_a_kind_is_asked_again_where_that_answer_does_not_apply(plan: Plan) -> None:
    person = Scripted("a", "2", "1", "s")
    choices = decide(plan, person)
    assert choices.by_finding["second"] == "keep_children_after_parents"
    assert person.answers == []


def test_quitting_keeps_what_was_chosen_and_leaves_the_rest(plan: Plan) -> None:
    choices = decide(plan, Scripted("1", "q"))
    assert not choices.finished
    assert choices.by_finding == {
        "first": "keep_children_after_parents",
        "second": "skip",
        "hopeless": "skip",
        "minor": "skip",
    }
