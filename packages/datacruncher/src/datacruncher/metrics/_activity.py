"""What metrics of activity share: the events of a journey, the span they cover, and its entities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks.base import Binding, Skip
from datacruncher.checks.journeys import Journey, bindings, days_between, is_log, journeys


def journeys_bound(catalog: Catalog, _params: Any) -> Iterator[Binding | Skip]:
    """Entities with a creation time and what they do."""
    yield from bindings(journeys(catalog))


def activity_bound(catalog: Catalog, _params: Any) -> Iterator[Binding | Skip]:
    """Entities and what they do, creation time or not; the place is the log."""
    for journey in journeys(catalog, needs_creation=False):
        yield journey if isinstance(journey, Skip) else at_log(journey)


def logs_bound(catalog: Catalog, _params: Any) -> Iterator[Binding | Skip]:
    """Logs of activity; a table of purchases has no daily users."""
    for journey in journeys(catalog, needs_creation=False):
        if isinstance(journey, Skip):
            yield journey
        elif is_log(journey.events):
            yield at_log(journey)


def at_log(journey: Journey) -> Binding:
    """The journey, bound at its log."""
    found = journey.binding()
    return replace(found, table=journey.events, columns=(journey.at,), related=journey.entity, related_columns=())


def events(journey: Journey) -> str:
    """SQL, CTEs: ``_events`` (entity, happened) and ``_span`` (first, last)."""
    return f"""_events AS (
    SELECT {journey.entity_key} AS entity, {journey.event_time} AS happened
    FROM {journey.events.sql} e
    WHERE {journey.key.present("e")} AND {journey.at.of("e")} IS NOT NULL
), _span AS (
    SELECT MIN(happened) AS first, MAX(happened) AS last FROM _events
)"""


def cohort(journey: Journey, also: str = "") -> str:
    """SQL, CTE: ``_cohort`` (entity, created, watched): created while events were recorded, and days since then."""
    return f"""_cohort AS (
    SELECT {journey.parent_key} AS entity, {journey.created_time} AS created,
           {days_between("_span.last", journey.created_time)} AS watched{also}
    FROM {journey.entity.sql} p, _span
    WHERE {journey.created_time} >= _span.first - INTERVAL 1 DAY AND {journey.created_time} <= _span.last
)"""
