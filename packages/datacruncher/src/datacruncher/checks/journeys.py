"""Entities and what they do: the binding that retention, activation, churn and decay share.

A journey is an entity with a creation time, and the log of what it does: the table of events that refers to it by a
foreign key and has a time. Purchases of a shop with one order a year are no log: whether a log is frequent enough for
a question is measured (``pace``), never guessed from its name alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from datacruncher.catalog import Catalog, Column, ForeignKey, Table
from datacruncher.catalog.model import confidence_of
from datacruncher.checks.base import Binding, Place, Skip

LOG_NAME = re.compile(r"event|activit|session|login|log|usage|visit|action|click|view|play|watch|ping", re.IGNORECASE)


PARTY_NAME = re.compile(
    r"user|customer|client|account|member|subscriber|patient|guest|buyer|payer|player|student|tenant|visitor|person|lead",
    re.IGNORECASE,
)


# Who serves and is not served: neither pays, nor stays, nor leaves as a customer does.
_SERVING_NAME = re.compile(
    r"supplier|vendor|manufacturer|provider|employee|staff|warehouse|carrier|shipper", re.IGNORECASE
)


def is_party(table: Table) -> bool:
    """Whether the rows are people or organisations that act: by name, or by how they can be reached."""
    if _SERVING_NAME.search(table.name):
        return False
    known = table.role("email", "phone", "person_name", "first_name") is not None
    return (known or bool(PARTY_NAME.search(table.name))) and not table.having("price") and table.kind != "dictionary"


def moment(column: Column, alias: str) -> str:
    """The column as a plain UTC timestamp, whatever its type of time (date, timestamp, with or without zone)."""
    return f"make_timestamp(CAST(epoch_us({column.of(alias)}) AS BIGINT))"


def days_between(later: str, earlier: str) -> str:
    """Days, with fractions, between two timestamps."""
    return f"(epoch({later}) - epoch({earlier})) / 86400.0"


@dataclass(frozen=True, slots=True)
class Journey:
    """An entity table, its creation time, and the log of its events.

    Parameters
    ----------
    entity, created
        The table of the entities and the time of their creation; `created` is None where none is known.
    events, at, key
        The table of the events, their time, and the foreign key to the entity.
    """

    entity: Table
    created: Column | None
    events: Table
    at: Column
    key: ForeignKey

    @property
    def confidence(self) -> float:
        """Of the weakest premise."""
        roles = [self.created.roles.get("creation_time", 1.0)] if self.created else []
        return confidence_of(self.key, roles)

    @property
    def event_time(self) -> str:
        """The event's time as a plain timestamp of alias e."""
        return moment(self.at, "e")

    @property
    def created_time(self) -> str:
        """The entity's creation as a plain timestamp of alias p."""
        if self.created is None:
            raise ValueError(f"{self.entity.name} has no creation time")
        return moment(self.created, "p")

    @property
    def entity_key(self) -> str:
        """The entity's key as one value of alias e (a row for composite keys)."""
        names = [self.events.column(name).of("e") for name in self.key.columns]
        return names[0] if len(names) == 1 else f"ROW({', '.join(names)})"

    @property
    def parent_key(self) -> str:
        """The same key as one value of alias p."""
        names = [self.entity.column(name).of("p") for name in self.key.to_columns]
        return names[0] if len(names) == 1 else f"ROW({', '.join(names)})"

    def binding(self) -> Binding:
        """As checks bind it: the finding lies at the entity's creation, related to the events' time."""
        return Binding(
            self.entity,
            (self.created,) if self.created else self.entity.key_columns,
            related=self.events,
            related_columns=(self.at,),
            key=self.key,
            confidence=self.confidence,
            given={"journey": self},
        )


@dataclass(frozen=True, slots=True)
class Pace:
    """How often entities act: the median days between two events of one, and the 90th percentile of events of one."""

    median_gap: float | None
    many: float


def pace(catalog: Catalog, journey: Journey) -> Pace:
    """Measured once per journey and shared."""
    key = ("pace", journey.events.name, journey.key.columns, journey.at.name)
    if key not in catalog.shared:
        rows = catalog.ask(
            f"WITH events AS (SELECT {journey.entity_key} AS entity, {journey.event_time} AS happened\n"
            f"FROM {journey.events.sql} e WHERE {journey.key.present('e')} AND {journey.at.of('e')} IS NOT NULL),\n"
            "each AS (SELECT entity, COUNT(*) AS n, (epoch(MAX(happened)) - epoch(MIN(happened))) / 86400.0 / (COUNT(*) - 1) AS gap\n"
            "FROM events GROUP BY entity)\n"
            "SELECT median(gap) FILTER (WHERE n > 1) AS gap, quantile_cont(n, 0.9) AS many FROM each"
        )
        gap, many = (rows[0]["gap"], rows[0]["many"]) if rows else (None, None)
        catalog.shared[key] = Pace(None if gap is None else float(gap), float(many or 0))
    found: Pace = catalog.shared[key]
    return found


def is_log(table: Table) -> bool:
    """Whether the table records activity by its columns or its name, not only transactions."""
    return bool(table.having("event_name", "feature")) or bool(LOG_NAME.search(table.name))


def _is_once(table: Table) -> bool:
    """Whether its rows are passed once, and nobody comes back for them: stages of a funnel, states, lists."""
    return table.kind in {"dictionary", "effect", "state"} or bool(table.having("stage"))


def logs_of(catalog: Catalog, entity: Table) -> list[tuple[Table, Column, ForeignKey]]:
    """Tables with a time that refer to `entity`, logs first, then those with most rows."""
    found = []
    for key in catalog.children(entity):
        table = catalog.tables[key.table]
        at = table.happened
        if at is not None and not key.is_self and not _is_once(table):
            found.append((table, at, key))
    return sorted(found, key=lambda item: (not is_log(item[0]), -item[0].rows, item[0].name))


def journeys(catalog: Catalog, *, needs_creation: bool = True) -> Iterator[Journey | Skip]:
    """One journey for each entity that acts, with its best log; Skip where it has events but no creation time."""
    for entity in catalog:
        if entity.primary_key is None or entity.kind in {"dictionary", "effect", "line_item", "bridge"}:
            continue
        logs = logs_of(catalog, entity)
        if not logs or not (is_party(entity) or is_log(logs[0][0])):
            continue
        if needs_creation and entity.created is None:
            yield Skip(f"{entity.name} has no creation time", Place(entity.name))
            continue
        table, at, key = logs[0]
        yield Journey(entity, entity.created, table, at, key)


def frequent(catalog: Catalog, *, gap: float, many: float = 5.0) -> Iterator[Journey | Skip]:
    """Journeys whose entities act at least every `gap` days (median), the busy ones at least `many` times."""
    for journey in journeys(catalog):
        if isinstance(journey, Skip):
            yield journey
            continue
        found = pace(catalog, journey)
        place = Place(journey.events.name, (journey.at.name,))
        if found.median_gap is None or found.many < many:
            yield Skip(f"{journey.entity.name} rarely acts more than once in {journey.events.name}", place)
        elif found.median_gap > gap:
            days = f"{found.median_gap:.0f} days (median)"
            yield Skip(f"{journey.entity.name} acts in {journey.events.name} every {days}: too rare to tell", place)
        else:
            yield journey


def bindings(found: Iterator[Journey | Skip]) -> Iterator[Binding | Skip]:
    """Journeys as bindings; skips as they are."""
    for item in found:
        yield item if isinstance(item, Skip) else item.binding()
