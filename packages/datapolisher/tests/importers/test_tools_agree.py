"""The proof: after a repair the tool that found the defects runs again on the result, and has nothing left to say.

Each test needs its tool, and is skipped with that reason where it is not installed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from datapolisher import commands
from datapolisher.cli import main

DATA = Path(__file__).parent / "clinic" / "data"
OUTCOMES = ["home", "transfer", "other"]
# What may go without asking is widened: the clinic is small, and much of it is damaged.
WIDE = ["--max-quarantined", "0.2", "--max-changed", "0.2"]


@pytest.fixture
def polished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Path]:
    """Polish the clinic on a result; where the clean tables are."""
    monkeypatch.setattr(commands, "available", lambda _: False)
    monkeypatch.chdir(tmp_path)

    def polish(result: Any) -> Path:
        (tmp_path / "visit.json").write_text(json.dumps(result), "utf-8")
        call = ["polish", "visit.json", "--data", str(DATA), "--auto", "--quiet", "-o", "clean", *WIDE]
        done = CliRunner().invoke(main, call, catch_exceptions=False)
        assert done.exit_code == 0, done.stderr
        return tmp_path / "clean" / "visit.parquet"

    return polish


def test_pointblank_agrees(polished: Callable[[Any], Path]) -> None:
    pb = pytest.importorskip("pointblank", reason="pointblank is not installed")
    polars = pytest.importorskip("polars")
    wards = polars.read_parquet(DATA / "ward.parquet")["ward code"].to_list()

    def report(path: Path) -> list[dict[str, Any]]:
        steps = (
            pb.Validate(polars.read_parquet(path))
            .rows_distinct(columns_subset=["visit_id"])
            .col_vals_in_set("ward code", wards)
            .col_vals_in_set("outcome", OUTCOMES)
            .col_vals_regex("phone", r"^\+1-555-\d{4}$")
            .col_vals_ge("extra", 0)
            .col_vals_gt("discharged", pb.col("admitted"), na_pass=True)
        )
        found: list[dict[str, Any]] = json.loads(steps.interrogate().get_json_report())
        return found

    before = report(DATA / "visit.parquet")
    assert [step["n_failed"] for step in before] == [8, 7, 12, 9, 5, 4]
    assert [step["n_failed"] for step in report(polished(before))] == [0] * 6


def test_great_expectations_agrees(polished: Callable[[Any], Path]) -> None:
    gx = pytest.importorskip("great_expectations", reason="great_expectations is not installed")
    pandas = pytest.importorskip("pandas")
    kinds = gx.expectations
    suite = gx.ExpectationSuite(
        name="visit",
        expectations=[
            kinds.ExpectColumnValuesToBeUnique(column="visit_id"),
            kinds.ExpectColumnValuesToBeInSet(column="outcome", value_set=OUTCOMES),
            kinds.ExpectColumnValuesToNotBeNull(column="outcome"),
            kinds.ExpectColumnValuesToBeBetween(column="extra", min_value=0),
        ],
    )

    def validate(path: Path) -> Any:
        context = gx.get_context(mode="ephemeral")
        asset = context.data_sources.add_pandas("files").add_dataframe_asset("visit")
        frame = {"dataframe": pandas.read_parquet(path)}
        batch = asset.add_batch_definition_whole_dataframe("all").get_batch(batch_parameters=frame)
        return batch.validate(suite)

    before = validate(DATA / "visit.parquet")
    assert [result.success for result in before.results] == [False] * 4
    assert validate(polished(before.to_json_dict())).success


def test_frictionless_agrees(polished: Callable[[Any], Path], tmp_path: Path) -> None:
    frictionless = pytest.importorskip("frictionless", reason="frictionless is not installed")
    pandas = pytest.importorskip("pandas")
    fields = [
        {"name": "visit_id", "type": "string"},
        {"name": "outcome", "type": "string", "constraints": {"enum": OUTCOMES, "required": True}},
        {"name": "extra", "type": "number", "constraints": {"minimum": 0}},
    ]

    def report(path: Path) -> Any:
        pandas.read_parquet(path)[["visit_id", "outcome", "extra"]].to_csv("visit.csv", index=False)
        schema = frictionless.Schema.from_descriptor({"fields": fields, "primaryKey": ["visit_id"]})
        return frictionless.Resource(path="visit.csv", schema=schema).validate()

    before = report(DATA / "visit.parquet")
    assert not before.valid
    assert report(polished(before.to_dict())).valid
