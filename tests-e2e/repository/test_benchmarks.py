"""The benchmarks stay runnable: each is found, its document is right, and its line fits the table."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import datagen_core
import pytest

from repository import benchmarks

SCRIPTS = benchmarks.scripts([])
OF_CORE = [path for path in SCRIPTS if path.parts[-3] == "datagen-core"]
LINE = {"workload": "w", "rows": 9_000_000, "seconds": 1.5, "floor_seconds": 2.0, "ratio": 0.75, "megabytes": 240}


def workload(path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The workload that a script of datagen-core defines."""
    monkeypatch.syspath_prepend(str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules.pop("harness", None)
    return module.WORKLOAD


def test_benchmarks_are_found_by_name() -> None:
    assert len(OF_CORE) >= 9
    assert [path.stem for path in benchmarks.scripts(["w1"])] == ["bench_w1"]
    assert benchmarks.scripts(["nothing"]) == []


def test_a_line_without_a_figure_leaves_its_cell_empty() -> None:
    assert benchmarks.row(LINE) == ["w", "9,000,000", "1.5", "2.0", "0.75", "", "240", ""]


@pytest.mark.parametrize("path", OF_CORE, ids=lambda path: path.stem)
def test_a_floor_makes_the_tables_and_columns_of_its_document(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = workload(path, monkeypatch)
    document = datagen_core.load(found.document)
    made: dict[str, list[str]] = {}
    monkeypatch.setitem(
        found.floor.__globals__, "write", lambda _folder, **tables: made.update({n: list(t) for n, t in tables.items()})
    )
    for name in ("ROWS", "USERS", "SESSIONS", "SUBSCRIPTIONS", "CONVERSIONS", "SALES"):
        if name in found.floor.__globals__:
            monkeypatch.setitem(found.floor.__globals__, name, 1000)
    found.floor(Path("unused"))
    assert made == {node.id: [column.name for column in node.columns] for node in document.nodes}
