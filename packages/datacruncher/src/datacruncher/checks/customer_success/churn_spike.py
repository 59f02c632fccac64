"""Far more leave in one month than usual."""

from __future__ import annotations

import re
from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.journeys import moment

LEFT = (
    "churned",
    "churn",
    "cancelled",
    "canceled",
    "terminated",
    "closed",
    "lost",
    "expired",
    "inactive",
    "unsubscribed",
)


STATES = re.compile(r"subscri|member|contract|lifecycle|status|state|churn|plan_change", re.IGNORECASE)


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: moves into a state of leaving. months: whole months needed. times: the spike over the usual month."""

    minimum: int = 50
    months: int = 6
    times: float = 2.0
    deviations: float = 3.0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Tables of state changes with a state that means leaving."""
    for table in catalog:
        at = table.happened or table.role("update_time")
        state = table.role("status")
        if at is None or state is None or not is_of_states(table):
            continue
        left = [value for value, _ in catalog.values(state, limit=50) if str(value).strip().lower() in LEFT]
        if left:
            yield Binding(
                table, (state,), uses={"at": at}, given={"left": left}, confidence=state.roles.get("status", 1.0)
            )


def is_of_states(table: Table) -> bool:
    """Whether the rows are changes of the state of an entity, not orders that can be cancelled."""
    return (
        bool(table.foreign_keys)
        and table.kind != "entity"
        and (table.kind == "state" or bool(STATES.search(table.name)))
    )


def probe(binding: Binding, params: Params) -> Probe:
    """Moves out per month; the worst month against the median of all."""
    state, at = binding.column, moment(binding.uses["at"], "e")
    months = f"""WITH months AS (
    SELECT date_trunc('month', {at}) AS month, COUNT(*) FILTER (WHERE {state.of("e")} IN {_tuple(binding.given["left"])}) AS churned
    FROM {binding.table.sql} e WHERE {binding.uses["at"].of("e")} IS NOT NULL GROUP BY 1
), whole AS (
    SELECT * FROM months WHERE month > (SELECT MIN(month) FROM months) AND month < (SELECT MAX(month) FROM months)
), usual AS (
    SELECT median(churned) AS usual, 1.4826 * mad(churned) AS spread, COUNT(*) AS months FROM whole
)"""
    measure = f"""{months}
SELECT CAST(CAST(month AS DATE) AS VARCHAR) AS period, churned AS rows_affected, (SELECT SUM(churned) FROM whole) AS rows_total,
    churned / NULLIF(usual, 0) AS observed, (churned - usual) / GREATEST(spread, SQRT(GREATEST(usual, 1))) AS deviations, usual, months
FROM whole, usual ORDER BY churned DESC, month LIMIT 1"""
    return Probe(measure=measure, rows=f"{months}\nSELECT *\nFROM whole\nORDER BY month")


def _tuple(values: list[object]) -> str:
    return "(" + ", ".join(sql.literal(value) for value in values) + ")"


def judge(found: Found, params: Params) -> Verdict | Skip:
    """Beyond chance (Poisson and the months' own spread) and at least twice the usual."""
    if int(found.values.get("months") or 0) < params.months:
        return Skip(f"fewer than {params.months} whole months")
    times, deviations = float(found.observed or 0.0), float(found.values["deviations"] or 0.0)
    spikes = times >= params.times and deviations > params.deviations
    return Verdict(
        size=times if spikes else 0.0,
        expected={"max": params.times},
        unit="ratio",
        details={"churn": found.rows_affected, "usual": found.values["usual"]},
        words={"times": times},
        metrics={"churned_per_month": found.values["usual"]},
    )


_USERS = "SELECT i AS user_id, 'u' || i AS name FROM range(500) t(i)"
_STATES = """SELECT i AS change_id, i % 500 AS user_id, TIMESTAMP '2024-01-01' + to_hours(i * 9) AS changed_at,
    CASE WHEN i % 10 = 0 {more} THEN 'churned' ELSE 'active' END AS status FROM range(900) t(i)"""

SPEC = CheckSpec(
    id="customer_success.churn_spike",
    defect="churn_spike",
    category="business_logic",
    title="A month of far more churn",
    why="A spike has a cause that can be found while people remember it.",
    needs="state changes of an entity with a state of leaving",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(
        high=3.0, medium=0.0, source="three robust deviations; twice the usual is visible, thrice changes the plan"
    ),
    message="Churn spike: {rows} left in {period}, {times:.1f} times the usual {usual:.0f} ({table}.{column})",
    recommendation="Look at prices, releases and billing runs of that month.",
    details=("period",),
    example=Example(
        clean={"user": _USERS, "status_change": _STATES.format(more="")},
        damaged={"status_change": _STATES.format(more="OR (i BETWEEN 400 AND 460)")},
        finds=None,
        at="status_change.status",
    ),
)
