"""The same rows: for any number of workers, any slicing, whatever else the document has."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import datagen_core
import pyarrow.parquet as pq
import pytest
from datagen_core.loading import load
from datagen_core.schema.resize import resized

if TYPE_CHECKING:
    import pyarrow as pa

HERE = Path(__file__).parent
GOLDEN = HERE / "golden" / "rows.json"
FEW = {
    "bank": {"account": 60, "customer": 60},
    "ecomm": {"shop": 6, "customer": 50, "growth_effect": 3},
    "simple_users_events": {"user": 200},
    "test_patterns": {},
    "vintage_effects_demo": {"customer": 200},
    "product_adoption_diffusion": {"user": 200},
    "ecommerce_conversion_funnel": {"user": 200},
    "marketing_attribution": {"customer": 100},
    "saas_subscription_churn": {"customer": 200},
}
EXAMPLES = sorted(FEW)


def digest(table: pa.Table) -> dict[str, str]:
    """A digest of each column's values."""
    return {
        name: hashlib.sha256(repr(table[name].to_pylist()).encode()).hexdigest()[:16] for name in table.column_names
    }


def example(name: str) -> Any:
    """An example with few rows."""
    return resized(load(HERE / "cases" / "examples" / f"{name}.json"), FEW[name])


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("slice_rows", [97, 1000])
def test_rows_do_not_depend_on_the_slicing(name: str, slice_rows: int, made: Any) -> None:
    whole = made(example(name))
    parts = made(example(name), slice_rows=slice_rows)
    assert {table: digest(rows) for table, rows in parts.items()} == {
        table: digest(rows) for table, rows in whole.items()
    }


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_files_do_not_depend_on_the_workers(name: str, workers: int, made: Any, tmp_path: Path) -> None:
    result = datagen_core.generate(example(name), tmp_path / "out", workers=workers)
    whole = made(example(name))
    for table in result.tables:
        rows = pq.read_table(tmp_path / "out" / table.files[0])
        assert digest(rows) == digest(whole[table.name]), table.name


def many(rows: int) -> dict[str, Any]:
    """Three blocks of parents, their children and grandchildren."""
    key = {"name": "id", "type": "int", "generator": {"sequence": {}}}
    at = {"name": "at", "type": "datetime", "generator": {"datetime_series": {"freq": "T"}}}
    link = {"name": "up", "type": "int", "generator": {"lookup": {"from": "parent.id"}}}
    deeper = {"name": "up", "type": "int", "generator": {"lookup": {"from": "child.id"}}}
    other = {"name": "other", "type": "int", "generator": {"lookup": {"from": "child.id"}}}
    created = {**at, "name": "created_at"}
    half = {"distribution": "poisson", "lambda": 0.5}
    return {
        "version": "1.0",
        "metadata": {"name": "Blocks"},
        "timeframe": {"start": "2024-01-01", "end": "2024-03-31", "freq": "H"},
        "nodes": [
            {"id": "parent", "kind": "entity", "pk": "id", "rows": rows, "columns": [key, created]},
            {
                "id": "child",
                "kind": "fact",
                "pk": "id",
                "parents": ["parent"],
                "fanout": half,
                "columns": [key, link, at],
            },
            {
                "id": "grandchild",
                "kind": "fact",
                "pk": "id",
                "parents": ["child"],
                "fanout": half,
                "columns": [key, deeper],
            },
            {"id": "stranger", "kind": "entity", "pk": "id", "rows": 100, "columns": [key, other]},
        ],
        "constraints": {},
    }


def test_several_blocks_make_the_same_files_for_any_number_of_workers(tmp_path: Path) -> None:
    results = [datagen_core.generate(many(150_000), tmp_path / str(workers), workers=workers) for workers in (1, 2, 3)]
    files = [[file["sha256"] for table in result.metadata["tables"] for file in table["files"]] for result in results]
    assert files[0] == files[1] == files[2]
    child = pq.read_table(tmp_path / "1" / "child.parquet").to_pandas()
    assert child["id"].tolist() == list(range(1, len(child) + 1))
    assert child["up"].is_monotonic_increasing
    assert child["up"].max() > 131_072


def test_a_further_column_changes_no_other(made: Any) -> None:
    narrow, wide = (
        json.loads((HERE / "cases" / "examples" / "simple_users_events.json").read_text()) for _ in range(2)
    )
    for node in wide["nodes"]:
        node["columns"].insert(
            1, {"name": "mood", "type": "string", "generator": {"choice": {"choices": ["up", "down"]}}}
        )
    before, after = made(narrow), made(wide)
    for name, table in before.items():
        assert digest(table) == {key: value for key, value in digest(after[name]).items() if key in table.column_names}


def test_another_seed_makes_other_rows(made: Any) -> None:
    one, other = made(example("bank"), seed=1), made(example("bank"), seed=2)
    same = [
        f"{name}.{column}"
        for name, table in one.items()
        for column in table.column_names
        if digest(table)[column] == digest(other[name])[column]
    ]
    assert all(name.rpartition(".")[2].endswith("_id") for name in same), same


@pytest.mark.parametrize("name", EXAMPLES)
def test_rows_are_those_of_the_last_release(name: str, made: Any) -> None:
    """Other rows for the same seed are a new generator version: say so in the changelog, then run tests/golden/renew.py."""
    golden = json.loads(GOLDEN.read_text())
    assert {table: digest(rows) for table, rows in made(example(name)).items()} == golden[name]
