"""It takes new entities long to their first event."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.journeys import bindings, days_between, frequent


class Params(base.Params, frozen=True, kw_only=True):
    """days: the median time in which a first event should come. gap: median days between events of a log."""

    days: float = 7.0
    gap: float = 7.0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Entities with a creation time and a log that is used about weekly."""
    yield from bindings(frequent(catalog, gap=params.gap, many=3.0))


def probe(binding: Binding, params: Params) -> Probe:
    """The median days from creation to the first event, over those created while events were recorded."""
    journey = binding.given["journey"]
    measure = f"""WITH events AS (
    SELECT {journey.entity_key} AS entity, MIN({journey.event_time}) AS happened
    FROM {journey.events.sql} e
    WHERE {journey.key.present("e")} AND {journey.at.of("e")} IS NOT NULL
    GROUP BY 1
), span AS (
    SELECT MIN(happened) AS first FROM events
), waits AS (
    SELECT {days_between("events.happened", journey.created_time)} AS days
    FROM {binding.table.sql} p JOIN events ON events.entity = {journey.parent_key}, span
    WHERE {journey.created_time} >= span.first - INTERVAL 1 DAY
)
SELECT COUNT(*) FILTER (WHERE days > {params.days}) AS rows_affected, COUNT(*) AS rows_total, median(days) AS observed,
    quantile_cont(days, 0.9) AS slowest_tenth
FROM waits"""
    return Probe(measure=measure)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """By the median wait."""
    if found.observed is None:
        return Skip("nobody was created while events were recorded")
    wait = float(found.observed)
    expected = {"max": params.days}
    return Verdict(
        size=wait - params.days,
        expected=expected,
        unit="days",
        words={"wait": wait, "days": params.days},
        metrics={"days_to_first_value": wait},
    )


_USERS = "SELECT i AS user_id, TIMESTAMP '2024-01-01' + to_hours(i) AS created_at FROM range(100) t(i)"
_EVENTS = """SELECT row_number() OVER () AS event_id, u AS user_id, 'login' AS event_name,
    TIMESTAMP '2024-01-01' + to_hours(u + (d + {late}) * 24 + 1) AS event_at
FROM range(100) a(u), range(20) b(d)"""

SPEC = CheckSpec(
    id="product.slow_first_value",
    defect="low_activation",
    category="business_logic",
    title="The first event comes late",
    why="The longer the first use waits, the fewer stay.",
    needs="an entity with a creation time and a log of its events with about one a week",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.0, source="the activation window of a week, as in persona-metrics"),
    message="First use comes late: the median {table} waits {wait:.1f} days for its first row in {related_table}"
    " ({rows} of {total} wait more than {days:g})",
    recommendation="Shorten the way to the first use.",
    details=("slowest_tenth",),
    example=Example(
        clean={"user": _USERS, "event": _EVENTS.format(late="0")},
        damaged={"event": "SELECT * FROM (" + _EVENTS.format(late="CASE WHEN u < 10 THEN 0 ELSE 12 END") + ")"},
        finds=90,
        at="user.created_at",
    ),
)
