"""Few new entities do anything in their first week."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.journeys import Journey, bindings, days_between, frequent


class Params(base.Params, frozen=True, kw_only=True):
    """days: the time to act in. threshold: the share that should. gap: median days between events of a log."""

    days: int = 7
    threshold: float = 0.25
    gap: float = 7.0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Entities with a log that is used about weekly."""
    yield from bindings(frequent(catalog, gap=params.gap, many=3.0))


def probe(binding: Binding, params: Params) -> Probe:
    """Entities old enough whose first event comes later than `days` days, or never."""
    journey: Journey = binding.given["journey"]
    keys = ", ".join(column.of("p") for column in binding.table.key_columns)
    cohort = f"""WITH events AS (
    SELECT {journey.entity_key} AS entity, {journey.event_time} AS happened
    FROM {journey.events.sql} e
    WHERE {journey.key.present("e")} AND {journey.at.of("e")} IS NOT NULL
), span AS (
    SELECT MIN(happened) AS first, MAX(happened) AS last FROM events
), firsts AS (
    SELECT entity, MIN(happened) AS happened FROM events GROUP BY entity
), cohort AS (
    SELECT {keys}, {journey.created_time} AS created, firsts.happened AS first_event
    FROM {binding.table.sql} p CROSS JOIN span LEFT JOIN firsts ON firsts.entity = {journey.parent_key}
    WHERE {journey.created_time} >= span.first - INTERVAL 1 DAY
      AND {days_between("span.last", journey.created_time)} >= {params.days}
)"""
    slow = f"first_event IS NULL OR {days_between('first_event', 'created')} > {params.days}"
    measure = (
        f"{cohort}\nSELECT COUNT(*) FILTER (WHERE {slow}) AS rows_affected, COUNT(*) AS rows_total,\n"
        f"    1 - AVG(CAST(({slow}) AS INTEGER)) AS observed, {params.days} AS days, {params.threshold} AS threshold\n"
        "FROM cohort"
    )
    return Probe(measure=measure, rows=f"{cohort}\nSELECT *\nFROM cohort\nWHERE {slow}")


def judge(found: Found, params: Params) -> Verdict:
    """The share that acted, against the threshold."""
    activation = float(found.observed or 0.0)
    return Verdict(
        size=params.threshold - activation,
        expected={"min": params.threshold},
        details={"activation": activation},
        words={"activation": activation},
        metrics={"activation_rate": activation},
    )


_USERS = "SELECT i AS user_id, TIMESTAMP '2024-01-01' + to_hours(i) AS created_at FROM range(100) t(i)"
_EVENTS = """SELECT row_number() OVER (ORDER BY u, d) AS event_id, u AS user_id,
    TIMESTAMP '2024-01-01' + to_hours(u) + to_hours(d * 24 + 1) AS event_at, 'view' AS event_name
FROM range(100) a(u), range(30) b(d) WHERE {where}"""

SPEC = CheckSpec(
    id="growth.low_activation",
    defect="low_activation",
    category="business_logic",
    title="Few new ones take a first action",
    why="Who never starts can't stay.",
    needs="an entity with a creation time and a log of its events with about one a week",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(high=0.0, source="persona-metrics: activation below 25% in 7 days"),
    message="Activation only {activation:.0%}: {rows} of {total} in {table} have no event in {related_table} within {days} days",
    recommendation="Look at the first session of those who stopped; in generated data, raise the start of the vintage curve.",
    details=("days", "threshold"),
    example=Example(
        clean={"user": _USERS, "event": _EVENTS.format(where="TRUE")},
        damaged={"event": _EVENTS.format(where="d > 9 OR u % 5 = 0")},
        finds=80,
        at="user.created_at",
    ),
)
