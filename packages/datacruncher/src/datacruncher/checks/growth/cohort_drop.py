"""A cohort that comes back far less than its neighbours."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.journeys import Journey, bindings, days_between, frequent


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: entities of all cohorts. days: of age that are looked at, without the first. size: entities of a cohort.
    gap: median days between events of a log. drop: how far below its neighbours; z: in standard errors, too."""

    minimum: int = 100
    days: int = 28
    size: int = 20
    gap: float = 14.0
    drop: float = 0.15
    z: float = 5.0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Entities with a creation time and a log that is used every other week."""
    yield from bindings(frequent(catalog, gap=params.gap, many=3.0))


def probe(binding: Binding, params: Params) -> Probe:
    """The weekly cohort that lies deepest below the three before and the three after it."""
    journey: Journey = binding.given["journey"]
    age = days_between("e.happened", "c.created")
    cohorts = f"""WITH _events AS (
    SELECT {journey.entity_key} AS entity, {journey.event_time} AS happened
    FROM {journey.events.sql} e WHERE {journey.key.present("e")} AND {journey.at.of("e")} IS NOT NULL
), _span AS (
    SELECT MIN(happened) AS first, MAX(happened) AS last FROM _events
), _cohort AS (
    SELECT {journey.parent_key} AS entity, {journey.created_time} AS created FROM {binding.table.sql} p, _span
    WHERE {journey.created_time} >= _span.first - INTERVAL 1 DAY AND {days_between("_span.last", journey.created_time)} >= {params.days}
), _back AS (
    SELECT DISTINCT c.entity FROM _cohort c JOIN _events e ON e.entity = c.entity WHERE {age} >= 1 AND {age} < {params.days}
), _weeks AS (
    SELECT DATE_TRUNC('week', c.created) AS week, COUNT(*) AS n, COUNT(b.entity) AS back
    FROM _cohort c LEFT JOIN _back b ON b.entity = c.entity GROUP BY 1 HAVING COUNT(*) >= {params.size}
), _beside AS (
    SELECT week, n, back / n AS share, SUM(back) OVER near / SUM(n) OVER near AS usual, COUNT(*) OVER near AS neighbours
    FROM _weeks WINDOW near AS (ORDER BY week ROWS BETWEEN 3 PRECEDING AND 3 FOLLOWING EXCLUDE CURRENT ROW)
), _low AS (
    SELECT * FROM _beside WHERE neighbours >= 3 AND usual - share >= {params.drop}
      AND usual - share > {params.z} * SQRT(usual * (1 - usual) / n + 1.0 / n / n)
)"""
    measure = f"""{cohorts}
SELECT (SELECT CAST(SUM(n) AS BIGINT) FROM _weeks) AS rows_total, COALESCE(CAST(SUM(n) AS BIGINT), 0) AS rows_affected, COUNT(*) AS cohorts,
    CAST(CAST(arg_max(week, usual - share) AS DATE) AS VARCHAR) AS week, arg_max(share, usual - share) AS retention,
    arg_max(usual, usual - share) AS usual
FROM _low"""
    return Probe(measure=measure, rows=f"{cohorts}\nSELECT *\nFROM _low")


def judge(found: Found, params: Params) -> Verdict | Skip:
    """Any such cohort."""
    if found.rows_total is None:
        return Skip(f"no week has {params.size} new ones", found.binding.place)
    retention = found.values["retention"]
    details = {
        "day": params.days,
        "retention": retention,
        "threshold": found.values["usual"],
        "cohort_size": found.rows_affected,
    }
    return Verdict(size=float(found.values["cohorts"]), details=details, words={"days": params.days})


_USERS = "SELECT i AS user_id, TIMESTAMP '2024-01-01' + to_hours(i * 4) AS created_at FROM range(500) t(i)"
_EVENTS = """SELECT row_number() OVER () AS event_id, u AS user_id, 'login' AS event_name,
    TIMESTAMP '2024-01-01' + to_hours(u * 4) + to_days(CAST(d * 3 AS INTEGER)) AS event_at
FROM range(500) a(u), range(40) b(d) WHERE {where}"""

SPEC = CheckSpec(
    id="growth.cohort_drop",
    defect="low_retention",
    category="business_logic",
    title="A cohort far below its neighbours",
    why="It came by another way, or met something broken.",
    needs="an entity with a creation time and a log of its events with about one in two weeks",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.0, source="persona-metrics: a cohort far below its neighbours"),
    message="Cohort of {week} came back {retention:.0%} within {days} days, its neighbours {usual:.0%} ({rows} of {total} in {table} are in"
    " such a cohort)",
    recommendation="Ask what was different in the week of {week}: a campaign, a release, an outage.",
    details=("week", "usual"),
    example=Example(
        clean={"user": _USERS, "event": _EVENTS.format(where="u % 5 > 0 OR d = 0")},
        damaged={"event": _EVENTS.format(where="d = 0 OR (u % 5 > 0 AND (u < 252 OR u >= 294 OR u % 5 = 1))")},
        finds=42,
        at="user.created_at",
    ),
)
