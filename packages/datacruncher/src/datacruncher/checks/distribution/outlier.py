"""Values so far from the others that chance does not explain them.

Modified z-score 0.6745 · (x − median) / MAD, on the log scale for positive skewed columns, bound 3.5 (Iglewicz and Hoaglin,
How to Detect and Handle Outliers, 1993). With n values a bound of 3.5 is passed by half a per mille of a perfectly normal
column, so that the bound grows with n until less than one normal value in ten columns passes it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from statistics import NormalDist

from datacruncher.catalog import Catalog, Column
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Plain, Probe, Screen, Skip, Values, Verdict
from datacruncher.checks.values import capped, numbers

_MEDIUM = 0.0


class Params(base.Params, frozen=True, kw_only=True):
    """How far is far.

    z: bound of the modified z-score, at least.
    extreme: z above which a value is more than a long tail; without one that is, nothing is said.
    share: share of rows up to which they are outliers and no second population.
    """

    minimum: int = 50
    z: float = 3.5
    extreme: float = 6.0
    share: float = 0.05


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Measures with many values; few values, codes and coordinates have no tails."""
    for table in catalog:
        for column in numbers(table):
            if column.facts.distinct >= 20 and not column.has("latitude", "longitude", "stage_index", "postcode"):
                yield Binding(table, (column,), confidence=0.8, given={"log": _is_skewed(column)})


def _is_skewed(column: Column) -> bool:
    """Positive, with an upper tail longer than the lower."""
    q = column.facts.quantiles
    positive = bool(q) and column.facts.minimum is not None and q["p01"] > 0
    return positive and q["p95"] - q["p50"] > 1.5 * (q["p50"] - q["p05"])


def probe(binding: Binding, params: Params) -> Probe:
    """Median and median absolute deviation, then the values beyond the bound; on the log scale only the upper side."""
    table, column = binding.table.sql, binding.column
    wide = f"CAST({column.sql} AS DOUBLE)"
    usable = f"ISFINITE({wide})" + (f" AND {wide} > 0" if binding.given["log"] else "")
    x = f"LN({wide})" if binding.given["log"] else wide
    bound = max(params.z, _chance(column.facts.present))
    steps = f"""WITH _middle AS (
  SELECT MEDIAN({x}) AS m FROM {table} WHERE {usable}
), _spread AS (
  SELECT m, MEDIAN(ABS({x} - m)) / 0.6745 AS s FROM {table}, _middle WHERE {usable} GROUP BY m
)"""
    far = f"{x} - m > {bound} * s" if binding.given["log"] else f"ABS({x} - m) > {bound} * s"
    back = "EXP({})" if binding.given["log"] else "{}"
    return Probe(
        measure=f"{steps}\nSELECT COUNT(*) FILTER (WHERE s > 0 AND {far}) AS rows_affected, COUNT(*) AS rows_total,\n"
        f"  MAX(CASE WHEN s > 0 THEN ABS({x} - m) / s END) AS worst_z, ANY_VALUE(s) AS scale,\n"
        f"  MAX(CASE WHEN s > 0 AND {far} THEN {wide} END) AS highest,\n"
        f"  ANY_VALUE({back.format(f'm + {bound} * s')}) AS upper, ANY_VALUE({back.format(f'm - {bound} * s')}) AS lower,\n"
        f"  ANY_VALUE({back.format('m')}) AS middle\nFROM {table}, _spread WHERE {usable}",
        rows=f"{steps}\nSELECT {table}.* FROM {table}, _spread\nWHERE {usable} AND s > 0 AND {far}",
        screen=Screen(partial(_ends_are_near, binding, params), f"{steps}\nSELECT m, s FROM _spread"),
    )


def _ends_are_near(binding: Binding, params: Params, values: Values) -> bool:
    """Whether even the least and the greatest value, which are known exactly, lie well inside what a sample calls extreme."""
    facts, log = binding.column.facts, binding.given["log"]
    if not values["s"] or facts.not_finite or facts.minimum is None:
        return False
    ends = [facts.maximum] if log else [facts.minimum, facts.maximum]
    return all(
        abs((math.log(end) if log else float(end)) - values["m"]) < 0.9 * params.extreme * values["s"] for end in ends
    )


def _chance(n: int) -> float:
    """The z that a normal column of n values passes with probability 0.1."""
    return NormalDist().inv_cdf(1 - 0.05 / max(n, 2))


def judge(found: Found, params: Params) -> Verdict | Skip:
    """Rare and extreme, or nothing: a smooth tail is a shape, and a twentieth of the rows is a population."""
    values = found.values
    if not values["scale"]:
        return Skip("half of the values are equal: no spread to measure by", found.binding.place)
    rare = found.share <= params.share and (values["worst_z"] or 0) >= params.extreme
    log = found.binding.given["log"]
    details = {
        "method": Plain(f"modified z{' on the log scale' if log else ''}"),
        "threshold": round(max(params.z, _chance(found.binding.column.facts.present)), 3),
        "upper": values["upper"],
    } | ({} if log else {"lower": values["lower"]})
    middle = values["middle"] or 0.0
    words = {"middle": f"{middle:,.4g}", "top": f"{values['highest'] or math.nan:,.4g}"}
    return Verdict(size=capped(found.share, 1.0) if rare else _MEDIUM, details=details, words=words)


SPEC = CheckSpec(
    id="distribution.outlier",
    defect="outlier",
    category="data_quality",
    title="Values far from all others",
    why="A handful of them moves a mean or a total more than all others together.",
    needs="a number with twenty values or more",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(
        medium=0.001, low=_MEDIUM, source="defects: medium; rare is not wrong: below one in a thousand low"
    ),
    message="Outliers: {rows} of {total} values of {table}.{column} lie far from all others (median {middle}, highest of them"
    " {top}, {worst_z:.0f} robust deviations)",
    recommendation="Look at these rows of {table} one by one; keep them if they are true.",
    details=("worst_z",),
    example=Example(
        clean={"sale": "SELECT i AS sale_id, 100 + (i * 37) % 61 AS points FROM range(200) t(i)"},
        damaged={
            "sale": "SELECT i AS sale_id, CASE WHEN i IN (9, 70) THEN 90000 + i ELSE 100 + (i * 37) % 61 END AS points"
            " FROM range(200) t(i)"
        },
        finds=2,
        at="sale.points",
    ),
)
