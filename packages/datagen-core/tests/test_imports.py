"""A light start: help and the list of commands load nothing that works on data."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"numpy", "pyarrow", "mimesis", "duckdb", "polars", "pandas", "msgspec", "scipy"}


def loaded(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has after some code."""
    script = f"{code}\nimport json, sys\nprint(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    return set(json.loads(run.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["--version"],
        ["generate", "--help"],
        ["validate", "--help"],
        ["export", "--help"],
        ["explain", "--help"],
    ],
    ids=" ".join,
)
def test_help_loads_nothing_that_works_on_data(arguments: list[str]) -> None:
    assert not HEAVY & loaded(f"from datagen_core.cli import run\nassert run({arguments!r}) == 0")


def test_the_package_itself_loads_nothing() -> None:
    assert not (HEAVY | {"click", "rich"}) & loaded("import datagen_core")


def test_checking_a_schema_fills_no_pools() -> None:
    example = Path(__file__).parent / "cases" / "examples" / "simple_users_events.json"
    assert not {"mimesis", "pandas", "duckdb", "rich"} & loaded(
        f"import datagen_core\ndatagen_core.load({str(example)!r})"
    )
