"""As many new entities in every month over years: a flat line."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.journeys import is_party, moment


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: entities. months: whole months needed. spread: variance of the months' counts over their mean up to which they
    differ by chance alone. trend: growth over the whole time, relative to the mean, up to which the line is flat."""

    minimum: int = 500
    months: int = 24
    spread: float = 2.0
    trend: float = 0.15


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Parties with a creation time."""
    for table in catalog:
        created = table.created
        if created is not None and is_party(table) and table.kind in {"entity", "unknown"}:
            yield Binding(table, (created,), confidence=created.roles.get("creation_time", 1.0))


def probe(binding: Binding, params: Params) -> Probe:
    """Variance over mean of the new of each whole month, by its length, and the slope of a line through them."""
    created = moment(binding.column, "p")
    measure = f"""WITH _counts AS (
    SELECT DATE_TRUNC('month', {created}) AS month, COUNT(*) AS n FROM {binding.table.sql} p
    WHERE {binding.column.of("p")} IS NOT NULL GROUP BY 1
), _whole AS (
    SELECT n * 30.4 / date_diff('day', month, month + INTERVAL 1 MONTH) AS n, row_number() OVER (ORDER BY month) AS nr FROM _counts
    WHERE month > (SELECT MIN(month) FROM _counts) AND month < (SELECT MAX(month) FROM _counts)
)
SELECT COUNT(*) AS months, CAST(ROUND(SUM(n)) AS BIGINT) AS rows_total, VAR_SAMP(n) / NULLIF(AVG(n), 0) AS observed,
    regr_slope(n, nr) * COUNT(*) / NULLIF(AVG(n), 0) AS trend, AVG(n) AS mean
FROM _whole"""
    return Probe(measure=measure)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """No more spread than chance, and no trend: nobody's growth is like that over years."""
    values = found.values
    if int(values["months"] or 0) < params.months or found.observed is None:
        return Skip(f"{values['months']} whole months; {params.months} are needed", found.binding.place)
    flat = float(found.observed) < params.spread and abs(float(values["trend"] or 0.0)) < params.trend
    details = {"statistic": found.observed, "bound": params.spread}
    return Verdict(size=1.0 if flat else 0.0, expected={"min": params.spread}, unit="statistic", details=details)


_USERS = """SELECT i AS user_id, 'u' || i AS user_name, TIMESTAMP '2021-01-01' + to_minutes(CAST({at} AS BIGINT)) AS created_at
FROM range(1500) t(i)"""

SPEC = CheckSpec(
    id="realism.flat_growth",
    defect="uniform_distribution",
    category="realism",
    title="New ones at a constant rate for years",
    why="Businesses grow, shrink and have seasons; cohorts of equal size teach nothing about any of that.",
    needs="people or accounts with a creation time over at least two years",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    metric="new_per_month_dispersion",
    severity=Steps(low=0.0, source="index of dispersion of a Poisson process is 1 (Fisher 1950)"),
    message="Flat growth: {mean:,.0f} new in {table} in every month for {months} months, no more spread than chance",
    recommendation="In generated data, draw {column} with a trend or a season.",
    details=("months", "trend"),
    example=Example(
        clean={"user": _USERS.format(at="i * i * 0.7")},
        damaged={"user": _USERS.format(at="i * 1051")},
        finds=None,
        at="user.created_at",
    ),
)
