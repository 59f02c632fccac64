"""Numbers that are distributed otherwise than the schema declares."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from statistics import NormalDist
from typing import Any

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Plain, Probe, Skip, Steps, Verdict
from datacruncher.checks.values import double

_POINTS = (0.05, 0.25, 0.5, 0.75, 0.95)
_KEEPS = frozenset({"null", "round"})


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: values. deviations: standard errors that chance may take a share from what is declared."""

    minimum: int = 200
    deviations: float = 4.5


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Columns that a `distribution` fills, unchanged afterwards."""
    for table in catalog:
        for column in table.columns:
            if column.declared is not None and column.declared.generates == "distribution" and column.is_number:
                yield _bound(catalog, table, column)


def _bound(catalog: Catalog, table: Table, column: Column) -> Binding | Skip:
    place, given = Place(table.name, (column.name,)), column.declared.parameters
    if any(modifier.transform not in _KEEPS for modifier in column.declared.modifiers) or _varied(
        catalog, table, column.name
    ):
        return Skip("modifiers, segments or curves change the values", place)
    if given.get("truncate") or column.declared.type == "int":
        return Skip("truncated or whole numbers: datagen validate tests them", place)
    if _bounded_by_another(catalog, f"{table.name}.{column.name}"):
        return Skip("an inequality keeps its values within another column's", place)
    quantile = _quantile(str(given.get("type") or given.get("kind")), given.get("params") or {})
    if quantile is None:
        return Skip("no closed form of its quantiles is known here", place)
    low, high = _ends(catalog, f"{table.name}.{column.name}", given)
    points = [(p, quantile(p)) for p in _POINTS]
    inside = [(p, value) for p, value in points if float(low) < value < float(high)]
    kind = Plain(given.get("type") or given.get("kind"))
    if not inside:
        return Skip("all of it is clamped", place)
    return Binding(
        table, (column,), given={"points": inside, "kind": kind, "params": given.get("params"), "rule": "declared"}
    )


def _bounded_by_another(catalog: Catalog, attr: str) -> bool:
    """Whether a declared inequality names the column: the generator moves its values to keep it."""
    rules = catalog.document.constraints.inequalities if catalog.document is not None else []
    return any(attr in {rule.left, rule.right} for rule in rules)


def _ends(catalog: Catalog, attr: str, given: Mapping[str, Any]) -> tuple[float, float]:
    """The clamp, and the range that is declared beside it, which clips like one."""
    low, high = given.get("clamp") or (-math.inf, math.inf)
    ranges = catalog.document.constraints.ranges if catalog.document is not None else []
    for one in (one for one in ranges if one.attr == attr):
        low = max(float(low), one.min if isinstance(one.min, int | float) else -math.inf)
        high = min(float(high), one.max if isinstance(one.max, int | float) else math.inf)
    return float(low), float(high)


def _varied(catalog: Catalog, table: Table, name: str) -> bool:
    """Whether the behaviour of a parent scales the column's values."""
    for parent in (catalog.tables.get(one) for one in table.declared.parents):
        node = parent.declared if parent is not None else None
        if node is None:
            continue
        segments = (node.segment_behavior or {}).get("applies_to_columns") or []
        curves = node.vintage_behavior.age_based_multipliers.values() if node.vintage_behavior else ()
        if name in segments or any(name in _targets(one) or "all" in _targets(one) for one in curves):
            return True
    return False


def _targets(one: Mapping[str, Any]) -> list[str]:
    target = one.get("applies_to", "all")
    return [str(part) for part in target] if isinstance(target, list) else [str(target)]


