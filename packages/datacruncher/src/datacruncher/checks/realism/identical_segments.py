"""Segments that do not differ in what they spend or do."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog, Column, Table
from datacruncher.catalog.model import confidence_of
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict

MOST_SEGMENTS = 20


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: entities. effect: the least share of variance (η²) that segments should explain."""

    minimum: int = 500
    effect: float = 0.001


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """A segment of an entity against the amounts, else the counts, of its most numerous children."""
    for table in catalog:
        segment = table.role("segment", "plan")
        if segment is None or table.primary_key is None or not 2 <= segment.facts.distinct <= MOST_SEGMENTS:
            continue
        keys = [key for key in catalog.children(table) if not key.is_self and key.table != table.name]
        key = max(keys, key=lambda k: catalog.tables[k.table].rows, default=None)
        if key is not None and catalog.tables[key.table].rows > table.rows:
            child = catalog.tables[key.table]
            columns = _measure(child)
            sure = confidence_of(key, max(segment.roles.get("segment", 0.0), segment.roles.get("plan", 0.0)))
            yield Binding(table, (segment,), related=child, related_columns=columns, key=key, confidence=sure)


def _measure(child: Table) -> tuple[Column, ...]:
    amount = child.role("amount")
    return (amount,) if amount is not None and amount.is_number else ()


def probe(binding: Binding, params: Params) -> Probe:
    """η²: the share of the variance of the entities' log totals that lies between the segments."""
    assert binding.key is not None and binding.related is not None  # noqa: S101 - bind gives both
    key, segment = binding.key, binding.column
    value = f"SUM({binding.related_columns[0].of('c')})" if binding.related_columns else "COUNT(*)"
    groups = ", ".join(binding.related.column(name).of("c") for name in key.columns)
    join = " AND ".join(
        f"t.{binding.related.column(a).sql} = {binding.table.column(b).of('p')}"
        for a, b in zip(key.columns, key.to_columns, strict=True)
    )
    measure = f"""WITH totals AS (
    SELECT {groups}, {value} AS total FROM {binding.related.sql} c GROUP BY ALL
), each AS (
    SELECT {segment.of("p")} AS segment, ln(1 + GREATEST(COALESCE(t.total, 0), 0)) AS v
    FROM {binding.table.sql} p LEFT JOIN totals t ON {join} WHERE {segment.of("p")} IS NOT NULL
), groups AS (
    SELECT segment, COUNT(*) AS n, AVG(v) AS mean FROM each GROUP BY segment
)
SELECT (SELECT COUNT(*) FROM each) AS rows_total, COUNT(*) AS segments,
    SUM(n * (mean - (SELECT AVG(v) FROM each)) ** 2) / NULLIF((SELECT VAR_POP(v) * COUNT(*) FROM each), 0) AS observed,
    map_from_entries(list((CAST(segment AS VARCHAR), exp(mean) - 1))) AS typical
FROM groups"""
    return Probe(measure=measure)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """Below the bound, and no more than chance brings: (k − 1) / (n − 1) is the expected η² of equal segments."""
    if found.observed is None or not found.rows_total:
        return Skip("nothing varies between the entities")
    effect = float(found.observed)
    chance = (found.values["segments"] - 1) / max(found.rows_total - 1, 1)
    same = effect < max(params.effect, 2 * chance)
    measure = found.binding.related_columns[0].name if found.binding.related_columns else "rows"
    return Verdict(
        size=1.0 if same else 0.0,
        expected={"min": params.effect},
        unit="statistic",
        details={
            "segment_column": found.binding.column.name,
            "measure": measure,
            "segments": found.values["typical"],
            "effect": effect,
        },
        words={"measure": measure, "effect": effect},
    )


_USERS = "SELECT i AS user_id, ['free', 'pro'][i % 2 + 1] AS segment FROM range(600) t(i)"
_ORDERS = """SELECT row_number() OVER () AS order_id, u AS user_id, TIMESTAMP '2024-01-01' + to_hours(u + k) AS ordered_at,
    ROUND((5 + (u // 2 * 7 + k * 13) % 40) * {factor}, 2) AS amount FROM range(600) a(u), range(5) b(k)"""

SPEC = CheckSpec(
    id="realism.identical_segments",
    defect="identical_segments",
    category="realism",
    title="Segments do not differ",
    why="A segment that explains nothing was assigned at random, or its meaning was lost.",
    needs="an entity with a segment, and a table that refers to it",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    metric="segment_effect",
    severity=Steps(low=0.5, source="Cohen 1988: an η² below 0.01 is less than small; here a tenth of that"),
    message="Segments of {table}.{column} do not differ: they explain {effect:.2%} of the variance of {measure} in {related_table}"
    " (n = {total})",
    recommendation="Check how segments are assigned; in generated data, add segment_behavior.",
    example=Example(
        clean={"user": _USERS, "order": _ORDERS.format(factor="CASE WHEN u % 2 = 1 THEN 3 ELSE 1 END")},
        damaged={"order": _ORDERS.format(factor="1")},
        finds=None,
        at="user.segment",
    ),
)
