"""Few entities come back a week after they were created."""

from __future__ import annotations

from datacruncher.checks.base import CheckSpec, Example, Steps
from datacruncher.checks.growth._retention import Params, bind, judge, probe

_USERS = "SELECT i AS user_id, TIMESTAMP '2024-01-01' + to_hours(i) AS created_at FROM range(100) t(i)"
_EVENTS = """SELECT row_number() OVER (ORDER BY u, d) AS event_id, u AS user_id,
    TIMESTAMP '2024-01-01' + to_hours(u) + to_hours(d * 24 + 1) AS event_at, 'view' AS event_name
FROM range(100) a(u), range({days}) b(d) WHERE {where}"""

SPEC = CheckSpec(
    id="growth.low_retention_d7",
    defect="low_retention",
    category="business_logic",
    title="Few come back after a week",
    why="What is learned about customers rests on those who stay; growth that leaks is paid for twice.",
    needs="an entity with a creation time and a log of its events with about one a week",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(high=0.0, source="the design's own example: 40 to 60% is usual on day 7"),
    message="Day {day} retention only {retention:.0%}: of {total} in {table}, {rows} are not back {form} in {related_table}"
    " (usual: 40-60%)",
    recommendation="Review onboarding; in generated data, give {table} a vintage_behavior curve that falls less steeply.",
    details=("day", "threshold", "on_day", "on_or_after"),
    example=Example(
        clean={"user": _USERS, "event": _EVENTS.format(days=30, where="TRUE")},
        damaged={"event": _EVENTS.format(days=30, where="d < 6 OR u % 4 = 0")},
        finds=75,
        at="user.created_at",
    ),
)
