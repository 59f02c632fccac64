"""Where entities come from, and how many of each channel convert."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog, ForeignKey, Table
from datacruncher.checks.base import Binding, Probe, Values
from datacruncher.checks.marketing._touches import TOUCH_NAME
from datacruncher.metrics.base import MOST, Measure, MetricExample, MetricSpec, listed, with_interval


def bind(catalog: Catalog, _params: Any) -> Iterator[Binding]:
    """Tables with a channel that are no touches and no costs; with what converts, where something refers to them."""
    for table in catalog:
        channel = table.role("channel")
        if channel is None or TOUCH_NAME.search(table.name) or table.role("cost") is not None:
            continue
        conversion = _conversion(catalog, table)
        uses = {"channel": channel}
        related = catalog.tables[conversion.table] if conversion else None
        yield Binding(
            table, (channel,), related=related, key=conversion, uses=uses, confidence=channel.roles["channel"]
        )


def _conversion(catalog: Catalog, entity: Table) -> ForeignKey | None:
    """What an entity does that brings money: the largest table of events with an amount that refers to it."""
    found = [key for key in catalog.children(entity) if not key.is_self and catalog.tables[key.table].role("amount")]
    timed = [key for key in found if catalog.tables[key.table].happened is not None]
    return max(timed, key=lambda key: catalog.tables[key.table].rows, default=None)


def probe(binding: Binding, _params: Any) -> Probe:
    """The share of each channel, and of each channel's rows the share that something paid refers to."""
    channel = binding.column
    converts = "NULL"
    if binding.key is not None and binding.related is not None:
        converts = f"EXISTS (SELECT 1 FROM {binding.related.sql} c WHERE {binding.key.join('c', 'p')})"
    measure = f"""WITH _each AS (
    SELECT CAST({channel.of("p")} AS VARCHAR) AS name, CAST({converts} AS INTEGER) AS converts
    FROM {binding.table.sql} p WHERE {channel.of("p")} IS NOT NULL
), _mix AS (
    SELECT name, COUNT(*) AS n, AVG(converts) AS rate, SUM(COUNT(*)) OVER () AS total FROM _each GROUP BY 1
    ORDER BY n DESC, name LIMIT {MOST}
)
SELECT {listed("n DESC, name", name="name", value="n / total", n="n")} AS channel_mix, MAX(n / total) AS largest_channel,
    {listed("rate DESC, name", name="name", value="rate", n="n")} AS conversion_by_channel, MAX(total) AS n,
    (SELECT AVG(converts) FROM _each) AS conversion_rate
FROM _mix"""
    return Probe(measure=measure)


def work(values: Values, _params: Any) -> Values:
    """With the intervals of the rates."""
    rates = values["conversion_by_channel"] or []
    measured = bool(rates) and rates[0]["value"] is not None
    return {**values, "conversion_by_channel": with_interval(rates) if measured else None}


SPEC = MetricSpec(
    id="marketing.channels",
    title="Channels",
    why="Who knows where customers come from knows where to look for more.",
    needs="a table with a channel",
    gives=(
        Measure("channel_mix", "Where they come from", kind="bars"),
        Measure("largest_channel", "Share of the largest channel"),
        Measure("conversion_rate", "Have paid"),
        Measure("conversion_by_channel", "Have paid, by channel", kind="bars"),
    ),
    bind=bind,
    probe=probe,
    work=work,
    example=MetricExample(
        tables={
            "customer": """SELECT i AS customer_id, 'c' || i AS customer_name, ['ads', 'mail', 'ads', 'ads', 'shop'][i] AS channel
                FROM range(1, 6) t(i)""",
            "purchase": """SELECT row_number() OVER () AS purchase_id, c AS customer_id, 10.0 + d AS amount,
                TIMESTAMP '2024-01-01' + to_days(d) AS purchased_at FROM (VALUES (1, 1), (1, 2), (3, 3), (2, 4), (1, 9)) v(c, d)""",
        },
        values={
            "channel_mix": [
                {"name": "ads", "value": 0.6, "n": 3},
                {"name": "mail", "value": 0.2},
                {"name": "shop", "value": 0.2},
            ],
            "largest_channel": 0.6,
            "conversion_rate": 0.6,
            # Wilson for 1 of 1: 1 / (1 + 3.841459) = 0.2065493 up to 1; for 0 of 1 the mirror image.
            "conversion_by_channel": [
                {"name": "mail", "value": 1.0, "low": 0.2065493, "high": 1.0},
                {"name": "ads", "value": 2 / 3},
                {"name": "shop", "value": 0.0, "low": 0.0, "high": 0.7934507},
            ],
        },
        ns={"channel_mix": 5},
    ),
)
