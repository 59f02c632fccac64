"""A period or a segment whose numbers are a factor away from all others: cents for euros, grams for kilograms."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from statistics import median

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks import base, times
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Plain, Probe, Skip, Verdict
from datacruncher.checks.values import categories, numbers

_LEVEL = 0.35  # decades that a slice's mean logarithm may lie from the others' without a closer look
_FACTORS = (10, 60, 100, 1000, 1024, 1_000_000)


class Params(base.Params, frozen=True, kw_only=True):
    """When a slice is in another unit.

    rows: rows of a slice, at least.
    near: how far, as a factor, the slice's median lies from the others' median after division, at most. A slice of n
        rows of a lognormal with deviation s has a median within exp(2.5·s/√n) of the true one.
    spread: how many times wider than the whole's the slice's own spread may be, and the reverse.
    """

    rows: int = 20
    near: float = 1.35
    spread: float = 2.0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Positive numbers with a spread, by slices of the table's time and by its categories."""
    for table in catalog:
        measures = [c for c in numbers(table) if _measures(c)][:8]
        found = [item for column in measures for item in _bindings(table, column, params)]
        bound = [item for item in found if isinstance(item, Binding)]
        level = _level(catalog, table, bound) if table.sampled < 1.0 else set()
        for item in found:
            if isinstance(item, Binding) and (item.column.name, item.given["id"]) in level:
                yield replace(item, given={**item.given, "level": True})
            else:
                yield item


def _level(catalog: Catalog, table: Table, bindings: list[Binding]) -> set[tuple[str, str]]:
    """Columns and slicings of which no slice is a factor away: mean logarithms of all columns by slice, in one scan each.

    A mean is cheap where a median is dear, and a slice whose median is moved by ten or more has a mean far from the others'.
    """
    level: set[tuple[str, str]] = set()
    for name in dict.fromkeys(binding.given["id"] for binding in bindings):
        group = [binding for binding in bindings if binding.given["id"] == name]
        means = ", ".join(
            f"AVG(LOG10({double})) FILTER (WHERE {double} > 0) AS m{i}"
            for i, binding in enumerate(group)
            if (double := f"CAST({binding.column.sql} AS DOUBLE)")
        )
        piece, by = _piece(group[0]), group[0].uses["by"]
        rows = catalog.ask(
            f"SELECT {means} FROM {table.sql} WHERE {by.sql} IS NOT NULL GROUP BY {piece} HAVING COUNT(*) >= 5"
        )
        for i, binding in enumerate(group):
            found = [row[f"m{i}"] for row in rows if row[f"m{i}"] is not None]
            middle = median(found) if len(found) >= 3 else math.inf
            if all(abs(mean - middle) < _LEVEL for mean in found):
                level.add((binding.column.name, name))
    return level


def _piece(binding: Binding) -> str:
    by, unit = binding.uses["by"], binding.given["unit"]
    return times.slices(by, unit) if unit else by.sql


def _measures(column: Column) -> bool:
    """Positive, of several values; not a share, a coordinate or an index, which have bounds of their own."""
    facts = column.facts
    positive = bool(facts.quantiles) and facts.quantiles["p05"] > 0 and not facts.negatives
    return (
        positive
        and facts.distinct >= 10
        and not column.has("latitude", "longitude", "age", "stage_index", "score", "rate")
    )


def _bindings(table: Table, column: Column, params: Params) -> Iterator[Binding | Skip]:
    time = table.happened or table.role("start_time")
    unit = times.grain(time, params.rows) if time is not None else None
    if time is not None and unit is not None:
        yield Binding(table, (column,), uses={"by": time}, confidence=0.8, given={"unit": unit, "id": time.name})
    for segment in categories(table, 30):
        enough = column.facts.present >= params.rows * segment.facts.distinct and segment.facts.distinct > 2
        if enough and not segment.has("currency"):
            given = {"unit": None, "id": segment.name}
            yield Binding(table, (column,), uses={"by": segment}, confidence=0.6, given=given)
    if time is None and not categories(table, 30):
        yield Skip("neither a time nor a category to slice by", Place(table.name, (column.name,)))


