"""Activity falls fast with age."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.journeys import bindings, days_between, frequent


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: entities watched in the last month of age. months: ages compared. kept: the share that should remain."""

    minimum: int = 50
    months: int = 3
    kept: float = 0.3
    gap: float = 30.0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Entities with a creation time and a log that is used about monthly."""
    yield from bindings(frequent(catalog, gap=params.gap, many=3.0))


def probe(binding: Binding, params: Params) -> Probe:
    """Events per entity in its first month of age and in its last one, over entities watched throughout."""
    journey = binding.given["journey"]
    age = days_between("e.happened", "c.created")
    last = params.months * 30
    measure = f"""WITH events AS (
    SELECT {journey.entity_key} AS entity, {journey.event_time} AS happened
    FROM {journey.events.sql} e
    WHERE {journey.key.present("e")} AND {journey.at.of("e")} IS NOT NULL
), span AS (
    SELECT MIN(happened) AS first, MAX(happened) AS last FROM events
), cohort AS (
    SELECT {journey.parent_key} AS entity, {journey.created_time} AS created
    FROM {binding.table.sql} p, span
    WHERE {journey.created_time} >= span.first - INTERVAL 1 DAY
      AND {days_between("span.last", journey.created_time)} >= {last}
), aged AS (
    SELECT {age} AS age FROM events e JOIN cohort c USING (entity)
)
SELECT (SELECT COUNT(*) FROM cohort) AS rows_total,
    COUNT(*) FILTER (WHERE age >= 0 AND age < 30) / NULLIF((SELECT COUNT(*) FROM cohort), 0) AS first,
    COUNT(*) FILTER (WHERE age >= {last - 30} AND age < {last}) / NULLIF((SELECT COUNT(*) FROM cohort), 0) AS last,
    COUNT(*) FILTER (WHERE age >= {last - 30} AND age < {last})
        / NULLIF(COUNT(*) FILTER (WHERE age >= 0 AND age < 30), 0) AS observed
FROM aged"""
    return Probe(measure=measure)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """What remains of the first month's activity."""
    if found.observed is None:
        return Skip("no events in the first month of age")
    kept = float(found.observed)
    return Verdict(
        size=params.kept - kept,
        expected={"min": params.kept},
        unit="ratio",
        details={"unit": "month"},
        words={"kept": kept, "month": params.months},
        metrics={"activity_kept_after_3_months": kept},
    )


_USERS = "SELECT i AS user_id, TIMESTAMP '2024-01-01' + to_hours(i) AS created_at FROM range(100) t(i)"
_EVENTS = """SELECT row_number() OVER () AS event_id, u AS user_id, 'login' AS event_name,
    TIMESTAMP '2024-01-01' + to_hours(u + d * 24 + 1) AS event_at
FROM range(100) a(u), range(120) b(d) WHERE {where}"""

SPEC = CheckSpec(
    id="customer_success.engagement_decay",
    defect="engagement_decay",
    category="business_logic",
    title="Activity falls fast with age",
    why="Those who fade leave next.",
    needs="an entity with a creation time and a log of its events, watched for three months",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(
        medium=0.0, source="three quarters lost within a quarter: half of a usual SaaS decay (Mixpanel benchmarks)"
    ),
    message="Engagement decays: a {table} of month {month} does {kept:.0%} of what it did in month 1 ({first:.1f} → {last:.1f} events,"
    " n = {total})",
    recommendation="Find what the steady ones use; in generated data, flatten the vintage_behavior curve.",
    details=("first", "last"),
    example=Example(
        clean={"user": _USERS, "event": _EVENTS.format(where="TRUE")},
        damaged={"event": _EVENTS.format(where="d < 30 OR d % 10 = 0")},
        finds=None,
        at="user.created_at",
    ),
)
