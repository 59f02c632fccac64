"""Every patch of path 1, held by data that is made again: a flawed schema, its finding, the patch, and no finding any more.

The schemas and their flaws are those of the table in ``docs/repair.md`` (packages/datapolisher/benchmarks).
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from datacruncher import crunch
from datapolisher import fixes

from pipelines.stranger import SCHEMAS
from repository.contracts import problems

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "packages" / "datapolisher" / "benchmarks"


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sound, regeneration = _load("sound_schemas"), _load("regeneration")
CASES = _load("flawed_schemas").CASES
GROUPS = 6  # workers share the cases; each group is one worker's
FLAWS = [
    pytest.param(case, id=case.id, marks=pytest.mark.xdist_group(f"path 1 {number % GROUPS}"))
    for number, case in enumerate(CASES)
]


def test_every_fix_of_path_1_is_held_by_a_flaw() -> None:
    held = {case.fix for case in CASES}
    assert {fix.id for fix in fixes.all_fixes() if fix.path == "schema"} == held
    assert len({case.id for case in CASES}) == len(CASES)


@pytest.mark.parametrize("make", sound.ALL, ids=lambda make: make.__name__)
def test_a_sound_schema_makes_sound_data(make: object, tmp_path: Path) -> None:
    """What a flaw is put into has none of its own."""
    regeneration.write(tmp_path / "schema.json", make())  # type: ignore[operator]
    with regeneration.at(tmp_path):
        regeneration.typed("generate", "schema.json", "-o", "data")
    report = crunch(str(tmp_path / "data"), schema=str(tmp_path / "schema.json"))
    faults = [issue for issue in report.issues if issue.category in {"data_quality", "schema_expectation", "drift"}]
    assert [issue.finding for issue in faults if issue.severity != "low"] == []


@pytest.mark.parametrize("case", FLAWS)
def test_a_flaw_is_gone_from_what_is_made_again(case: object, tmp_path: Path) -> None:
    ended = regeneration.run(case, tmp_path)
    assert ended.why_not == "", ended.diff
    if ended.patch:
        improved = json.loads((tmp_path / "schema_improved.json").read_text(encoding="utf-8"))
        assert problems("dataset-schema", improved) == []
        assert list(improved) == list(json.loads((tmp_path / "schema.json").read_text(encoding="utf-8")))
    assert problems("polish-report", json.loads((tmp_path / "polish_report.json").read_text(encoding="utf-8"))) == []


def test_a_patch_that_makes_something_else_worse_is_taken_back_and_said(tmp_path: Path) -> None:
    """To count orders instead of drawing a number is right, but their number has outliers where the drawn one has none."""
    flawed = sys.modules["flawed_schemas"]
    case = regeneration.Case(
        "aggregate_mismatch",
        "total_children",
        "customer",
        ("order_count",),
        flawed.shop(flawed.set_column("customer", flawed.normal("order_count", 8, 3, 0, 40, "int"))),
        "a count is drawn",
        finding={
            "location": {"related": {"table": "purchase", "columns": ["customer_id"]}},
            "details": {"parent_column": "order_count", "child_table": "purchase", "op": "count"},
        },
    )
    ended = regeneration.run(case, tmp_path)
    assert ended.action["status"] == "reverted"
    assert "made something else worse: medium outlier" in ended.action["reason"]
    assert not (tmp_path / "polished").exists()
    assert not (tmp_path / "schema_improved.json").exists()


def test_path_2_goes_on_with_what_path_1_made_again(tmp_path: Path) -> None:
    """Customers are taken out, with their purchases, of data that was made again; the scripts read what stays beside it."""
    flawed = sys.modules["flawed_schemas"]
    age = flawed.normal("age", 40, 10, 0, 90, "int")
    document = flawed.shop(
        flawed.set_column("customer", age),
        flawed.set_node("customer", vintage_behavior=None),
        flawed.set_column("purchase", {**sound.time("ordered_at"), "after_parent": False}),
    )
    bounded = flawed.made(
        document, flawed.set_part("constraints", {"ranges": [{"attr": "customer.age", "min": 0, "max": 58}]})
    )
    regeneration.write(tmp_path / "schema.json", document())
    regeneration.write(tmp_path / "contract.json", bounded())
    with regeneration.at(tmp_path), regeneration.looking(tmp_path):
        regeneration.typed("generate", "schema.json", "-o", "data")
        regeneration.typed("crunch", "data", "--schema", "contract.json")
        issues = json.loads(Path("crunch_report.json").read_text(encoding="utf-8"))["issues"]
        found = {issue["defect"]: issue["id"] for issue in issues}
        chosen = f"{found['out_of_range']}=quarantine_out_of_range"
        regeneration.typed("polish", "--auto", "--choose", chosen, "--max-quarantined", "0.1", "-o", "polished")
        actions = json.loads(Path("polish_report.json").read_text(encoding="utf-8"))["actions"]
    done = {action["finding_id"]: (action["status"], action.get("fix")) for action in actions}
    assert done[found["temporal_violation"]] == ("applied", "keep_children_after_parents")
    assert done[found["out_of_range"]] == ("applied", "quarantine_out_of_range")
    assert (tmp_path / "polished" / "_quarantine" / "purchase.parquet").is_file()
    assert "polished_regenerated" in (tmp_path / "postprocess.sql").read_text(encoding="utf-8")


PERSONAL = ["flatten_curve", "keep_one_currency", "calm_outliers", "even_nulls", "model_steps", "pay_what_is_due"]


@pytest.mark.parametrize("fix", [*PERSONAL, "raise_transitions", "steady_churn", "scale_spend", "charge_once"])
def test_what_only_a_person_may_want_is_left_to_one(fix: str, tmp_path: Path) -> None:
    case = next(case for case in CASES if case.fix == fix and case.asked)
    ended = regeneration.run(dataclasses.replace(case, asked=False), tmp_path)
    assert ended.action["status"] == "needs_person"
    assert ended.action["reason"]
    assert not (tmp_path / "schema_improved.json").exists()


def test_what_path_1_asks_is_not_forgotten_when_path_2_has_nothing(tmp_path: Path) -> None:
    """A sentinel that path 1 would take out of the choices, beside a flaw for which the data is made again."""
    flawed = sys.modules["flawed_schemas"]
    document = flawed.shop(
        flawed.set_column("purchase", sound.pick("channel", ["web", "app", "N/A"], [0.5, 0.4, 0.1])),
        flawed.set_column("purchase", flawed.normal("shipping_amount", 60, 10, 1, 400)),
    )
    regeneration.write(tmp_path / "schema.json", document())
    with regeneration.at(tmp_path), regeneration.looking(tmp_path):
        regeneration.typed("generate", "schema.json", "-o", "data")
        regeneration.typed("crunch", "data")
        regeneration.typed("polish", "--auto", "-o", "polished")
    actions = json.loads((tmp_path / "polish_report.json").read_text(encoding="utf-8"))["actions"]
    sentinel = next(action for action in actions if action["defect"] == "sentinel_value")
    assert sentinel["status"] == "needs_person"
    assert "restrict_choices" in str(sentinel["choices"])


def test_a_lost_file_is_made_again_byte_for_byte(tmp_path: Path) -> None:
    case = next(case for case in CASES if case.defect == "missing_table" and case.spoil is not None)
    regeneration.run(case, tmp_path)
    first = json.loads((tmp_path / "data" / ".metadata.json").read_text(encoding="utf-8"))
    written = {file["path"]: file["sha256"] for table in first["tables"] for file in table["files"]}
    for path, sha256 in written.items():
        assert hashlib.sha256((tmp_path / "polished" / path).read_bytes()).hexdigest() == sha256, path
    assert json.loads((tmp_path / "polish_report.json").read_text(encoding="utf-8"))["unverified"] == []


# What an author does to the bank: (as it stands, as it is written instead).
BREAKS = [
    ('"name": "txn_time", "type": "datetime", "nullable": false,', '"after_parent": false,'),
    ('"choices": ["Active","Dormant","Closed"], "weights": [0.86,0.1,0.04]', None),
    ('{ "left": "promotion.start_at", "op": "<", "right": "promotion.end_at" },\n', ""),
    ('{ "attr": "account.status", "values": ["Active","Dormant","Closed"] },\n', ""),
    ('"params": { "mean": 65.0, "std": 120.0 }', '"params": { "mean": 165.0, "std": 120.0 }'),
]
SPELLED = '"choices": ["Active","active","Dormant","Closed"], "weights": [0.76,0.1,0.1,0.04]'


def test_a_bank_that_its_author_broke_is_mended_by_its_contract(tmp_path: Path) -> None:
    """Five mistakes at once, held against the document as it was: all mended, the other lines left as they stand."""
    contract = (SCHEMAS / "bank.json").read_text(encoding="utf-8").replace('"lambda": 120,', '"lambda": 10,')
    broken = contract
    for before, after in BREAKS:
        assert before in broken
        instead = SPELLED if after is None else f"{before} {after}" if after.startswith('"after_parent"') else after
        broken = broken.replace(before, instead, 1)
    (tmp_path / "contract.json").write_text(contract, encoding="utf-8")
    (tmp_path / "schema.json").write_text(broken, encoding="utf-8")
    with regeneration.at(tmp_path), regeneration.looking(tmp_path):
        regeneration.typed("generate", "schema.json", "--rows", "customer=400", "--rows", "account=400", "-o", "data")
        regeneration.typed("crunch", "data", "--schema", "contract.json")
        shown = regeneration.typed("polish", "--path", "schema", "-o", "polished")
    report = json.loads((tmp_path / "polish_report.json").read_text(encoding="utf-8"))
    mended = {action["defect"] for action in report["actions"] if action["status"] == "applied" and action["verified"]}
    words = {"temporal_violation", "interval_inverted", "category_variant", "weights_mismatch", "target_missed"}
    assert words | {"excess_precision"} <= mended, shown
    assert report["after"]["quality_score"] >= 85 > report["before"]["quality_score"]
    improved = (tmp_path / "schema_improved.json").read_text(encoding="utf-8").splitlines()
    kept = [line for line in broken.splitlines() if line in improved]
    assert len(kept) >= 0.9 * len(broken.splitlines())
    assert problems("dataset-schema", json.loads("\n".join(improved))) == []