def _quantile(kind: str, given: Mapping[str, Any]) -> Callable[[float], float] | None:
    """The inverse of the distribution function, by the names that the language accepts."""

    def value(*names: str, default: float | None = None) -> float:
        found = next((given[name] for name in names if name in given), default)
        return float(found) if found is not None else math.nan

    mean, spread = value("mean", "mu"), value("std", "sigma")
    scale = value("scale", default=1 / value("lambda", default=1.0) if given.get("lambda") else 1.0)
    forms: dict[str, Callable[[float], float]] = {
        "normal": lambda p: NormalDist(mean, spread).inv_cdf(p),
        "lognormal": lambda p: math.exp(NormalDist(mean, spread).inv_cdf(p)),
        "uniform": lambda p: value("low", "min") + p * (value("high", "max") - value("low", "min")),
        "exponential": lambda p: -scale * math.log(1 - p),
        "pareto": lambda p: value("xm") / (1 - p) ** (1 / value("alpha")),
        "weibull": lambda p: scale * (-math.log(1 - p)) ** (1 / value("shape")),
    }
    form = forms.get(kind)
    try:
        return form if form is not None and math.isfinite(form(0.5)) else None
    except (ValueError, ZeroDivisionError, ArithmeticError):
        return None


def probe(binding: Binding, params: Params) -> Probe:
    """The shares below the declared quantiles; rounding to cents moves none of them."""
    column, points = binding.column, binding.given["points"]
    below = ", ".join(
        f"AVG(CAST({double(column)} <= {sql.literal(float(value))} AS INTEGER)) AS p{round(100 * p):02d}"
        for p, value in points
    )
    offs = ", ".join(f"ABS(p{round(100 * p):02d} - {p})" for p, _ in points)
    beyond = ", ".join(
        f"ABS(p{round(100 * p):02d} - {p}) - {params.deviations * math.sqrt(p * (1 - p))!r} / SQRT(n)"
        for p, _ in points
    )
    shares = ", ".join(f"p{round(100 * p):02d}" for p, _ in points)
    measure = f"""WITH _below AS (
    SELECT COUNT({column.sql}) AS n, {below} FROM {binding.table.sql} WHERE {column.sql} IS NOT NULL
)
SELECT n AS rows_total, GREATEST({offs}, 0) AS observed, GREATEST({beyond}) AS beyond_chance, {shares}
FROM _below"""
    return Probe(measure=measure)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """The largest difference between a share and its quantile, beyond chance."""
    if found.observed is None:
        return Skip("no values", found.binding.place)
    given, off = found.binding.given, float(found.observed)
    shares = {f"{p:g}": found.values[f"p{round(100 * p):02d}"] for p, _ in given["points"]}
    details = {"target": given["kind"], "observed": shares, "declared": given["params"]}
    expected = {f"{p:g}": p for p, _ in given["points"]}
    size = off if float(found.values["beyond_chance"]) > 0 else 0.0
    return Verdict(size=size, expected=expected, details=details, words={"kind": given["kind"]})


_SCHEMA = {
    "version": "1.0",
    "nodes": [
        {
            "id": "sale",
            "kind": "entity",
            "pk": "sale_id",
            "columns": [
                {"name": "sale_id", "type": "int", "generator": {"sequence": {}}},
                {
                    "name": "amount",
                    "type": "float",
                    "generator": {"distribution": {"type": "uniform", "params": {"low": 0, "high": 100}}},
                },
            ],
        }
    ],
}

SPEC = CheckSpec(
    id="expectation.distribution_mismatch",
    defect="target_missed",
    category="schema_expectation",
    title="Distributed otherwise than declared",
    why="Prices that were meant to be skewed are even, or of another size.",
    needs="a schema with a distribution that nothing changes afterwards",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.05, low=0.02, source="5 points of share between two quantiles change a chart"),
    message="Distribution of {table}.{column} is off: no {kind} as declared, a share below a quantile differs by"
    " {observed:.1%} (n = {total})",
    recommendation="Set the parameters of {column} to what is meant, and generate again.",
    example=Example(
        clean={"sale": "SELECT i AS sale_id, 0.05 + i % 1000 / 10.0 AS amount FROM range(2000) t(i)"},
        damaged={"sale": "SELECT i AS sale_id, 0.05 + pow(i % 1000 / 1000.0, 2) * 100 AS amount FROM range(2000) t(i)"},
        finds=None,
        schema=_SCHEMA,
        at="sale.amount",
    ),
)
