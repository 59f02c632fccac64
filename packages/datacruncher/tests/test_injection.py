"""Known defects in copies of clean data: each is found by its right word, where it is, with the right count.

The cases of one batch share a copy and a run, so that they must also not disturb each other.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from datacruncher import crunch
from datacruncher.report.model import Issue, Report

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


injector = _load("injector")
_load("damages")
Place, Wish = injector.Place, injector.Wish


def _wish(word: str, table: str, *columns: str, rate: float = 0.01, **place: Any) -> Any:
    return Wish(word, Place(table, columns, **place), rate)


_ORDER = {"key": ("order_id",), "time": "ordered_at"}
_VISIT = {"key": ("visit_id",), "time": "visited_at"}
_CUSTOMER = ("customers", "customer_id", "signup_at")

# Batch → the dataset, and what is done to it.
BATCHES: dict[str, tuple[str, list[Any]]] = {
    "chinook keys": (
        "chinook",
        [
            _wish("primary_key_duplicate", "Genre", "Name", rate=0.1, key=("GenreId",)),
            _wish("primary_key_null", "Employee", rate=0.1, key=("EmployeeId",)),
            _wish("foreign_key_orphan", "Track", "AlbumId"),
            _wish("duplicate_row", "PlaylistTrack", rate=0.005, key=("PlaylistId", "TrackId")),
            _wish("foreign_key_orphan", "Invoice", "CustomerId", rate=0.02),
        ],
    ),
    "chinook values": (
        "chinook",
        [
            _wish("aggregate_mismatch", "Invoice", "Total", rate=0.03),
            _wish("interval_inverted", "Employee", "BirthDate", "HireDate", rate=0.1),
            _wish("excess_precision", "InvoiceLine", "UnitPrice"),
            _wish("encoding_damage", "Artist", "Name", rate=0.3),
            _wish("invalid_format", "Customer", "Email", rate=0.05),
            _wish("negative_amount", "Track", "UnitPrice", rate=0.002),
            _wish("category_variant", "Invoice", "BillingCountry", rate=0.02),
            _wish("future_timestamp", "Invoice", "InvoiceDate"),
        ],
    ),
    "shop keys": (
        "shop",
        [
            _wish("primary_key_duplicate", "customers", "plan", key=("customer_id",)),
            _wish("primary_key_null", "visits", key=("visit_id",), rate=0.001),
            _wish("foreign_key_orphan", "order_items", "product_id"),
            _wish("duplicate_row", "products", key=("product_id",)),
            _wish("double_load", "orders", **_ORDER),
        ],
    ),
    "shop time": (
        "shop",
        [
            _wish("temporal_violation", "visits", "customer_id", "visited_at", rate=0.02, parent=_CUSTOMER),
            _wish("interval_inverted", "orders", "shipped_at", "delivered_at", rate=0.02),
        ],
    ),
    "shop periods": (
        "shop",
        [
            _wish("volume_gap", "visits", "visited_at", rate=0.01, **_VISIT),
            _wish("null_spike", "visits", "device", rate=0.03, **_VISIT),
            _wish("unit_scale", "visits", "duration_seconds", rate=0.05, **_VISIT),
            _wish("timezone_shift", "orders", "ordered_at", rate=0.05, **_ORDER),
        ],
    ),
    "shop completeness": (
        "shop",
        [
            _wish("unexpected_null", "orders", "total"),
            _wish("sentinel_value", "customers", "city"),
            _wish("sentinel_value", "visits", "duration_seconds", rate=0.005),
            _wish("sentinel_value", "customers", "signup_at", rate=0.005),
            _wish("constant_column", "products", "category"),
            _wish("empty_table", "order_items"),
        ],
    ),
    "shop validity": (
        "shop",
        [
            _wish("future_timestamp", "customers", "signup_at", rate=0.002),
            _wish("out_of_range", "customers", "latitude"),
            _wish("out_of_range", "customers", "age"),
            _wish("negative_amount", "orders", "subtotal"),
            _wish("invalid_format", "customers", "email"),
            _wish("invalid_format", "customers", "customer_uuid"),
            _wish("invalid_format", "products", "sku", rate=0.02),
            _wish("unknown_category", "orders", "channel", rate=0.003),
            _wish("category_variant", "orders", "status"),
            _wish("mixed_type", "visits", "duration_seconds"),
            _wish("encoding_damage", "customers", "last_name", rate=0.05),
            _wish("excess_precision", "products", "list_price", rate=0.03),
            _wish("whitespace", "visits", "device"),
            _wish("mixed_code_system", "customers", "country_code", rate=0.03),
            _wish("mixed_currency", "orders", "currency"),
        ],
    ),
    "shop consistency": (
        "shop",
        [
            _wish("arithmetic_mismatch", "order_items", "line_total"),
            _wish("aggregate_mismatch", "orders", "item_count", rate=0.02),
            _wish("dependency_violation", "customers", "country_code"),
            _wish("swapped_columns", "customers", "first_name", "last_name", rate=0.02),
            _wish("outlier", "products", "weight_kg", rate=0.02),
        ],
    ),
    "shop drift": (
        "shop",
        [
            _wish("distribution_drift", "visits", "duration_seconds", **_VISIT),
            _wish("category_drift", "visits", "device", **_VISIT),
        ],
    ),
    "shop files": (
        "shop",
        [
            _wish("unreadable_file", "products"),
            _wish("partial_table", "visits"),
            _wish("schema_drift", "customers", "age"),
            _wish("missing_table", "order_items"),
            _wish("missing_column", "orders", "total"),
            _wish("type_mismatch", "orders", "customer_id"),
        ],
    ),
}  # fmt: skip

CASES = [
    pytest.param(batch, number, id=f"{batch}-{wish.word}-{wish.place.table}.{'.'.join(wish.place.columns)}")
    for batch, (_, wishes) in BATCHES.items()
    for number, wish in enumerate(wishes)
]
# Defects of periods whose edges no row tells exactly: a shift moves rows over midnight, drift is counted by slices.
_EDGES = {"timezone_shift": 0.05, "distribution_drift": 0.05, "category_drift": 0.05}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory, chinook: Path) -> dict[str, Path]:
    """The clean datasets."""
    shop = tmp_path_factory.mktemp("shop")
    injector.make_shop(shop)
    return {"chinook": chinook, "shop": shop}


def _schema(folder: Path) -> str:
    """A schema that declares the shop's tables that the files of the batch "shop files" lack or change."""
    columns = {
        "orders": {"order_id": "int", "customer_id": "int", "total": "float"},
        "order_items": {"order_id": "int", "line_no": "int"},
    }
    nodes = [
        {"id": table, "pk": next(iter(kinds)), "columns": [{"name": n, "type": t} for n, t in kinds.items()]}
        for table, kinds in columns.items()
    ]
    path = folder / "schema.json"
    path.write_text(json.dumps({"version": "1.0", "nodes": nodes}))
    return str(path)


