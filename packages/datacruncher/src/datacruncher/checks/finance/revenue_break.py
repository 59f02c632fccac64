"""Revenue per month changes its level and stays there."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.finance._money import main_flows
from datacruncher.checks.journeys import moment


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: rows. months: whole months needed. rows_a_month: rows that make a month's sum steady enough.
    deviations: robust deviations. change: least relative change."""

    minimum: int = 100
    months: int = 10
    rows_a_month: int = 30
    deviations: float = 3.0
    change: float = 0.3


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Every table in which money moves over time."""
    yield from main_flows(catalog)


def probe(binding: Binding, params: Params) -> Probe:
    """The month whose jump, and whose level of the three months after it, stand out most from all other months."""
    at, money = moment(binding.uses["at"], "e"), binding.column
    months = f"""WITH months AS (
    SELECT date_trunc('month', {at}) AS month, SUM({money.of("e")}) AS revenue, COUNT(*) AS n
    FROM {binding.table.sql} e
    WHERE {binding.uses["at"].of("e")} IS NOT NULL AND {money.of("e")} IS NOT NULL
    GROUP BY 1
), whole AS (
    SELECT * FROM months
    WHERE month > (SELECT MIN(month) FROM months) AND month < (SELECT MAX(month) FROM months) AND revenue > 0
), steps AS (
    SELECT month, n, exp(AVG(ln(revenue)) OVER after) AS level_after, exp(AVG(ln(revenue)) OVER before) AS level_before,
           ln(revenue) - lag(ln(revenue)) OVER (ORDER BY month) AS jump,
           AVG(ln(revenue)) OVER after - AVG(ln(revenue)) OVER before AS step,
           date_diff('month', MIN(month) OVER before, MAX(month) OVER after) = 5 AS gapless,
           ln(MAX(revenue) OVER after) - ln(MIN(revenue) OVER after) AS unrest
    FROM whole
    WINDOW after AS (ORDER BY month ROWS BETWEEN CURRENT ROW AND 2 FOLLOWING),
           before AS (ORDER BY month ROWS BETWEEN 3 PRECEDING AND 1 PRECEDING)
), usual AS (
    SELECT median(jump) AS drift, 1.4826 * mad(jump) AS spread,
           median(step) FILTER (WHERE gapless) AS slope, 1.4826 * mad(step) FILTER (WHERE gapless) AS sway
    FROM steps
), judged AS (
    SELECT month, n, level_before AS before, level_after AS after, level_after / level_before - 1 AS change,
           LEAST(ABS(jump - drift) / GREATEST(spread, 0.02), ABS(step - slope) / GREATEST(sway, 0.02)) AS deviations
    FROM steps, usual WHERE gapless AND unrest <= GREATEST(0.6 * ABS(step), 4 * spread) -- what goes on falling is no level
)"""
    measure = f"""{months}
SELECT (SELECT COUNT(*) FROM whole) AS months, (SELECT SUM(n) FROM whole) AS rows_total, j.n AS rows_affected,
    CAST(CAST(j.month AS DATE) AS VARCHAR) AS period, j.before, j.after, j.change, j.deviations AS observed,
    (SELECT median(revenue) FROM whole) AS monthly, (SELECT median(n) FROM whole) AS rows_a_month
FROM (SELECT * FROM judged WHERE ABS(change) >= {params.change} ORDER BY deviations DESC, month LIMIT 1) j
RIGHT JOIN (SELECT 1) one ON TRUE"""
    return Probe(measure=measure, rows=f"{months}\nSELECT *\nFROM judged\nORDER BY month")


def judge(found: Found, params: Params) -> Verdict | Skip:
    """A change of level by more than `deviations` robust deviations of the monthly jumps."""
    months = int(found.values["months"] or 0)
    if months < params.months:
        return Skip(f"{months} whole months; {params.months} are needed")
    if float(found.values["rows_a_month"] or 0) < params.rows_a_month:
        return Skip(f"fewer than {params.rows_a_month} rows in a usual month")
    metrics = {"revenue_in_a_usual_month": found.values["monthly"]}
    if found.values["period"] is None:
        return Verdict(size=0.0, unit="deviations", metrics=metrics)
    details = {
        "deviations": found.observed,
        "time_column": found.binding.uses["at"].name,
        "amount_column": found.binding.column.name,
    }
    expected = {"max": params.deviations}
    return Verdict(
        size=float(found.observed),
        expected=expected,
        unit="deviations",
        details=details,
        words={"change": found.values["change"]},
        metrics=metrics,
    )


_SALES = """SELECT i AS sale_id, TIMESTAMP '2023-01-01' + to_hours(i * 4) AS sold_at,
    (50 + (i * 37) % 20) {extra} AS amount FROM range(4000) t(i)"""

SPEC = CheckSpec(
    id="finance.revenue_break",
    defect="revenue_break",
    category="business_logic",
    title="Revenue changes its level",
    why="A step that is not explained is a lost source, a doubled load or a changed definition.",
    needs="a table with an amount and a time over at least a year",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(high=6.0, medium=3.0, source="persona-metrics: a level change of more than 3 robust deviations"),
    message="Revenue break in {table}: from {before:,.0f} to {after:,.0f} a month at {period} ({change:+.0%}, {observed:.1f} robust"
    " deviations)",
    recommendation="Ask what changed in {period}: a source, a price, a definition; in generated data, check trend and effects.",
    details=("period", "before", "after", "change"),
    example=Example(
        clean={"sale": _SALES.format(extra="")},
        damaged={"sale": _SALES.format(extra="* CASE WHEN i > 2200 THEN 3 ELSE 1 END")},
        finds=None,
        at="sale.amount",
    ),
)
