"""Findings that make no sense: whatever a report says, a fix of path 2 gives steps that can be carried out, or none."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from typing import Any

import msgspec
import pytest
from datapolisher import fixes, resolver
from datapolisher.documents import ColumnFacts, Finding, ForeignKey, Key, TableFacts, Target
from datapolisher.fixes.base import Context, FixSpec
from datapolisher.postprocess.program import Entry
from datapolisher.workbench import Workbench

TABLES = {
    "t": "SELECT i AS id, i % 7 AS p, 'x' || i AS s, CASE WHEN i % 5 > 0 THEN i * 1.5::DOUBLE END AS d, i % 2 = 0 AS b, "
    "TIMESTAMP '2024-01-01' + INTERVAL (i) HOUR AS ts, DATE '2030-01-01' + i::INTEGER AS dt, i::DECIMAL(9,2) AS m, "
    "[i] AS l FROM range(30) t(i)",
    "p": "SELECT i AS id, 'n' AS name, TIMESTAMP '2024-01-05' AS born FROM range(5) t(i)",
    "u/a": "SELECT 1 AS id, 'a' AS v",
    "u/b": "SELECT 2 AS id, 'b' AS w",
}
COLUMNS = {"t": ["id", "p", "s", "d", "b", "ts", "dt", "m", "l"], "p": ["id", "name", "born"], "u": ["id", "v", "w"]}
# Detail → what an analyst could have said, of some other column.
LIKELY: dict[str, list[Any]] = {
    "formula": ["d*p", "MAX of t.ts", "p+id=d", "(", "MIN of t.dt"],
    "result_column": ["d"],
    "pattern": ["[a-z]+", "(", r"\d{4}-\d{2}-\d{2}", "(?=x)"],
    "kind": ["email", "phone", "date", "enum", "range", "unique", "inequality", "foreign_key", "pattern", "weights"],
    "target_type": ["DATE", "BIGINT", "DOUBLE", "TIMESTAMP"],
    "declared_type": ["int", "float", "string", "date", "datetime", "bool", "TIMESTAMPTZ"],
    "segment_column": ["s", "ts", "dt"],
    "segment": ["x1", "2024-01-01/2024-01-02", 1],
    "factor": [100, 60, 0],
    "hours": [2, -30],
    "first": ["s", "name"],
    "second": ["s", "dt"],
    "refund_column": ["s"],
    "values": [[{"value": "x1"}, {"value": 3}]],
    "added": [["w"]],
    "removed": [["v"]],
    "product_column": ["p"],
    "price_column": ["d"],
}
ARGUMENTS = ["x", "a=b", '{"a": 1}', "+49", "UTC", "true", "=;", "x1=x2", "w=v", "-02:00"]
ROLES = ["amount", "email", "phone", "event_time", "price", "status", "latitude", "first_name", "primary_key", None]


def _vocabulary() -> Any:
    text = files("datapolisher").joinpath("contracts", "defects", "v1.json").read_text(encoding="utf-8")
    return json.loads(text)["defects"]


def _anything(draw: random.Random, depth: int = 0) -> Any:
    plain = [None, True, -1, 3.7, 1e30, "", draw.choice(COLUMNS["t"]), "t", "t.d", "x'; DROP TABLE t; --"]
    if depth < 2:
        keys = ["value", "canonical", "column", "before", "after", "left", "right", "op", "min", "max", "values"]
        plain.append([_anything(draw, depth + 1) for _ in range(draw.randrange(3))])
        plain.append({draw.choice(keys): _anything(draw, depth + 1) for _ in range(draw.randrange(4))})
    return draw.choice(plain)


def _finding(draw: random.Random, spec: FixSpec, vocabulary: Any) -> Finding:
    defect = draw.choice(spec.defects)
    named = [field["name"] for field in vocabulary[defect]["details"] if draw.random() < 0.8]
    details = {n: draw.choice(LIKELY[n]) if n in LIKELY and draw.random() < 0.6 else _anything(draw) for n in named}
    table = draw.choice(list(COLUMNS))
    place: dict[str, Any] = {"table": table, "columns": draw.choices(COLUMNS[table], k=draw.randrange(1, 3))}
    if draw.random() < 0.3:
        place["related"] = {"table": "p", "columns": [draw.choice(COLUMNS["p"])]}
    said = {"id": "f", "severity": "low", "finding": "made", "defect": defect, "location": place}
    return msgspec.convert(said | {"evidence": {"details": details}}, Finding)


def _told(draw: random.Random, spec: FixSpec, finding: Finding, context: Context) -> Context | None:
    """The context with an argument that the fix takes; None where it takes none of them."""
    if spec.argument is None:
        return context
    suggested = spec.argument.suggest(finding, context)
    said = draw.choice([*(suggested or []), *ARGUMENTS])
    wrong = suggested is None or spec.argument.problem(said, finding, context)
    return None if wrong else replace(context, argument=said)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory, make_context: Callable[..., Context]) -> Context:
    return make_context(tmp_path_factory.mktemp("nonsense") / "in", TABLES)


@pytest.mark.parametrize("fix", [spec.id for spec in fixes.all_fixes() if spec.path == "postprocess"])
def test_nonsense_gives_steps_that_can_be_carried_out_or_none(fix: str, known: Context) -> None:
    draw, spec, vocabulary = random.Random(fix), fixes.fix(fix), _vocabulary()
    for _ in range(12):
        link = ForeignKey(columns=("p",), references=Target(table="p", columns=("id",)), source="declared")
        roles = tuple(ColumnFacts(name=name, role=draw.choice(ROLES)) for name in COLUMNS["t"])
        facts = TableFacts(name="t", primary_key=Key(columns=("id",)), foreign_keys=(link,), columns=roles)
        tables = {**known.tables, "t": facts}
        finding = _finding(draw, spec, vocabulary)
        context = replace(known, tables=tables, looked_at={}, flagged=frozenset({("t", draw.choice(COLUMNS["t"]))}))
        told = None if resolver._misplaced(finding, context) else _told(draw, spec, finding, context)
        if told is None or spec.steps is None:
            continue
        steps = tuple(spec.steps(finding, told))
        if not steps or resolver._missing(steps, told):
            continue
        assert spec.plan(finding, told)
        assert spec.policy(finding, told).why
        with Workbench(told.dataset) as bench:
            for step in steps:
                bench.add(Entry("f", fix, "made", step))
            for table in COLUMNS:
                bench.balance(table)
