"""What the generator made, broken in over forty ways: each break is found by its word, at its place, with its count of rows.

The breaks and the truths are those of the accuracy table (packages/datacruncher/benchmarks); the schema lies beside the data.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import shutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from datacruncher import crunch
from datacruncher.report.model import Report

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "packages" / "datacruncher" / "benchmarks"
NOW = dt.datetime(2026, 11, 23, 12)


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


for _name in ("injector", "damages", "business", "cases"):
    _load(_name)
injector, cases, accuracy = sys.modules["injector"], sys.modules["cases"], _load("accuracy")

BREAKS = [
    pytest.param(
        batch,
        number,
        id=f"{batch} {wish.word} {wish.place.table}.{'.'.join(wish.place.columns)}",
        marks=pytest.mark.xdist_group(f"broken {batch}"),  # one worker makes a batch once
    )
    for batch, (_, wishes) in cases.GENERATED.items()
    for number, wish in enumerate(wishes)
]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """An example, generated once, with its schema beside it."""
    folder = tmp_path_factory.mktemp("examples")

    @cache
    def generate(name: str) -> Path:
        path = accuracy.generated(name, accuracy.EXAMPLES[name], folder)
        assert path is not None, f"{name} could not be generated"
        found: Path = path
        return found

    return generate


@pytest.fixture(scope="module")
def broken(
    tmp_path_factory: pytest.TempPathFactory, example: Callable[[str], Path]
) -> Callable[[str], tuple[Report, list[Any]]]:
    """The report and the truths of a batch, made once."""

    @cache
    def breaks(batch: str) -> tuple[Report, list[Any]]:
        dataset, wishes = cases.GENERATED[batch]
        copy = tmp_path_factory.mktemp("broken") / "data"
        truths = injector.inject(example(dataset), copy, wishes)
        return crunch(str(copy), now=NOW), truths

    return breaks


def test_there_are_forty_ways() -> None:
    assert len(BREAKS) >= 40


@pytest.mark.parametrize(("batch", "number"), BREAKS)
def test_a_break_is_found(batch: str, number: int, broken: Callable[[str], tuple[Report, list[Any]]]) -> None:
    report, truths = broken(batch)
    truth = truths[number]
    there = [issue for issue in report.issues if accuracy.is_at(issue, truth)]
    assert there, [(i.defect, i.location.table, i.location.columns, i.finding) for i in report.issues]
    if truth.rows is not None:
        counts = [issue.evidence.rows_affected for issue in there]
        assert any(count == pytest.approx(truth.rows, rel=0.01, abs=0) for count in counts), (counts, truth.rows)


@pytest.mark.parametrize("schema", [True, False], ids=["with its schema", "without"])
@pytest.mark.parametrize("name", accuracy.EXAMPLES)
def test_nothing_grave_is_said_of_what_is_whole(
    name: str, schema: bool, example: Callable[[str], Path], tmp_path: Path
) -> None:
    shutil.copytree(example(name), tmp_path / "data")
    if not schema:
        (tmp_path / "data" / ".metadata.json").unlink()
    report = crunch(str(tmp_path / "data"), now=NOW)
    assert [issue.finding for issue in report.issues if issue.severity in {"critical", "high"}] == []
    assert [(run.check, run.reason) for run in report.checks if run.status == "error"] == []
