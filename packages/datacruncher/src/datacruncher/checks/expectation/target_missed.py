"""A target of the schema that the data misses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Probe, Skip, Steps, Verdict
from datacruncher.checks.journeys import moment

COLUMN_OF = {"weekend_share": "timestamp", "mean_in_range": "column"}


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: rows that the target is measured on."""


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """The targets that one number decides; composite effects are left to datagen validate."""
    targets = (catalog.document.targets if catalog.document else None) or {}
    for kind, declared in targets.items():
        listed = declared if isinstance(declared, list) else [declared]
        for index, target in enumerate(one for one in listed if isinstance(one, dict)):
            yield _bound(catalog, kind, index, target)


def _bound(catalog: Catalog, kind: str, index: int, target: dict[str, Any]) -> Binding | Skip:
    table = catalog.tables.get(str(target.get("table")))
    if kind not in COLUMN_OF:
        return Skip(f"{kind} is tested by datagen validate", Place(str(target.get("table"))))
    column = table.get(str(target.get(COLUMN_OF[kind]))) if table else None
    if table is None or column is None:
        return Skip(f"{kind}: its table or column is not in the data", Place(str(target.get("table"))))
    if not (column.is_time if kind == "weekend_share" else column.is_number):
        return Skip(f"{kind} can't be measured on a {column.type}", Place(table.name, (column.name,)))
    return Binding(table, (column,), given={"kind": kind, "index": index, "target": target})


def probe(binding: Binding, params: Params) -> Probe:
    """The share of Saturdays and Sundays, or the mean."""
    column = binding.column
    weekend = f"AVG(CAST(isodow({moment(column, 'e')}) >= 6 AS INTEGER))"
    value = weekend if binding.given["kind"] == "weekend_share" else f"AVG({column.of('e')})"
    return Probe(
        measure=f"SELECT {value} AS observed, COUNT({column.of('e')}) AS rows_total\nFROM {binding.table.sql} e"
    )


def judge(found: Found, params: Params) -> Verdict | Skip:
    """How far outside the bounds, relative to the bound that is broken."""
    if found.observed is None:
        return Skip("no values")
    target, value = found.binding.given["target"], float(found.observed)
    low, high = target.get("min"), target.get("max")
    short = (float(low) - value) / max(abs(float(low)), 1e-9) if low is not None else 0.0
    over = (value - float(high)) / max(abs(float(high)), 1e-9) if high is not None else 0.0
    expected = {name: bound for name, bound in (("min", low), ("max", high)) if bound is not None}
    details = {"target": found.binding.given["kind"], "index": found.binding.given["index"], **expected}
    bounds = f"{low if low is not None else '-∞'} to {high if high is not None else '∞'}"
    words = {"target": found.binding.given["kind"], "value": value, "bounds": bounds}
    return Verdict(size=max(short, over, 0.0), expected=expected, unit="mean", details=details, words=words)


_SCHEMA = {
    "version": "1.0",
    "nodes": [
        {
            "id": "sale",
            "kind": "entity",
            "pk": "sale_id",
            "columns": [
                {"name": "sale_id", "type": "int", "generator": {"sequence": {}}},
                {"name": "quantity", "type": "int", "generator": {"choice": {"choices": [1, 2, 3]}}},
            ],
        }
    ],
    "targets": {"mean_in_range": {"table": "sale", "column": "quantity", "min": 1.5, "max": 2.5}},
}

SPEC = CheckSpec(
    id="expectation.target_missed",
    defect="target_missed",
    category="schema_expectation",
    title="A target of the schema is missed",
    why="Somebody wrote down what makes this data realistic, and it is not.",
    needs="a schema with targets",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.0, source="a target either holds or does not"),
    message="Target {target} missed: {table}.{column} has {value:.4g}, wanted {bounds} (n = {total})",
    recommendation="Change the generator that the target measures, never the target.",
    example=Example(
        clean={"sale": "SELECT i AS sale_id, i % 3 + 1 AS quantity FROM range(99) t(i)"},
        damaged={"sale": "SELECT i AS sale_id, i % 3 + 3 AS quantity FROM range(99) t(i)"},
        finds=None,
        schema=_SCHEMA,
        at="sale.quantity",
    ),
)
