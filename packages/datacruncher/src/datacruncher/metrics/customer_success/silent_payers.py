"""Who pays and does nothing: the long-silent payers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks.base import Binding, Probe
from datacruncher.checks.finance._money import flows
from datacruncher.checks.journeys import Journey, is_log, journeys, moment
from datacruncher.metrics._activity import at_log, events
from datacruncher.metrics.base import Measure, MetricExample, MetricParams, MetricSpec


class Params(MetricParams, frozen=True, kw_only=True):
    """days: who paid in the last of these and did nothing in them is silent."""

    days: int = 30


def bind(catalog: Catalog, _params: Any) -> Iterator[Binding]:
    """Entities with a log of what they do and another table of what they pay."""
    for journey in journeys(catalog, needs_creation=False):
        if not isinstance(journey, Journey) or not is_log(journey.events):
            continue
        for table, money, at in flows(catalog):
            key = catalog.path(table, journey.entity)
            if key is not None and table is not journey.events:
                found = at_log(journey)
                yield replace(found, given={**found.given, "paid": (table, money, at, key)})
                break


def probe(binding: Binding, params: Any) -> Probe:
    """Payers of the last days, those without an event in them, and what they paid."""
    table, money, at, key = binding.given["paid"]
    names = [table.column(name).of("e") for name in key.columns]
    payer = names[0] if len(names) == 1 else f"ROW({', '.join(names)})"
    since = f"(SELECT GREATEST(last, (SELECT MAX(paid_at) FROM _paid)) - INTERVAL {params.days} DAY FROM _span)"
    measure = f"""WITH {events(binding.given["journey"])}, _paid AS (
    SELECT {payer} AS entity, {moment(at, "e")} AS paid_at, CAST({money.of("e")} AS DOUBLE) AS amount
    FROM {table.sql} e WHERE {key.present("e")} AND {money.of("e")} > 0 AND {at.of("e")} IS NOT NULL
), _payers AS (
    SELECT entity, SUM(amount) AS amount FROM _paid WHERE paid_at > {since} GROUP BY 1
), _active AS (
    SELECT DISTINCT entity FROM _events WHERE happened > {since}
)
SELECT AVG(CAST(a.entity IS NULL AS INTEGER)) AS silent_payers, COUNT(*) AS n,
    SUM(p.amount) FILTER (WHERE a.entity IS NULL) / NULLIF(SUM(p.amount), 0) AS silent_revenue
FROM _payers p LEFT JOIN _active a USING (entity)"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="customer_success.silent_payers",
    title="Silent payers",
    why="Who pays and does nothing asks sooner or later what for.",
    needs="an entity with a log of what it does and a table of what it pays",
    gives=(
        Measure("silent_payers", "Paid in the last 30 days and did nothing in them"),
        Measure("silent_revenue", "Share of what was paid in the last 30 days that silent payers paid"),
    ),
    bind=bind,
    probe=probe,
    params=Params,
    example=MetricExample(
        tables={
            "customer": "SELECT i AS customer_id, 'c' || i AS customer_name FROM range(1, 6) t(i)",
            "login": """SELECT row_number() OVER () AS login_id, c AS customer_id, TIMESTAMP '2024-01-01' + to_days(d) AS login_at
                FROM (VALUES (1, 55), (2, 5), (3, 60), (4, 30), (5, 50)) v(c, d)""",
            "payment": """SELECT row_number() OVER () AS payment_id, c AS customer_id, TIMESTAMP '2024-01-01' + to_days(d) AS paid_at,
                a AS amount FROM (VALUES (1, 40, 10.0), (2, 45, 30.0), (3, 50, 20.0), (4, 35, 40.0), (5, 20, 99.0)) v(c, d, a)""",
        },
        # From day 31 on pay 1, 2, 3 and 4; of them 2 and 4 were last seen before. They pay 70 of 100.
        values={"silent_payers": 0.5, "silent_revenue": 0.7},
        ns={"silent_payers": 4},
    ),
)
