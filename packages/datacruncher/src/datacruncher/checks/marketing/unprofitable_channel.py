"""A channel or campaign that costs more than it brings."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Steps, Verdict


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: rows of spend. ratio: value over cost that a channel should reach."""

    minimum: int = 1
    ratio: float = 1.0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """A table with channel and cost, and what it brought: beside it, or in a table with channel and amount."""
    for table in catalog:
        cost, channel = table.role("cost"), table.role("channel", "campaign")
        if cost is None or channel is None:
            continue
        for other, name, value in _values(catalog, table, channel):
            yield Binding(table, (channel, cost), related=other, related_columns=(name, value))


def _values(catalog: Catalog, table: Table, channel: Column) -> Iterator[tuple[Table, Column, Column]]:
    own = table.role("amount")
    if own is not None:
        yield table, channel, own
        return
    words = {value for value, _ in catalog.values(channel, limit=100)}
    for other in catalog:
        name, value = other.role("channel", "campaign"), other.role("amount")
        if other is table or name is None or value is None:
            continue
        if words & {word for word, _ in catalog.values(name, limit=100)}:
            yield other, name, value
            return


def probe(binding: Binding, params: Params) -> Probe:
    """Cost and value of each channel; the worst of those that cost anything."""
    assert binding.related is not None  # noqa: S101 - bind gives one
    (channel, cost), (name, value) = binding.columns, binding.related_columns
    table = f"""WITH spent AS (
    SELECT {channel.of("s")} AS channel, SUM({cost.of("s")}) AS cost FROM {binding.table.sql} s GROUP BY 1
), brought AS (
    SELECT {name.of("b")} AS channel, SUM({value.of("b")}) AS value FROM {binding.related.sql} b GROUP BY 1
), balance AS (
    SELECT channel, cost, COALESCE(value, 0) AS value, COALESCE(value, 0) / cost AS ratio
    FROM spent LEFT JOIN brought USING (channel) WHERE cost > 0 AND channel IS NOT NULL
)"""
    measure = f"""{table}
SELECT COUNT(*) FILTER (WHERE ratio < {params.ratio}) AS rows_affected, COUNT(*) AS rows_total,
    MIN(ratio) AS observed, CAST(arg_min(channel, ratio) AS VARCHAR) AS channel, arg_min(cost, ratio) AS cost,
    arg_min(value, ratio) AS value, SUM(value) / SUM(cost) AS overall
FROM balance"""
    return Probe(measure=measure, rows=f"{table}\nSELECT *\nFROM balance\nWHERE ratio < {params.ratio}")


def judge(found: Found, params: Params) -> Verdict:
    """By the worst channel."""
    worst = params.ratio if found.observed is None else float(found.observed)
    return Verdict(
        size=params.ratio - worst,
        expected={"min": params.ratio},
        unit="ratio",
        details={"ratio": worst},
        words={"worth": worst},
        metrics={"return_on_ad_spend": found.values["overall"]},
    )


_SPEND = "SELECT i AS spend_id, ['email', 'search'][i % 2 + 1] AS channel, 100.0 AS cost FROM range(40) t(i)"
_ORDERS = """SELECT i AS order_id, ['email', 'search'][i % 2 + 1] AS channel, TIMESTAMP '2024-01-01' + to_hours(i) AS ordered_at,
    {amount} AS amount FROM range(200) t(i)"""

SPEC = CheckSpec(
    id="marketing.unprofitable_channel",
    defect="unprofitable_channel",
    category="business_logic",
    title="A channel costs more than it brings",
    why="Money spent there is better spent elsewhere.",
    needs="cost per channel, and amounts per channel",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.0, source="return on ad spend below 1: it brings less than it costs"),
    message="{channel} costs {cost:,.0f} and brings {value:,.0f}, {worth:.2f} for each unit spent ({rows} of {total} channels below 1)",
    recommendation="Stop or rework {channel}; check first that its conversions are attributed.",
    details=("channel", "cost", "value"),
    example=Example(
        clean={"ad_spend": _SPEND, "order": _ORDERS.format(amount="50.0 + i % 7")},
        damaged={"order": _ORDERS.format(amount="CASE WHEN i % 2 = 0 THEN 5.25 ELSE 60.0 + i % 7 END")},
        finds=1,
        at="ad_spend.channel",
    ),
)
