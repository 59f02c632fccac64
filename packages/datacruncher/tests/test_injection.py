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
_load("business")
cases = _load("cases")
BATCHES = cases.BATCHES


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