@pytest.fixture(scope="module")
def analysed(
    tmp_path_factory: pytest.TempPathFactory, clean: dict[str, Path], now: dt.datetime
) -> Callable[[str], tuple[Report, list[Any]]]:
    """The report and the truths of a batch, made once."""

    @cache
    def analyse(batch: str) -> tuple[Report, list[Any]]:
        dataset, wishes = BATCHES[batch]
        folder = tmp_path_factory.mktemp("batch")
        truths = injector.inject(clean[dataset], folder / "data", wishes)
        schema = _schema(folder) if batch == "shop files" else None
        return crunch(str(folder / "data"), personas=["Data Engineer"], schema=schema, now=now), truths

    return analyse


@pytest.mark.parametrize(("batch", "number"), CASES)
def test_the_defect_is_found(batch: str, number: int, analysed: Callable[[str], tuple[Report, list[Any]]]) -> None:
    report, truths = analysed(batch)
    truth = truths[number]
    there = [issue for issue in report.issues if _is_at(issue, truth)]
    assert len(there) == 1, [(i.defect, i.location.table, i.location.columns, i.finding) for i in report.issues]
    if truth.rows is not None:
        assert there[0].evidence.rows_affected == pytest.approx(truth.rows, rel=_EDGES.get(truth.defect, 0.01), abs=0)


def _is_at(issue: Issue, truth: Any) -> bool:
    """Right word, right table, and a column that was meant."""
    columns = set(issue.location.columns)
    here = not columns or not truth.columns or bool(columns & set(truth.columns))
    return issue.defect == truth.defect and issue.location.table == truth.table and here


@pytest.mark.parametrize("dataset", ["chinook", "shop"])
def test_clean_data_has_nothing_grave(dataset: str, clean: dict[str, Path], now: dt.datetime) -> None:
    report = crunch(str(clean[dataset]), now=now)
    assert [i.finding for i in report.issues if i.severity in {"critical", "high"}] == []
    assert [(run.check, run.reason) for run in report.checks if run.status == "error"] == []


@pytest.mark.parametrize("batch", BATCHES)
def test_nothing_else_is_grave(batch: str, analysed: Callable[[str], tuple[Report, list[Any]]]) -> None:
    """What a batch does not break is not called broken: every grave finding touches a damaged column."""
    report, truths = analysed(batch)
    assert [(run.check, run.reason) for run in report.checks if run.status == "error"] == []
    damaged = {truth.table for truth in truths}
    grave = [i for i in report.issues if i.severity in {"critical", "high"}]
    related = {i.id for i in grave if i.location.related and i.location.related.table in damaged}
    assert [i.finding for i in grave if i.location.table not in damaged and i.id not in related] == []
