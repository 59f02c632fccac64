"""Activity that does not follow the declared curve over the age of the parent."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from datacruncher import sql
from datacruncher.catalog import Catalog, Table
from datacruncher.checks import base, times
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Probe, Skip, Steps, Verdict
from datacruncher.checks.journeys import moment

_DAYS = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
_LONGEST = 400  # ages that a curve is looked at


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: children. deviations: standard errors that chance may take a share from what the curve lets expect."""

    minimum: int = 300
    deviations: float = 6.0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Facts whose primary parent has a vintage curve for the fanout."""
    for table in catalog:
        node = table.declared
        parent = catalog.tables.get(node.parents[0]) if node is not None and node.parents else None
        owner = parent.declared if parent is not None else None
        if parent is None or owner is None or owner.vintage_behavior is None:
            continue
        yield _bound(catalog, table, parent, owner.vintage_behavior)


def _bound(catalog: Catalog, table: Table, parent: Table, vintage: Any) -> Binding | Skip:
    place = Place(table.name)
    first = next((c.name for c in table.declared.columns if c.type in {"datetime", "date"}), None)
    at, born, key = table.get(first or ""), parent.get(vintage.created_at_column), catalog.path(table, parent)
    timeframe = catalog.document.timeframe
    end = times.instant(timeframe.end) if timeframe else None
    curves = [one for one in vintage.age_based_multipliers.values() if _on_fanout(one)]
    if at is None or born is None or key is None or end is None or not curves:
        return Skip("no curve for the fanout, or no time to hold it against", place)
    if len(curves) > 1:
        return Skip("several curves multiply; datagen validate tests them", place)
    declared = next(column for column in table.declared.columns if column.name == first)
    if declared.generates == "diffusion_curve" or any(m.transform == "effect" for m in table.declared.modifiers):
        return Skip("its times follow something else, too", place)
    unit = _DAYS.get(str(curves[0].get("time_unit", "month")), 30)
    weights = _weights(curves[0].get("curve"), unit)
    if not weights:
        return Skip("the curve has no form that is known here", place)
    given = {"end": end, "unit": unit, "curve": weights, "rule": "declared"}
    return Binding(table, (at,), related=parent, related_columns=(born,), key=key, given=given)


def _on_fanout(one: dict[str, Any]) -> bool:
    target = one.get("applies_to", "all")
    return bool({"fanout", "all"} & set(target if isinstance(target, list) else [target]))


def _weights(curve: Any, unit: int) -> list[float]:
    """The curve's value for each age, as far as anybody lives here."""
    if isinstance(curve, list):
        values = [max(0.0, float(value)) for value in curve]
        return values + [values[-1]] * (_LONGEST - len(values)) if values else []
    if not isinstance(curve, dict):
        return []
    kind, given = str(curve.get("curve_type") or curve.get("type")), curve.get("params") or {}
    a, b = float(given.get("a", 1.0)), float(given.get("b", 0.0))
    forms: dict[str, Callable[[float], float]] = {
        "logarithmic": lambda x: a + b * math.log(x + 1),
        "exponential": lambda x: a * math.exp(b * x),
        "linear": lambda x: a + b * x,
    }
    form = forms.get(kind)
    return [max(0.0, form(age + 0.5)) for age in range(_LONGEST)] if form else []


