"""Path 1: each fix on a small document, the text that it leaves, and what is taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from datapolisher import fixes, json_text
from datapolisher.documents import Finding
from datapolisher.fixes.base import Decision
from datapolisher.plan import Option, Resolution
from datapolisher.schema_document import SchemaDocument, parse_schema
from datapolisher.schema_improver import diff, improve

ORDER, USER = "/nodes/1", "/nodes/0"
COLUMN = {"placed_at": 2, "shipped_at": 3, "amount": 4, "note": 5, "status": 6}


HOURS = [0.3, 0.2, 0.2, 0.2, 0.2, 0.3, 0.5, 0.8, 1.1, 1.4, 1.6, 1.6, 1.5, 1.4, 1.4, 1.4, 1.4, 1.5, 1.5, 1.4, 1.2, 0.9]
HOURS += [0.7, 0.5]


def _op(op: str, path: str, value: Any = None) -> dict[str, Any]:
    return {"op": op, "path": path} if op == "remove" else {"op": op, "path": path, "value": value}


def _column(name: str, rest: str) -> str:
    return f"{ORDER}/columns/{COLUMN[name]}/{rest}"


# (fix, defect, table, columns, other parts of the finding) → the operations
CASES: dict[str, tuple[tuple[str, str, str, list[str], dict[str, Any]], list[dict[str, Any]]]] = {
    "a child that the document lets come first": (
        (
            "keep_children_after_parents",
            "temporal_violation",
            "order",
            ["placed_at"],
            {"related": ("user", "created_at")},
        ),
        [
            _op("remove", _column("placed_at", "after_parent")),
            _op(
                "add",
                "/constraints/inequalities",
                [{"left": "order.placed_at", "op": ">=", "right": "user.created_at"}],
            ),
        ],
    ),
    "a creation time that the language does not recognise": (
        ("keep_children_after_parents", "temporal_violation", "order", ["shipped_at"], {"related": ("user", "since")}),
        [
            _op("add", "/constraints/inequalities", [{"left": "order.shipped_at", "op": ">=", "right": "user.since"}]),
        ],
    ),
    "an end before its start": (
        (
            "order_intervals",
            "interval_inverted",
            "order",
            ["placed_at", "shipped_at"],
            {"details": {"start_column": "placed_at", "end_column": "shipped_at"}},
        ),
        [
            _op(
                "add",
                "/constraints/inequalities",
                [{"left": "order.shipped_at", "op": ">=", "right": "order.placed_at"}],
            ),
        ],
    ),
    "times after the analysis date": (
        (
            "end_times_in_window",
            "future_timestamp",
            "order",
            ["shipped_at"],
            {"details": {"reference": "2024-02-01T00:00:00Z"}},
        ),
        [
            _op(
                "replace",
                _column("shipped_at", "generator/datetime_series/within"),
                {"start": "2024-01-01T00:00:00Z", "end": "2024-02-01T00:00:00Z"},
            ),
        ],
    ),
    "nulls that are made": (
        ("forbid_nulls", "unexpected_null", "order", ["note"], {}),
        [
            _op("replace", _column("note", "generator/choice/choices"), ["a"]),
            _op("replace", _column("note", "generator/choice/weights"), [0.5]),
            _op("remove", _column("note", "null_rate")),
            _op("replace", _column("note", "nullable"), False),
        ],
    ),
    "shares that were declared otherwise": (
        (
            "match_weights",
            "weights_mismatch",
            "order",
            ["status"],
            {"details": {"declared": {"paid": 0.1, "Paid": 0.2, "open": 0.7}}},
        ),
        [_op("replace", _column("status", "generator/choice/weights"), [0.1, 0.2, 0.7])],
    ),
    "values beyond their range": (
        ("bound_values", "out_of_range", "order", ["amount"], {"details": {"min": 1, "max": 500}}),
        [
            _op("replace", _column("amount", "generator/distribution/clamp"), [1, 500]),
            _op("replace", "/constraints/ranges/0/min", 1),
            _op("add", "/constraints/ranges/0/max", 500),
        ],
    ),
    "too few children": (
        ("scale_fanout", "fanout_mismatch", "order", [], {"details": {"observed_mean": 4.0, "expected_mean": 12.0}}),
        [_op("replace", f"{ORDER}/fanout/lambda", 24.0), _op("replace", f"{ORDER}/fanout/max", 44)],
    ),
    "another fanout was declared": (
        (
            "scale_fanout",
            "fanout_mismatch",
            "order",
            [],
            {"details": {"declared": {"distribution": "fixed", "lambda": 3}}},
        ),
        [_op("replace", f"{ORDER}/fanout", {"distribution": "fixed", "lambda": 3})],
    ),
    "too many decimals": (
        ("round_values", "excess_precision", "order", ["amount"], {"details": {"decimals": 2}}),
        [_op("add", _column("amount", "modifiers"), [{"transform": "round", "args": {"digits": 2}}])],
    ),
    "keys without a parent": (
        ("look_up_parents", "foreign_key_orphan", "order", ["user_id"], {"related": ("user", "user_id")}),
        [_op("add", "/constraints/foreign_keys", [{"from": "order.user_id", "to": "user.user_id"}])],
    ),
    "two spellings of one category": (
        (
            "respell_choices",
            "category_variant",
            "order",
            ["status"],
            {"details": {"variants": [{"value": "paid", "canonical": "Paid", "rows": 3}]}},
        ),
        [
            _op("replace", _column("status", "generator/choice/choices"), ["Paid", "open"]),
            _op("replace", _column("status", "generator/choice/weights"), [0.5, 0.5]),
        ],
    ),
    "a category that nobody declared": (
        ("restrict_choices", "unknown_category", "order", ["status"], {"details": {"accepted": ["Paid", "open"]}}),
        [
            _op("replace", _column("status", "generator/choice/choices"), ["Paid", "open"]),
            _op("replace", _column("status", "generator/choice/weights"), [0.3, 0.5]),
            _op("add", "/constraints/enum", [{"attr": "order.status", "values": ["Paid", "open"]}]),
        ],
    ),
    "a category that is new": (
        (
            "extend_list",
            "unknown_category",
            "user",
            ["tier"],
            {"details": {"values": [{"value": "c"}, {"value": "b"}]}},
        ),
        [_op("add", "/nodes/0/columns/7/constraints/enum/-", "c")],
    ),
    "a key that is no sequence": (
        ("number_keys", "primary_key_duplicate", "order", ["order_id"], {}),
        [_op("add", "/constraints/unique", ["order.order_id"])],
    ),
    "a constraint that the document lacks": (
        (
            "keep_constraint",
            "constraint_violated",
            "order",
            ["amount"],
            {"details": {"kind": "range", "constraint": {"attr": "order.amount", "max": 9}}},
        ),
        [_op("add", "/constraints/ranges/-", {"attr": "order.amount", "max": 9})],
    ),
    "times without a rhythm": (
        ("weight_times", "no_seasonality", "order", ["shipped_at"], {"details": {"time_column": "shipped_at"}}),
        [
            _op(
                "add",
                _column("shipped_at", "generator/datetime_series/patterns"),
                [
                    {"dimension": "dow", "weights": [1.0, 1.05, 1.05, 1.0, 1.0, 0.75, 0.7]},
                    {"dimension": "hour", "weights": HOURS},
                ],
            ),
        ],
    ),
    "an even spread": (
        ("skew_values", "uniform_distribution", "user", ["credit"], {}),
        [
            _op(
                "replace",
                f"{USER}/columns/4/generator",
                {
                    "distribution": {
                        "type": "lognormal",
                        "params": {"mean": 3.7320, "sigma": 0.6},
                        "clamp": [0, 100],
                    }
                },
            ),
        ],
    ),
    "everything at one instant": (
        ("spread_creation", "simultaneous_creation", "user", ["loaded"], {}),
        [
            _op(
                "replace",
                f"{USER}/columns/6/generator",
                {"datetime_series": {"within": "timeframe", "freq": "H"}},
            ),
        ],
    ),
    "a mean beside its target": (
        (
            "reach_target",
            "target_missed",
            "order",
            ["amount"],
            {"details": {"target": "mean_in_range", "min": 60, "max": 80}, "observed": 35.0},
        ),
        [_op("replace", _column("amount", "generator/distribution/params/mean"), 3.6931)],
    ),
    "too few orders at weekends": (
        (
            "reach_target",
            "target_missed",
            "order",
            ["shipped_at"],
            {"details": {"target": "weekend_share", "min": 0.5, "max": 0.5}, "observed": 0.25},
        ),
        [
            _op(
                "add",
                _column("shipped_at", "generator/datetime_series/patterns"),
                [{"dimension": "dow", "weights": [1.0, 1.0, 1.0, 1.0, 1.0, 3.0, 3.0]}],
            ),
        ],
    ),
    "segments that do not differ": (
        ("tell_segments_apart", "identical_segments", "user", ["plan"], {"details": {"segment_column": "plan"}}),
        [
            _op(
                "add",
                f"{USER}/segment_behavior",
                {
                    "segment_column": "plan",
                    "behaviors": {
                        "free": {"fanout_multiplier": 0.75, "value_multiplier": 1.0},
                        "pro": {"fanout_multiplier": 1.75, "value_multiplier": 1.0},
                    },
                },
            ),
        ],
    ),
    "cohorts that do not differ": (
        ("fade_with_age", "flat_cohorts", "order", ["placed_at"], {"related": ("user", "created_at")}),
        [
            _op(
                "add",
                f"{USER}/vintage_behavior",
                {
                    "created_at_column": "created_at",
                    "age_based_multipliers": {
                        "activity": {
                            "curve": [1.0, 0.8, 0.68, 0.6, 0.54, 0.5],
                            "time_unit": "month",
                            "applies_to": "fanout",
                        }
                    },
                },
            ),
        ],
    ),
    "a total that is not its children's": (
        (
            "total_children",
            "aggregate_mismatch",
            "user",
            ["name"],
            {"details": {"child_table": "order", "child_column": "amount", "op": "sum", "parent_column": "name"}},
        ),
        [_op("replace", f"{USER}/columns/1/generator", {"aggregate": {"of": "order.amount", "op": "sum"}})],
    ),
    "a result that is drawn": (
        (
            "derive_columns",
            "arithmetic_mismatch",
            "sale",
            ["total"],
            {"details": {"formula": "n * price", "result_column": "total"}},
        ),
        [_op("replace", "/nodes/3/columns/4/generator", {"expression": {"code": "round(n * price, 2)"}})],
    ),
    "outliers that the document makes": (
        ("calm_outliers", "outlier", "sale", ["price"], {}),
        [_op("remove", "/nodes/3/columns/3/modifiers")],
    ),
    "tails that reach too far": (
        ("calm_outliers", "outlier", "order", ["amount"], {"details": {"lower": 0.5, "upper": 200.0}}),
        [_op("add", _column("amount", "generator/distribution/truncate"), [0.5, 200.0])],
    ),
    "data that ends too early": (
        ("extend_window", "stale_data", "order", [], {"details": {"reference": "2024-06-01T00:00:00Z"}}),
        [_op("replace", "/timeframe/end", "2024-06-01T23:59:59Z")],
    ),
    "a text of another kind": (
        ("draw_kind", "invalid_format", "sale", ["mail"], {"details": {"kind": "email"}}),
        [_op("replace", "/nodes/3/columns/5/generator", {"faker": {"method": "email"}})],
    ),
    "columns that draw each other's values": (
        (
            "exchange_generators",
            "swapped_columns",
            "sale",
            ["mail"],
            {"details": {"first": "mail", "second": "phone"}, "observed": 0.9},
        ),
        [
            _op("replace", "/nodes/3/columns/5/generator", {"faker": {"method": "email"}}),
            _op("replace", "/nodes/3/columns/6/generator", {"faker": {"method": "phone_number"}}),
        ],
    ),
    "first digits that are too even": (
        ("widen_amounts", "benford_violation", "sale", ["price"], {}),
        [
            _op("replace", "/nodes/3/columns/3/generator/distribution/params/mean", 2.36),
            _op("replace", "/nodes/3/columns/3/generator/distribution/params/sigma", 1.2),
        ],
    ),
    "a product of many prices": (
        (
            "look_up_price",
            "price_inconsistent",
            "sale",
            ["price"],
            {"details": {"product_column": "product_id", "price_column": "price"}},
        ),
        [_op("replace", "/nodes/3/columns/3/generator", {"lookup": {"from": "product.price"}})],
    ),
    "a step that few go through": (
        ("raise_transitions", "funnel_leak", "step", [], {"details": {"to_stage": "signup", "others": 0.4}}),
        [_op("replace", "/nodes/2/stage_config/stages/1/transition_rate", 0.4)],
    ),
    "a channel that brings everything": (
        ("spread_channels", "channel_concentration", "touch", [], {"details": {"channel": "search"}}),
        [_op("replace", "/nodes/3/attribution_chain/channel_weights", [0.6, 0.4])],
    ),
    "a feature that few take up": (
        ("steepen_adoption", "low_adoption", "step", [], {}),
        [_op("replace", "/nodes/2/columns/1/generator/diffusion_curve/inflection_point", 0.35)],
    ),
    "an entity without rows": (
        ("give_rows", "empty_table", "product", [], {"details": {"expected_rows": 50}}),
        [_op("replace", "/nodes/4/rows", 50)],
    ),
    "children that never come": (
        ("give_rows", "empty_table", "sale", [], {}),
        [_op("replace", "/nodes/3/fanout/lambda", 1.0)],
    ),
    "charges that repeat": (
        ("charge_once", "double_charge", "sale", [], {}),
        [_op("replace", "/nodes/3/fanout/max", 1)],
    ),
    "amounts below zero": (
        ("bound_values", "negative_amount", "sale", ["total"], {}),
        [_op("add", "/constraints/ranges/-", {"attr": "sale.total", "min": 0.0})],
    ),
}


# More of them, some with a flawed document or a contract of their own, stand as data beside the tests.
MORE = json.loads((Path(__file__).parent / "cases" / "path1.json").read_text(encoding="utf-8"))
CASES |= {
    name: ((one["fix"], one["defect"], one["table"], one["columns"], one.get("parts", {})), one["expected"])
    for name, one in MORE.items()
}


def _document(name: str, schema_text: str) -> SchemaDocument:
    """The document of a case, with the contract that the data is held against."""
    one = MORE.get(name, {})
    document = parse_schema(json_text.patched(schema_text, one.get("edit", ())), "s.json")
    if "contract" not in one:
        return document
    return replace(document, contract=parse_schema(json_text.patched(schema_text, one["contract"]), "contract.json"))


def _finding(make: Any, defect: str, table: str, columns: list[str], parts: Mapping[str, Any]) -> Finding:
    return msgspec.convert(make.finding(defect, table, *columns, **parts), Finding)


def _chosen(finding: Finding, fix: str) -> Resolution:
    option = Option(fixes.fix(fix), Decision("regenerate", "test"), "test")
    return Resolution(finding, (option,), option, "regenerate", "test")


@pytest.mark.parametrize("name", CASES)
def test_patch(name: str, make: Any, schema_text: str) -> None:
    (fix, defect, table, columns, parts), expected = CASES[name]
    finding = _finding(make, defect, table, columns, parts)
    assert defect in fixes.fix(fix).defects
    improved = improve(_document(name, schema_text), [_chosen(finding, fix)])
    assert improved.patches[0].operations() == expected
    assert improved.due
    assert improved.patches[0].reasons
    assert all(change.reason for change in improved.patches[0].changes)
    again = improve(improved.document, [_chosen(finding, fix)])
    if "observed" not in str(parts):  # evidence that speaks of the data as it was
        assert not again.changed, again.patches


def test_every_schema_fix_has_a_case() -> None:
    assert {case[0][0] for case in CASES.values()} >= {f.id for f in fixes.all_fixes() if f.path == "schema"}


def test_only_changed_lines_change(make: Any, schema_text: str) -> None:
    document = parse_schema(schema_text, "s.json")
    taken = [CASES["a child that the document lets come first"], CASES["too many decimals"]]
    chosen = [_chosen(_finding(make, *case[0][1:]), case[0][0]) for case in taken]
    improved = improve(document, chosen).document
    shown = diff(document, improved).splitlines()
    changed = [line for line in shown if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    assert '"$comment": "kept"' in improved.text
    assert len(changed) == 8, "\n".join(shown)
    assert '+        {"name": "placed_at", "type": "datetime",' in changed


def test_two_findings_about_one_column_do_not_overwrite_each_other(make: Any, schema_text: str) -> None:
    rounding, bounds = CASES["too many decimals"][0], CASES["values beyond their range"][0]
    wider = (*bounds[:4], {"details": {"min": 2, "max": 700}})
    chosen = [_chosen(_finding(make, *case[1:]), case[0]) for case in (rounding, bounds, wider)]
    amount = improve(parse_schema(schema_text, "s.json"), chosen).document.column("order", "amount")
    assert amount is not None
    assert amount["generator"]["distribution"]["clamp"] == [2, 500]
    assert amount["modifiers"] == [{"transform": "round", "args": {"digits": 2}}]


@pytest.mark.parametrize("name", CASES)
def test_a_finding_about_something_else_changes_nothing(name: str, make: Any, schema_text: str) -> None:
    (fix, defect, _, _, parts), _ = CASES[name]
    if fix == "keep_constraint":
        parts = {"details": {"kind": "range", "constraint": {"attr": "ghost.nothing", "max": 9}}}
    finding = _finding(make, defect, "ghost", ["nothing"], parts)
    assert not improve(_document(name, schema_text), [_chosen(finding, fix)]).due


LAYOUTS = {
    "indented": '{\n  "a": {\n    "b": 1\n  },\n  "l": [1, 2]\n}\n',
    "inline": '{"a": {"b": 1}, "l": [1, 2]}',
    "compact": '{"a":{"b":1},"l":[1,2]}',
    "tabs": '{\n\t"a": {\n\t\t"b": 1\n\t},\n\t"l": [\n\t\t1,\n\t\t2\n\t]\n}',
    "tricky": '{"x": "}],\\"{", "a" : { "b" : 1 } , "l":[ 1 ,2 ] , "é": null}',
}
OPERATIONS = [
    ([_op("add", "/a/c", [True, None])], {"a": {"b": 1, "c": [True, None]}}),
    ([_op("remove", "/a/b")], {"a": {}}),
    ([_op("remove", "/a/b"), _op("add", "/a/z~1y", "ü")], {"a": {"z/y": "ü"}}),
    ([_op("add", "/l/-", 3)], {"l": [1, 2, 3]}),
    ([_op("add", "/l/0", 0)], {"l": [0, 1, 2]}),
    ([_op("remove", "/l/0")], {"l": [2]}),
    ([_op("remove", "/l/1")], {"l": [1]}),
    ([_op("replace", "/a", 5)], {"a": 5}),
]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("operations", "expected"), OPERATIONS)
def test_text_and_tree_agree(layout: str, operations: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    before = LAYOUTS[layout]
    assert json.loads(json_text.patched(before, operations)) == json.loads(before) | expected


def test_an_added_member_stands_as_the_author_would_write_it() -> None:
    added = json_text.patched(LAYOUTS["indented"], [_op("add", "/a/c", 2)])
    assert added == '{\n  "a": {\n    "b": 1,\n    "c": 2\n  },\n  "l": [1, 2]\n}\n'
    assert json_text.patched(LAYOUTS["compact"], [_op("add", "/a/c", 2)]) == '{"a":{"b":1,"c":2},"l":[1,2]}'


OPEN = '{\n  "a": {\n    "l": [\n      1,\n      2\n    ],\n    "m": [\n      3\n    ]\n  }\n}'
MIXED = '{\n  "a": {"b": 1},\n  "l": [1, 2]\n}'
PADDED = '{\n"a": { "b": 1 },\n"l": [1, 2]\n}'
LONG = {"name": "a name that fills its line", "values": ["a value that fills its line, too"] * 4}


@pytest.mark.parametrize(
    ("text", "operation", "expected"),
    [
        (OPEN, _op("add", "/a/n", {"x": [1]}), '"n": {\n      "x": [\n        1\n      ]\n    }\n  }\n}'),
        (OPEN, _op("remove", "/a/m/0"), '"m": []\n  }\n}'),
        (OPEN, _op("replace", "/a/m", {"x": 1}), '"m": {\n      "x": 1\n    }\n  }\n}'),
        (MIXED, _op("add", "/a/n", {"x": [1]}), '{"b": 1, "n": {"x": [1]}},\n  "l": [1, 2]\n}'),
        (PADDED, _op("add", "/c", {"x": 1}), '"l": [1, 2],\n"c": { "x": 1 }\n}'),
        (
            MIXED,
            _op("add", "/c", LONG),
            '"c": {\n    "name": "a name that fills its line",\n    "values": ["a value that fills its line, too", '
            + ", ".join(['"a value that fills its line, too"'] * 3)
            + "]\n  }\n}",
        ),
    ],
    ids=["spread out", "emptied", "replaced", "on one line", "padded", "too long for a line"],
)
def test_what_is_added_is_written_in_the_authors_hand(text: str, operation: dict[str, Any], expected: str) -> None:
    assert json_text.patched(text, [operation]).endswith(expected)


def test_a_place_that_is_not_there_is_an_error() -> None:
    with pytest.raises(KeyError):
        json_text.patched(LAYOUTS["inline"], [_op("add", "/ghost/c", 2)])
