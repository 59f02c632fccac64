"""Numbers and dates outside what is declared, or outside what the thing measured can be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher import sql
from datacruncher.catalog import Catalog, Column
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Plain, Probe, Verdict, flag
from datacruncher.checks.validity._limits import Limits, limits_of
from datacruncher.checks.values import capped

_HIGH = 0.001


def bind(catalog: Catalog, params: base.Params) -> Iterator[Binding]:
    """Columns with declared limits; latitudes, ages, percentages, ratings, counts, durations, birth dates."""
    for table in catalog:
        for column in table.columns:
            limits = limits_of(catalog, column)
            if limits is not None:
                yield Binding(
                    table,
                    (column,),
                    confidence=1.0 if limits.certain else 0.7,
                    given={"limits": limits, "rule": "declared" if limits.source == "declared" else "inferred"},
                )


def probe(binding: Binding, params: base.Params) -> Probe:
    """Rows below or above; the profile's least and greatest value say when there are none."""
    column, limits = binding.column, binding.given["limits"]
    sides = {"below": _outside(column, "<", limits.low), "above": _outside(column, ">", limits.high)}
    where = " OR ".join(f"({side})" for side in sides.values() if side)
    counts = {name: f"COUNT(*) FILTER (WHERE {side or 'FALSE'})" for name, side in sides.items()}
    also = {**counts, "lowest": f"CAST(MIN({column.sql}) AS VARCHAR)", "highest": f"CAST(MAX({column.sql}) AS VARCHAR)"}
    known = None
    if _inside(column, limits):
        ends = {"lowest": str(column.facts.minimum), "highest": str(column.facts.maximum), "below": 0, "above": 0}
        known = {"rows_affected": 0, "rows_total": column.facts.present, **ends}
    return flag(binding, where=where, of=f"{column.sql} IS NOT NULL", also=also, known=known)


def _outside(column: Column, sign: str, bound: Any) -> str:
    if bound is None:
        return ""
    text = sql.literal(bound)
    number = f"ISFINITE({column.sql}) AND " if column.family == "float" else ""
    return f"{number}{column.sql} {sign} {text}"


def _inside(column: Column, limits: Limits) -> bool:
    low, high = column.facts.minimum, column.facts.maximum
    if low is None or high is None or column.is_time:
        return False
    return bool((limits.low is None or low >= limits.low) and (limits.high is None or high <= limits.high))


def judge(found: Found, params: base.Params) -> Verdict:
    """Beyond what nature or a person allows it counts in full; beyond what most values suggest it is at most medium."""
    limits: Limits = found.binding.given["limits"]
    low, high = (_plain(bound) for bound in (limits.low, limits.high))
    details = {"min": low, "max": high, "observed_min": found.values.get("lowest")}
    details |= {"observed_max": found.values.get("highest"), "inferred_from": Plain(limits.source)}
    if limits.source == "declared":
        del details["inferred_from"]
    span = f"{'' if low is None else low}..{'' if high is None else high}"
    size = found.share if limits.certain else capped(found.share, _HIGH)
    return Verdict(size=size, details=details, words={"limits": Plain(span), "source": Plain(limits.source)})


def _plain(bound: Any) -> Any:
    return bound if bound is None or isinstance(bound, int | float) else str(bound)


SPEC = CheckSpec(
    id="validity.out_of_range",
    defect="out_of_range",
    category="data_quality",
    title="Values that can't be",
    why="One impossible value moves every mean, and shows that nobody checks the input.",
    needs="declared limits, or a latitude, age, percentage, rating, count, duration or birth date",
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(high=_HIGH, medium=0.0, source="defects: high"),
    message="Out of range: {rows} of {total} values of {table}.{column} lie outside {limits} ({source}), from {lowest}"
    " to {highest}",
    recommendation="Refuse values outside {limits} where {table}.{column} is entered; look at the source of these.",
    details=("below", "above"),
    explains=("distribution.outlier",),
    example=Example(
        clean={"person": {"person_id": [1, 2, 3, 4, 5, 6], "age": [30, 41, 22, 67, 35, 29]}},
        damaged={"person": {"person_id": [1, 2, 3, 4, 5, 6], "age": [30, 217, 22, 67, 35, 29]}},
        finds=1,
        at="person.age",
    ),
)
