"""Drift between slices of time: the population stability index of each tenth of the rows against all others.

PSI = Σ (p − q) · ln(p / q) over bins; 0.1 is notable, 0.25 large (Siddiqi, Credit Risk Scorecards, 2006). Chance alone
gives about (bins − 1) · (1/n + 1/m), which is taken off (Yurdakul and Naranjo, Statistical properties of the population
stability index, 2020). The slice under test is never part of what it is compared with.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks import base, times
from datacruncher.checks.base import Binding, Found, Probe, Screen, Skip, Values, Verdict

NOTABLE, LARGE = 0.1, 0.25
WHICH = "/* which */"  # stands in a description of values where the choice of rows goes
SOURCE = "Siddiqi 2006: 0.1 notable, 0.25 large; half as much again, as one slice among ten is the worst by selection"


class Params(base.Params, frozen=True, kw_only=True):
    """How the slices are made.

    minimum: rows in all.
    slices: how many slices of equal size, by time.
    notable, large: bounds of the index, less chance.
    """

    minimum: int = 1000
    slices: int = 10


def timed(catalog: Catalog) -> Iterator[tuple[Table, Column]]:
    """Tables of things that happen, with their time."""
    for table in catalog:
        time = table.happened
        if time is not None and time.facts.distinct >= 20 and table.kind not in {"dictionary", "effect"}:
            yield table, time


def probe(binding: Binding, bins: str, condition: str, slices: int, count: int) -> Probe:
    """The index of each slice of time against all others.

    Parameters
    ----------
    bins
        SQL of the bin that a row is in; may use ``_edges`` (see `edges`).
    condition
        SQL: the row has a value.
    count
        How many bins there are, about.
    """
    table, time = binding.table.sql, binding.uses["time"]
    at = times.moment(time)
    slice_of = above(at, "cuts", slices - 1, inclusive=True)
    steps = f"""WITH {binding.given.get("edges", "")}_cut AS (
  SELECT APPROX_QUANTILE({at}, {[round(i / slices, 4) for i in range(1, slices)]}) AS cuts FROM {table} WHERE {condition}
), _cells AS (
  SELECT {slice_of} AS slice, {bins} AS bin, COUNT(*) AS n
  FROM {table}, _cut{", _edges" if binding.given.get("edges") else ""}
  WHERE {condition} AND {time.sql} IS NOT NULL GROUP BY ALL
), _grid AS (
  SELECT slice, bin, COALESCE(n, 0) AS n FROM (SELECT DISTINCT slice FROM _cells) CROSS JOIN (SELECT DISTINCT bin FROM _cells)
  LEFT JOIN _cells USING (slice, bin)
), _shares AS (
  SELECT slice, bin, SUM(n) OVER (PARTITION BY slice) AS size, SUM(n) OVER () AS total,
         (n + 0.5) / (SUM(n) OVER (PARTITION BY slice) + 0.5 * COUNT(*) OVER (PARTITION BY slice)) AS p,
         (SUM(n) OVER (PARTITION BY bin) - n + 0.5)
           / (SUM(n) OVER () - SUM(n) OVER (PARTITION BY slice) + 0.5 * COUNT(*) OVER (PARTITION BY slice)) AS q
  FROM _grid
), _psi AS (
  SELECT slice, ANY_VALUE(size) AS size,
         SUM((p - q) * LN(p / q)) - (COUNT(*) - 1) * (1.0 / ANY_VALUE(size) + 1.0 / (ANY_VALUE(total) - ANY_VALUE(size))) AS psi
  FROM _shares GROUP BY slice HAVING ANY_VALUE(size) >= {max(30, 3 * count)}
), _worst AS (
  SELECT slice, psi FROM _psi ORDER BY psi DESC, slice LIMIT 1
)"""
    before, of_slice = binding.given["before"], f"({slice_of}) = _worst.slice"
    return Probe(
        measure=f"{steps}\nSELECT ANY_VALUE(_psi) AS observed, COUNT(*) FILTER (WHERE _inside) AS rows_affected,\n"
        f"  COUNT(*) AS rows_total, CAST(MIN({at}) FILTER (WHERE _inside) AS VARCHAR) AS from_time,\n"
        f"  CAST(MAX({at}) FILTER (WHERE _inside) AS VARCHAR) AS to_time,\n"
        f"  {before.replace(WHICH, 'NOT _inside')} AS baseline, {before.replace(WHICH, '_inside')} AS current,\n"
        "  (SELECT MEDIAN(psi) FROM _psi) AS usual_psi, (SELECT COUNT(*) FROM _psi) AS slices\n"
        f"FROM (\n  SELECT {table}.*, _worst.psi AS _psi, {of_slice} AS _inside FROM {table}, _cut, _worst\n"
        f"  WHERE {condition} AND {time.sql} IS NOT NULL\n)",
        screen=Screen(_is_steady, f"{steps}\nSELECT psi, (SELECT COUNT(*) FROM _psi) AS slices FROM _worst"),
    )


def above(value: str, bounds: str, count: int, *, inclusive: bool = False) -> str:
    """SQL: how many of the `count` ordered bounds in a list lie below the value (or at it); far cheaper than a lambda."""
    sign = ">=" if inclusive else ">"
    return " + ".join(f"CAST({value} {sign} {bounds}[{i}] AS INTEGER)" for i in range(1, count + 1))


def _is_steady(values: Values) -> bool:
    """In a sample of n rows chance moves the index by some bins / n: far less than what is left to the first step."""
    return bool(values["slices"] >= 4 and values["psi"] < 0.8 * NOTABLE)  # as many slices as `judge` asks


def judge(found: Found, params: Params) -> Verdict | Skip:
    """The worst slice, if it stands out: where every slice differs from the others, the column follows time anyway."""
    values = found.values
    psi, usual = values.get("observed"), values.get("usual_psi") or 0.0
    if psi is None or (values.get("slices") or 0) < 4:
        return Skip("too few slices of time with enough rows", found.binding.place)
    details: dict[str, Any] = {
        "time_column": found.binding.uses["time"].name,
        "from": values["from_time"],
        "psi": psi,
        "baseline": values["baseline"],
        "current": values["current"],
    }
    stands_out = psi >= 3 * max(usual, 0.0) + 0.05
    words = {"from": str(values["from_time"])[:10], "to": str(values["to_time"])[:10]}
    return Verdict(
        size=psi if stands_out else 0.0, expected={"max": NOTABLE}, unit="index", details=details, words=words
    )
