"""Findings → a plan: one fix on one path, or the reason why none; budgets, choices, and reports that were tampered with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from datapolisher.documents import ColumnFacts, Finding, ForeignKey, Key, TableFacts, Target
from datapolisher.errors import DocumentError
from datapolisher.fixes.base import Budgets, Context
from datapolisher.plan import Plan, Resolution
from datapolisher.resolver import Rules, resolve
from datapolisher.schema_document import parse_schema
from datapolisher.source import read_dataset

NOW = datetime(2024, 6, 1, tzinfo=UTC)
DATA_ONLY = Rules(("postprocess",))


@pytest.fixture
def context(shop: Path) -> Context:
    """Foreign data: declared keys, no generator."""
    reference = ForeignKey(
        columns=("user_id",), references=Target(table="user", columns=("user_id",)), source="declared"
    )
    tables = {
        "user": TableFacts(name="user", primary_key=Key(columns=("user_id",), source="declared")),
        "order": TableFacts(
            name="order",
            primary_key=Key(columns=("order_id",), source="declared"),
            foreign_keys=(reference,),
            columns=(ColumnFacts(name="amount", type="DOUBLE", role="amount"),),
        ),
    }
    return Context(read_dataset(shop), tables, NOW)


@pytest.fixture
def one(make: Any, context: Context) -> Callable[..., Resolution]:
    """The resolution of one finding."""

    def resolved(
        defect: str,
        table: str | None,
        *columns: str,
        rules: Rules | None = None,
        within: Context | None = None,
        **parts: Any,
    ) -> Resolution:
        finding = msgspec.convert(make.finding(defect, table, *columns, **parts), Finding)
        return resolve([finding], within or context, rules).resolutions[0]

    return resolved


@pytest.fixture
def generated(context: Context, schema_text: str) -> Context:
    return replace(context, generated=True, schema=parse_schema(schema_text, "s.json"))


def test_an_input_is_solved_for_where_another_finding_calls_it_wrong(make: Any, context: Context) -> None:
    details = {"formula": "order_id * amount", "result_column": "user_id"}
    relation = make.finding("arithmetic_mismatch", "order", "amount", "user_id", details=details)
    within = replace(context, tables={})

    def offered(*others: dict[str, Any]) -> set[str]:
        findings = [msgspec.convert(one, Finding) for one in (relation, *others)]
        return {option.fix.id for option in resolve(findings, within, DATA_ONLY).resolutions[0].options}

    assert "solve_for_input" not in offered()
    assert "solve_for_input" in offered(make.finding("out_of_range", "order", "amount"))
    assert "solve_for_input" not in offered(make.finding("outlier", "order", "amount"))
    assert "solve_for_input" in offered(
        make.finding("price_inconsistent", "order", "amount", category="business_logic")
    )
    both = [make.finding("out_of_range", "order", name) for name in ("amount", "order_id")]
    assert "solve_for_input" not in offered(*both)


def test_no_row_for_the_unknown_where_its_key_is_taken_or_a_column_may_not_be_null(
    make: Any, context: Context, shop: Path
) -> None:
    finding = msgspec.convert(
        make.finding("foreign_key_orphan", "order", "user_id", related=("user", "user_id")), Finding
    )

    def offered(users: str, schema: str = "") -> set[str]:
        make.table(shop / "user.parquet", users)
        document = parse_schema(schema, "s.json") if schema else None
        within = replace(context, dataset=read_dataset(shop), schema=document, looked_at={})
        return {option.fix.id for option in resolve([finding], within, DATA_ONLY).resolutions[0].options}

    few = "SELECT i AS user_id, 'n' AS name FROM range({}, 4) t(i)"
    assert {"insert_inferred_parents", "insert_unknown_parent"} <= offered(few.format(1))
    zero = offered(few.format(0))  # a key like any other, as far as its row says
    assert "insert_unknown_parent" in zero
    assert "point_to_unknown_parent" not in zero
    assert "point_to_unknown_parent" in offered(f"{few.format(1)} UNION ALL SELECT 0, 'Unknown customer'")
    taken = offered(few.format(-1))
    assert "point_to_unknown_parent" in taken
    assert "insert_unknown_parent" not in taken
    two = offered(f"{few.format(1)} UNION ALL SELECT 0, 'n/a' UNION ALL SELECT -1, 'none'")  # neither is the one
    assert "insert_inferred_parents" in two
    assert not two & {"insert_unknown_parent", "point_to_unknown_parent"}
    strict = '{"nodes": [{"id": "user", "columns": [{"name": "user_id"}, {"name": "name", "type": "string"}]}]}'
    assert not {"insert_inferred_parents", "insert_unknown_parent"} & offered(few.format(1), strict)


class TestPaths:
    def test_generated_data_goes_to_path_1_first(self, one: Any, generated: Context) -> None:
        taken = one("excess_precision", "order", "amount", within=generated, details={"decimals": 2})
        assert (taken.path, taken.chosen.fix.id, taken.action) == ("schema", "round_values", "regenerate")
        assert {option.fix.path for option in taken.options} == {"schema", "postprocess"}

    def test_path_2_serves_what_the_document_cannot_say(self, one: Any, generated: Context) -> None:
        taken = one("whitespace", "order", "status", within=generated)
        assert taken.path == "postprocess"

    def test_other_data_never_goes_to_path_1(self, one: Any, context: Context, schema_text: str) -> None:
        declared = replace(context, schema=parse_schema(schema_text, "s.json"))
        taken = one("temporal_violation", "order", "placed_at", within=declared, related=("user", "created_at"))
        assert taken.path != "schema"

    def test_a_path_that_was_closed_gives_way_to_the_other(self, one: Any, generated: Context) -> None:
        id_ = "excess_precision-order-amount"
        rules = Rules(closed={"schema": {id_: "taken back"}})
        taken = one("excess_precision", "order", "amount", within=generated, rules=rules, details={"decimals": 2})
        assert taken.path == "postprocess"


class TestNothingServes:
    @pytest.mark.parametrize(
        ("defect", "why"),
        [
            ("outlier", "rare is not wrong"),
            ("low_retention", "a fact about the business"),
            ("negative_amount", "refunds"),
            ("no_such_word", 'no fix serves "no_such_word"'),
        ],
    )
    def test_it_stays_open_with_its_reason(self, defect: str, why: str, one: Any) -> None:
        left = one(defect, "order", "amount")
        assert (left.chosen, left.action) == (None, "flag")
        assert why in left.why

    @pytest.mark.parametrize(
        ("table", "columns", "why"),
        [
            (None, [], "names no table"),
            ("ghost", ["name"], 'no table "ghost"'),
            ("order", ["ghost"], 'no column "ghost"'),
            ("order", ['status" = 1; DROP TABLE "order"; --'], "no column"),
            ("../order", ["status"], "no table"),
        ],
    )
    def test_a_place_that_is_not_in_the_data_is_refused(
        self, table: str | None, columns: Sequence[str], why: str, one: Any
    ) -> None:
        left = one("whitespace", table, *columns)
        assert left.chosen is None
        assert why in left.why


class TestBudgets:
    @pytest.mark.parametrize(
        ("rows", "total", "action"),
        [(10, 100, "fix"), (11, 100, "ask"), (50, 1000, "fix"), (51, 1000, "ask")],
    )
    def test_a_fix_that_would_reach_too_far_asks(self, rows: int, total: int, action: str, one: Any) -> None:
        assert one("whitespace", "order", "status", rows=rows, total=total).action == action

    def test_the_reason_says_how_far(self, one: Any) -> None:
        why = one("whitespace", "order", "status", rows=300, total=1000).why
        assert "would change 300 of 1,000 rows (30.0%), more than the 5%" in why

    def test_the_bounds_move(self, one: Any, context: Context) -> None:
        wider = replace(context, budgets=Budgets(changed=0.5))
        assert one("whitespace", "order", "status", rows=300, total=1000, within=wider).action == "fix"


class TestChoices:
    def test_a_person_may_skip(self, one: Any) -> None:
        left = one("whitespace", "order", "status", rules=Rules(choices={"whitespace-order-status": "skip"}))
        assert (left.chosen, left.why) == (None, "left as it is by choice")

    def test_a_person_may_take_what_would_ask(self, one: Any) -> None:
        rules = Rules(choices={"whitespace-order-status": "trim_whitespace"})
        taken = one("whitespace", "order", "status", rules=rules, rows=300, total=1000)
        assert (taken.chosen.fix.id, taken.why) == ("trim_whitespace", "chosen by a person")

    def test_a_fix_that_does_not_apply_is_said(self, one: Any) -> None:
        rules = Rules(choices={"whitespace-order-status": "round_values"})
        left = one("whitespace", "order", "status", rules=rules)
        assert (left.chosen, left.why) == (None, '"round_values" does not apply here')

    def test_every_wrong_choice_is_named_at_once(self, one: Any) -> None:
        rules = Rules(choices={"whitespace-order-statsu": "skip", "whitespace-order-status": "trim_whitspace"})
        with pytest.raises(DocumentError) as caught:
            one("whitespace", "order", "status", rules=rules)
        lines = str(caught.value).splitlines()
        assert len(lines) == 2
        assert 'did you mean "whitespace-order-status"?' in lines[0]
        assert 'did you mean "trim_whitespace"?' in lines[1]


def test_steps_run_in_the_catalogues_order_whatever_the_reports(make: Any, context: Context) -> None:
    issues = [
        make.finding("foreign_key_orphan", "order", "user_id", related=("user", "user_id"), rows=1, total=1000),
        make.finding("duplicate_row", "order", rows=1, total=1000, details={"has_key": True}),
        make.finding("whitespace", "order", "status", rows=2, total=1000),
    ]
    plan: Plan = resolve([msgspec.convert(issue, Finding) for issue in issues], context, DATA_ONLY)
    assert [r.finding.defect for r in plan.resolutions] == ["foreign_key_orphan", "duplicate_row", "whitespace"]
    assert [p.id.split("-")[0] for p in plan.planned()] == ["whitespace", "duplicate_row", "foreign_key_orphan"]


@pytest.mark.parametrize(("rule", "chosen"), [("declared", "quarantine_orphans"), ("inferred", "repair_orphan_keys")])
def test_a_known_key_is_mended_whoever_made_the_rule(
    rule: str, chosen: str, make: Any, context: Context, shop: Path
) -> None:
    """Beside an orphan that nothing is known of: who declared the rule lets it be held, who inferred it is asked."""
    make.table(shop / "user.parquet", "SELECT printf('U%03d', i) AS user_id FROM range(400) t(i)")
    lost = "SELECT 1000 AS order_id, 'u001' AS user_id UNION ALL SELECT 1001, 'none'"
    make.table(
        shop / "order.parquet",
        f"SELECT i AS order_id, printf('U%03d', i) AS user_id FROM range(400) t(i) UNION ALL {lost}",
    )
    link = ForeignKey(columns=("user_id",), references=Target(table="user", columns=("user_id",)), source=rule)
    facts = {
        "order": TableFacts(name="order", rows=402, foreign_keys=(link,)),
        "user": TableFacts(name="user", rows=400),
    }
    within = replace(context, dataset=read_dataset(shop), tables=facts, schema=None, looked_at={})
    raw = make.finding("foreign_key_orphan", "order", "user_id", related=("user", "user_id"), rows=2, total=402)
    resolution = resolve([msgspec.convert(raw, Finding)], within, DATA_ONLY).resolutions[0]
    assert resolution.chosen is not None
    assert resolution.chosen.fix.id == chosen
    assert {"quarantine_orphans", "repair_orphan_keys"} <= {option.fix.id for option in resolution.options}
