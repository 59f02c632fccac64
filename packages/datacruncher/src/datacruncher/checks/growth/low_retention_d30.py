"""Few entities come back a month after they were created."""

from __future__ import annotations

from datacruncher.checks.base import CheckSpec, Example, Steps
from datacruncher.checks.growth import _retention
from datacruncher.checks.growth._retention import bind, judge, probe


class Params(_retention.Params, frozen=True, kw_only=True):
    """See day 7; the bound for a month is lower."""

    day: int = 30
    threshold: float = 0.2


_USERS = "SELECT i AS user_id, TIMESTAMP '2024-01-01' + to_hours(i) AS created_at FROM range(100) t(i)"
_EVENTS = """SELECT row_number() OVER (ORDER BY u, d) AS event_id, u AS user_id,
    TIMESTAMP '2024-01-01' + to_hours(u) + to_hours(d * 24 + 1) AS event_at, 'view' AS event_name
FROM range(100) a(u), range(60) b(d) WHERE {where}"""

SPEC = CheckSpec(
    id="growth.low_retention_d30",
    defect="low_retention",
    category="business_logic",
    title="Few come back after a month",
    why="A month decides whether a habit was formed.",
    needs="an entity with a creation time and a log of its events with about one a month",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.0, source="persona-metrics: day 30 below 20%"),
    message="Day {day} retention only {retention:.0%}: of {total} in {table}, {rows} are not back {form} in {related_table}",
    recommendation="Compare the cohorts before and after the last change of the product; in generated data, flatten the"
    " tail of {table}'s vintage_behavior curve.",
    details=("day", "threshold", "on_day", "on_or_after"),
    example=Example(
        clean={"user": _USERS, "event": _EVENTS.format(where="TRUE")},
        damaged={"event": _EVENTS.format(where="d < 20 OR u % 10 = 0")},
        finds=90,
        at="user.created_at",
    ),
)
