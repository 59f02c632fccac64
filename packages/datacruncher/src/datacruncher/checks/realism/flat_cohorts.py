"""Activity that does not change with age: every month of life looks like the first."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.journeys import bindings, days_between, frequent


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: events of the cohort. months: ages compared. spread: least relative spread that life shows."""

    minimum: int = 2000
    months: int = 4
    spread: float = 0.05
    gap: float = 30.0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Entities with a creation time and a log that is used about monthly."""
    yield from bindings(frequent(catalog, gap=params.gap, many=4.0))


def probe(binding: Binding, params: Params) -> Probe:
    """Events of each month of age, over entities watched through all of them."""
    journey = binding.given["journey"]
    watched = params.months * 30
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
      AND {days_between("span.last", journey.created_time)} >= {watched}
), ages AS (
    SELECT CAST(FLOOR({days_between("e.happened", "c.created")} / 30) AS INTEGER) AS month, COUNT(*) AS n
    FROM events e JOIN cohort c USING (entity)
    WHERE {days_between("e.happened", "c.created")} >= 0 AND {days_between("e.happened", "c.created")} < {watched}
    GROUP BY 1
)
SELECT SUM(n) AS rows_total, COUNT(*) AS months, (MAX(n) - MIN(n)) / NULLIF(AVG(n), 0) AS observed,
    (SELECT COUNT(*) FROM cohort) AS entities
FROM ages"""
    return Probe(measure=measure)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """A range of less than 5% of the mean over four months."""
    if found.observed is None or (found.values["months"] or 0) < params.months:
        return Skip(f"no cohort was watched for {params.months} months")
    spread = float(found.observed)
    return Verdict(
        size=params.spread - spread,
        expected={"min": params.spread},
        unit="ratio",
        details={"cohorts": found.values["months"], "spread": spread},
        words={"spread": spread},
    )


_USERS = "SELECT i AS user_id, TIMESTAMP '2024-01-01' + to_hours(i) AS created_at FROM range(100) t(i)"
_EVENTS = """SELECT row_number() OVER () AS event_id, u AS user_id, 'login' AS event_name,
    TIMESTAMP '2024-01-01' + to_hours(u + d * 24 + 1) AS event_at
FROM range(100) a(u), range(150) b(d) WHERE {where}"""

SPEC = CheckSpec(
    id="realism.flat_cohorts",
    defect="flat_cohorts",
    category="realism",
    title="Activity does not change with age",
    why="In life the first month differs from the fourth. Data without it can't be used to model retention.",
    needs="an entity with a creation time and a log of its events, watched for four months",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    metric="cohort_spread",
    severity=Steps(low=0.0, source="less than 5% between the months of life: below any published retention curve"),
    message="Flat cohorts: activity of {entities} in {table} in {related_table} varies by only {spread:.1%} over {months} months of age"
    " (n = {total})",
    recommendation="In generated data, give {table} a vintage_behavior curve for fanout.",
    example=Example(
        clean={"user": _USERS, "event": _EVENTS.format(where="d < 30 OR d % 2 = 0")},
        damaged={"event": _EVENTS.format(where="TRUE")},
        finds=None,
        at="user.created_at",
    ),
)