def probe(binding: Binding, params: Params) -> Probe:
    """The share of children at each age, beside what the curve and the lives of their own parents let expect.

    A parent's children lie at an age in proportion to the curve there, times how much of that age the parent lived through.
    """
    key, at, born, given = binding.key, binding.column, binding.related_columns[0], binding.given
    assert key is not None and binding.related is not None  # noqa: S101 - bind gives both
    own = ", ".join(binding.table.column(name).of("c") for name in key.columns)
    end, unit = sql.literal(given["end"]), given["unit"]
    age = f"(epoch({moment(at, 'c')}) - epoch({moment(born, 'p')})) / 86400.0"
    curve = sql.literal(_shown(given["curve"]))
    steps = f"""WITH _children AS (
    SELECT {own}, ANY_VALUE((epoch({end}) - epoch({moment(born, "p")})) / 86400.0) AS life, COUNT(*) AS n
    FROM {binding.table.sql} c JOIN {binding.related.sql} p ON {key.join("c", "p")}
    WHERE {at.of("c")} IS NOT NULL AND {born.of("p")} IS NOT NULL GROUP BY {own}
), _parts AS (
    SELECT c.n, c.life, k, list_extract({curve}, LEAST(CAST(k AS INTEGER) + 1, len({curve}))) * LEAST(GREATEST(c.life - k * {unit},
    0), {unit}) AS part,
           SUM(part) OVER (PARTITION BY {own.replace("c.", "c.")}) AS whole
    FROM _children c, range(0, (SELECT CAST(CEIL(MAX(life) / {unit}) AS BIGINT) FROM _children)) r(k) WHERE c.life > k * {unit}
), _expected AS (
    SELECT k, SUM(n * part / whole) AS expected FROM _parts WHERE whole > 0 GROUP BY k
), _found AS (
    SELECT CAST(FLOOR(GREATEST({age}, 0) / {unit}) AS BIGINT) AS k, COUNT(*) AS n
    FROM {binding.table.sql} c JOIN {binding.related.sql} p ON {key.join("c", "p")} WHERE {at.of("c")} IS NOT NULL AND {age} >= 0 GROUP BY 1
), _ages AS (
    SELECT k, COALESCE(f.n, 0) / SUM(COALESCE(f.n, 0)) OVER () AS share, COALESCE(e.expected, 0) / SUM(COALESCE(e.expected,
    0)) OVER () AS weight,
           SUM(COALESCE(f.n, 0)) OVER () AS total
    FROM _expected e FULL JOIN _found f USING (k)
)"""
    noise = f"{params.deviations} * SQRT(GREATEST(weight * (1 - weight), 1.0 / total) / total)"
    measure = f"""{steps}
SELECT CAST(ANY_VALUE(total) AS BIGINT) AS rows_total, MAX(ABS(share - weight)) AS observed,
MAX(ABS(share - weight) - {noise}) AS beyond_chance,
    arg_max(k, ABS(share - weight)) AS age, arg_max(share, ABS(share - weight)) AS share_found,
    arg_max(weight, ABS(share - weight)) AS share_declared
FROM _ages"""
    return Probe(measure=measure, rows=f"{steps}\nSELECT k, share, weight\nFROM _ages")


def _shown(curve: Sequence[float]) -> list[float]:
    """Without the ages at the end that are all alike."""
    last = len(curve)
    while last > 1 and curve[last - 2] == curve[-1]:
        last -= 1
    return list(curve[:last])


def judge(found: Found, params: Params) -> Verdict | Skip:
    """The largest difference of a share, beyond chance."""
    if found.observed is None:
        return Skip("no children", found.binding.place)
    off = float(found.observed)
    details = {"observed_mean": found.values["share_found"], "expected_mean": found.values["share_declared"],
               "declared": _shown(found.binding.given["curve"])[:24]}  # fmt: skip
    return Verdict(size=off if float(found.values["beyond_chance"]) > 0 else 0.0, expected={"value": found.values["share_declared"]},
                   details=details, words={"unit": found.binding.given["unit"]})  # fmt: skip


_SCHEMA = {
    "version": "1.0",
    "timeframe": {"start": "2024-01-01T00:00:00Z", "end": "2024-04-30T00:00:00Z"},
    "nodes": [
        {
            "id": "user",
            "kind": "entity",
            "pk": "user_id",
            "columns": [{"name": "user_id", "type": "int"}, {"name": "created_at", "type": "datetime"}],
            "vintage_behavior": {
                "created_at_column": "created_at",
                "age_based_multipliers": {
                    "decay": {"curve": [1.0, 0.5, 0.25], "time_unit": "month", "applies_to": "fanout"}
                },
            },
        },
        {
            "id": "visit",
            "kind": "fact",
            "pk": "visit_id",
            "parents": ["user"],
            "columns": [
                {"name": "visit_id", "type": "int"},
                {"name": "user_id", "type": "int", "generator": {"lookup": {"from": "user.user_id"}}},
                {"name": "visited_at", "type": "datetime"},
            ],
        },
    ],
}
_USERS = "SELECT i AS user_id, TIMESTAMP '2024-01-01' AS created_at FROM range(50) t(i)"
_VISITS = """SELECT row_number() OVER () AS visit_id, u AS user_id,
    TIMESTAMP '2024-01-01' + to_hours(CAST(k * 720 + (j * 719) // m AS BIGINT)) AS visited_at
FROM range(50) a(u), (VALUES (0, 16), (1, {second}), (2, 4), (3, 4)) b(k, m), range(m) c(j)"""

SPEC = CheckSpec(
    id="expectation.curve_mismatch",
    defect="fanout_mismatch",
    category="schema_expectation",
    title="Activity does not follow the declared curve",
    why="Retention that was designed to fall is flat, or falls elsewhere.",
    needs="a schema with a vintage_behavior for the fanout",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.05, low=0.02, source="5 points of share change a chart"),
    message="Curve of {table} is off: {share_found:.1%} of its rows lie at age {age} (of {unit} days), the curve lets expect"
    " {share_declared:.1%} (n = {total})",
    recommendation="Set the curve of {related_table} to what is meant, and generate again.",
    example=Example(
        clean={"user": _USERS, "visit": _VISITS.format(second=8)},
        damaged={"visit": _VISITS.format(second=16)},
        finds=None,
        schema=_SCHEMA,
        at="visit.visited_at",
    ),
)
