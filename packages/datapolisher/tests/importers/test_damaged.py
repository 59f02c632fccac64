"""Results that were damaged on the way: each ends with a report or with a sentence, never with a traceback."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from datapolisher.errors import PolishError
from datapolisher.importing.assemble import Asked, import_results

CLINIC = Path(__file__).parent / "clinic"
RESULTS = [
    "gx_boolean.json",
    "pointblank_cut.json",
    "soda_contract.json",
    "frictionless_stopped.json",
    "dbt/run_results.json",
]
VALUES: list[Any] = [None, "x", 7, -1.5, [], {}, True, ["a", None], {"a": 1}, "(((", "'; DROP TABLE t; --", "\x00"]


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    below = tree.items() if isinstance(tree, dict) else enumerate(tree[:8]) if isinstance(tree, list) else ()
    for key, value in below:
        yield from places(value, (*path, key))


def damaged(tree: Any, rng: random.Random) -> Any:
    """The document with three of its values replaced, or taken out."""
    made = copy.deepcopy(tree)
    for path in rng.sample(list(places(tree)), 3):
        holder = made
        try:
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = rng.choice(VALUES)
        except (KeyError, IndexError, TypeError):
            continue  # it lay below one that is gone
    return made


@pytest.mark.parametrize("name", RESULTS)
def test_a_damaged_result_ends_with_a_report_or_a_sentence(tmp_path: Path, name: str) -> None:
    rng = random.Random(name)
    tree = json.loads((CLINIC / name).read_text("utf-8"))
    path, read = tmp_path / "visit.json", 0
    for _ in range(12):
        path.write_text(json.dumps(damaged(tree, rng)), "utf-8")
        try:
            read += bool(import_results([path], Asked(tables=("visit",))).to_json())
        except PolishError as error:
            assert str(error)
    assert read


@pytest.mark.parametrize("data", [True, False], ids=["measured", "as-told"])
def test_a_check_whose_columns_are_gone_still_makes_a_report_by_contract(tmp_path: Path, data: bool) -> None:
    contract = json.loads(files("datapolisher").joinpath("contracts", "crunch-report", "v1.json").read_text("utf-8"))
    kinds = ["expect_column_to_exist", "expect_column_values_to_not_be_null", "expect_compound_columns_to_be_unique"]
    results = [{"success": False, "expectation_config": {"type": kind, "kwargs": {}}, "result": {}} for kind in kinds]
    steps = [
        {"assertion_type": "col_vals_in_table", "column": None, "values": {"ref_column": []}, "n_failed": 3},
        {"assertion_type": "col_vals_between", "column": None, "values": [1, 2], "n_failed": 3},
    ]
    (tmp_path / "visit.json").write_text(json.dumps(steps), "utf-8")
    asked = Asked(CLINIC / "data" if data else None, ("visit",))
    (tmp_path / "gx.json").write_text(
        json.dumps({"results": results, "meta": {"active_batch_definition": {"data_asset_name": "visit"}}}), "utf-8"
    )
    report = json.loads(import_results([tmp_path / "gx.json", tmp_path / "visit.json"], asked).to_json())
    jsonschema.Draft202012Validator(contract).validate(report)
    assert len(report["checks"]) == 5


def test_a_condition_that_holds_what_no_value_can_be_is_refused_with_a_sentence(tmp_path: Path) -> None:
    condition = {"column": {"name": "days"}, "operator": "==", "parameter": {"a": 1}}
    pairs = {"column_A": "days", "column_B": "extra", "value_pairs_set": [[1, {"a": 1}]]}
    kinds = [("expect_column_values_to_not_be_null", {"column": "days", "row_condition": condition})]
    kinds += [("expect_column_pair_values_to_be_in_set", pairs)]
    for kind, kwargs in kinds:
        config = {"type": kind, "kwargs": kwargs}
        result = {"success": False, "expectation_config": config, "result": {"unexpected_count": 3}}
        meta = {"active_batch_definition": {"data_asset_name": "visit"}}
        (tmp_path / "gx.json").write_text(json.dumps({"results": [result], "meta": meta}), "utf-8")
        try:
            assert import_results([tmp_path / "gx.json"], Asked(CLINIC / "data")).unmapped
        except PolishError as error:
            assert "not as great_expectations writes its results" in str(error)
