"""Day-N retention of entities, in its bounded and its unbounded form."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, Found, Probe, Skip, Verdict
from datacruncher.checks.journeys import Journey, bindings, days_between, frequent, pace


class Params(base.Params, frozen=True, kw_only=True):
    """What a persona may change.

    day: days after creation. threshold: the share that should be back. daily: up to this median gap (days) between
    events, "back on day N" is asked; for rarer use "back on day N or later".
    """

    day: int = 7
    threshold: float = 0.4
    daily: float = 1.5


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Entities whose members act at least about every `day` days."""
    for found in bindings(frequent(catalog, gap=float(params.day))):
        if isinstance(found, Binding):
            journey: Journey = found.given["journey"]
            given = {**found.given, "gap": pace(catalog, journey).median_gap}
            yield Binding(**{**found.__dict__, "given": given})
        else:
            yield found


def probe(binding: Binding, params: Params) -> Probe:
    """Entities that were created while events were recorded, long enough ago, and are not back."""
    journey: Journey = binding.given["journey"]
    gap = float(binding.given["gap"] or 1.0)
    bounded = gap <= params.daily
    watch = params.day + (1.0 if bounded else max(1.0, 3.0 * gap))
    age = days_between("e.happened", "p.created")
    back = f"age >= {params.day} AND age < {params.day + 1}" if bounded else f"age >= {params.day}"
    keys = ", ".join(f"{column.of('p')}" for column in binding.table.key_columns)
    cohort = f"""WITH events AS (
    SELECT {journey.entity_key} AS entity, {journey.event_time} AS happened
    FROM {journey.events.sql} e
    WHERE {journey.key.present("e")} AND {journey.at.of("e")} IS NOT NULL
), span AS (
    SELECT MIN(happened) AS first, MAX(happened) AS last FROM events
), cohort AS (
    SELECT {keys}, {journey.parent_key} AS entity, {journey.created_time} AS created
    FROM {binding.table.sql} p, span
    WHERE {journey.created_time} >= span.first - INTERVAL 1 DAY
      AND {days_between("span.last", journey.created_time)} >= {watch}
), aged AS (
    SELECT e.entity, {age} AS age FROM events e JOIN cohort p USING (entity)
), returned AS (
    SELECT entity, BOOL_OR({back}) AS back, BOOL_OR(age >= {params.day} AND age < {params.day + 1}) AS on_day,
           BOOL_OR(age >= {params.day}) AS later
    FROM aged GROUP BY entity
), judged AS (
    SELECT cohort.*, COALESCE(back, FALSE) AS back, COALESCE(on_day, FALSE) AS on_day, COALESCE(later, FALSE) AS later
    FROM cohort LEFT JOIN returned USING (entity)
)"""
    names = ", ".join(column.sql for column in binding.table.key_columns)
    measure = (
        f"{cohort}\nSELECT COUNT(*) FILTER (WHERE NOT back) AS rows_affected, COUNT(*) AS rows_total,\n"
        "    AVG(CAST(back AS INTEGER)) AS observed, AVG(CAST(on_day AS INTEGER)) AS on_day,\n"
        f"    AVG(CAST(later AS INTEGER)) AS on_or_after, {params.day} AS day, {params.threshold} AS threshold\nFROM judged"
    )
    return Probe(measure=measure, rows=f"{cohort}\nSELECT {names}, created\nFROM judged\nWHERE NOT back")


def judge(found: Found, params: Params) -> Verdict | Skip:
    """The share that is back, against the threshold; `size` is how far it falls short."""
    retention = float(found.observed or 0.0)
    gap = float(found.binding.given["gap"] or 1.0)
    form = f"on day {params.day}" if gap <= params.daily else f"on day {params.day} or later"
    return Verdict(
        size=params.threshold - retention,
        expected={"min": params.threshold},
        details={"retention": retention, "cohort_size": found.rows_total, "form": form, "median_gap_days": gap},
        words={"retention": retention, "form": form},
        metrics={f"retention_d{params.day}": retention},
    )