def probe(binding: Binding, params: Params) -> Probe:
    """The median of each slice against the median of the slices' medians."""
    table, column, by = binding.table, binding.column, binding.uses["by"]
    piece = _piece(binding)
    value = f"CAST({column.sql} AS DOUBLE)"
    near = sql.literal(params.near)
    steps = f"""WITH _slices AS (
  SELECT {piece} AS slice, COUNT(*) AS n, MEDIAN(LOG10({value})) AS middle,
         QUANTILE_CONT(LOG10({value}), 0.75) - QUANTILE_CONT(LOG10({value}), 0.25) AS spread
  FROM {table.sql} WHERE {value} > 0 AND {by.sql} IS NOT NULL GROUP BY 1
), _usual AS (
  SELECT MEDIAN(middle) AS middle, MEDIAN(spread) AS spread, COUNT(*) AS slices FROM _slices WHERE n >= {params.rows}
), _factors AS (
  SELECT UNNEST({list(_FACTORS)}) AS factor
), _fits AS (
  SELECT slice, n, CASE WHEN s.middle > u.middle THEN factor ELSE 1.0 / factor END AS factor,
         ABS(ABS(s.middle - u.middle) - LOG10(factor)) AS off
  FROM _slices s, _usual u, _factors
  WHERE n >= 5 AND ABS(ABS(s.middle - u.middle) - LOG10(factor)) <= LOG10({near})
    AND s.spread <= {params.spread} * u.spread + 0.02 AND u.slices >= 3
), _chosen AS (
  SELECT factor FROM _fits GROUP BY factor ORDER BY SUM(n) DESC, AVG(off) LIMIT 1
), _rows AS (
  SELECT slice, n FROM _fits SEMI JOIN _chosen USING (factor)
)"""
    unknown = dict.fromkeys(("factor", "first_slice", "last_slice", "spread"))
    none = {"rows_affected": 0, "rows_total": column.facts.present, "moved": 0, "slices": 3, **unknown}
    return Probe(
        known=none if binding.given.get("level") else None,
        measure=f"{steps}\nSELECT (SELECT COALESCE(SUM(n), 0) FROM _rows) AS rows_affected, SUM(n) AS rows_total,\n"
        "  (SELECT factor FROM _chosen) AS factor, (SELECT COUNT(*) FROM _rows) AS moved,\n"
        "  (SELECT CAST(MIN(slice) AS VARCHAR) FROM _rows) AS first_slice,\n"
        "  (SELECT CAST(MAX(slice) AS VARCHAR) FROM _rows) AS last_slice,\n"
        "  (SELECT slices FROM _usual) AS slices, (SELECT spread FROM _usual) AS spread\nFROM _slices",
        rows=f"{steps}\nSELECT * FROM {table.sql}\nWHERE {value} > 0 AND {piece} IN (SELECT slice FROM _rows)",
    )


def judge(found: Found, params: Params) -> Verdict | Skip:
    """Few slices, one factor. Numbers that spread over more than a decade hide a factor of ten or so."""
    values, by = found.values, found.binding.uses["by"]
    if (values["slices"] or 0) < 3:
        return Skip("fewer than three slices to compare", found.binding.place)
    factor = float(values["factor"] or 1.0)
    plain = max(factor, 1 / factor)
    clear = plain >= 100 or (values["spread"] or 0) < 0.3
    few = values["moved"] <= max(1, 0.34 * values["slices"])
    unit = found.binding.given["unit"]
    where = (
        f"from {values['first_slice']} to {values['last_slice']}" if unit else f"{by.name} = {values['first_slice']}"
    )
    details = {
        "segment_column": by.name,
        "segment": f"{values['first_slice']}/{values['last_slice']}" if unit else values["first_slice"],
        "factor": factor,
    }
    words = {"where": where, "times": Plain(f"{plain:g} times {'larger' if factor > 1 else 'smaller'}")}
    return Verdict(size=found.share if clear and few else 0.0, details=details, words=words)


_CLEAN = (
    "SELECT i AS parcel_id, DATE '2024-01-01' + (i // 40)::INTEGER AS sent_on, 2.0 + (i * 7) % 31 / 10.0 AS weight_kg"
    " FROM range(2000) t(i)"
)

SPEC = CheckSpec(
    id="consistency.unit_scale",
    defect="unit_scale",
    category="data_quality",
    title="Another unit for a while",
    why="Sums and means are off by orders of magnitude, and one period hides all others in every chart.",
    needs="positive numbers in a table with a time or categories",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(medium=0.0, source="defects: high; here medium, as a segment may truly differ"),
    message="Another unit: {rows} of {total} values of {table}.{column} ({where}) are about {times} than all others",
    recommendation="Divide {table}.{column} of these rows by the factor once its cause is known, and store the unit.",
    explains=("distribution.*", "consistency.arithmetic_mismatch", "consistency.aggregate_mismatch"),
    example=Example(
        clean={"parcel": _CLEAN},
        damaged={
            "parcel": "SELECT * REPLACE (CASE WHEN sent_on BETWEEN '2024-01-20' AND '2024-01-22' THEN weight_kg * 1000"
            f" ELSE weight_kg END AS weight_kg) FROM ({_CLEAN})"
        },
        finds=120,
        at="parcel.weight_kg",
    ),
)
