"""Results that were damaged on the way: each ends with a report or with a sentence, never with a traceback."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
