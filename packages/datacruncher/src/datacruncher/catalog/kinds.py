"""What kind of table a table is, and what its times mean as one of that kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from datacruncher.catalog.model import Column, Table
from datacruncher.catalog.names import Names
from datacruncher.catalog.role_rules import CREATED, KIND_NAMES, STARTED
from datacruncher.catalog.roles import ordered

_OTHER_TIMES = ("birth_date", "update_time", "planned_time", "end_time")
_DOUBTFUL = 0.45  # below what a role needs to be bound


def with_kind(table: Table, tables: Mapping[str, Table], names: Names) -> Table:
    """The table with its kind, and with the roles of its times as that kind asks."""
    children = [key for other in tables.values() for key in other.foreign_keys if key.to_table == table.name]
    referred = any(not key.is_self for key in children)
    table = replace(table, columns=tuple(_one_meaning(column) for column in table.columns))
    kind, confidence = _kind(table, tables, names, referred)
    return _with_times(replace(table, kind=kind, kind_confidence=confidence), names)


def _kind(table: Table, tables: Mapping[str, Table], names: Names, referred: bool) -> tuple[str, float]:
    said = _said("_".join(names.tables[table.name]))
    outward = [key for key in table.foreign_keys if not key.is_self]
    plain = [column for column in table.columns if not column.is_key]
    times = table.having("event_time", "creation_time", "start_time")
    if _is_state(table) and outward and times:
        return "state", 0.9
    if _is_effect(table, said, referred):
        return "effect", 0.8
    if len(outward) >= 2 and len(plain) <= 1 and not times:
        return "bridge", 0.95
    if _is_line_item(table, tables, said, times):
        return "line_item", 0.9 if said == "line_item" else 0.75
    if not outward and referred and table.rows <= 1000 and not times and len(table.columns) <= 6 and said != "entity":
        return "dictionary", 0.85
    return _entity_or_event(table, said, referred, bool(outward), bool(times))


def _said(name: str) -> str:
    return next((kind for kind, pattern in KIND_NAMES if re.search(pattern, name)), "")


def _entity_or_event(table: Table, said: str, referred: bool, outward: bool, timed: bool) -> tuple[str, float]:
    if said == "entity":
        return "entity", 0.9
    if said in {"event", "line_item", "state"} and timed:
        return "event", 0.9
    if timed and outward:
        born = any(column.roles.get("creation_time", 0) >= 0.8 for column in table.columns)
        return ("entity", 0.6) if referred and born else ("event", 0.75)
    if timed and not referred and not table.having("creation_time", "birth_date"):
        return "event", 0.6
    if table.primary_key is not None:
        return "entity", 0.7 if referred or table.having("creation_time") else 0.55
    return "unknown", 0.0


def _is_state(table: Table) -> bool:
    return bool(table.having("previous_state")) or (
        bool(table.having("status", "stage")) and bool(table.having("stage_index"))
    )


def _is_effect(table: Table, said: str, referred: bool) -> bool:
    window = table.having("start_time") and table.having("end_time")
    acts = any(
        re.search(r"multiplier|effect|factor|impact|uplift|lift", column.name.lower()) for column in table.columns
    )
    return bool(window) and not referred and (acts or said == "effect")


def _is_line_item(table: Table, tables: Mapping[str, Table], said: str, times: list[Column]) -> bool:
    events = [key for key in table.foreign_keys if not key.is_self and _has_time(tables[key.to_table])]
    own_time = [column for column in times if column.roles.get("event_time", 0) >= 0.8]
    measures = table.having("quantity", "price", "amount")
    if not events:
        return False
    return (said == "line_item" and bool(measures)) or (
        bool(table.having("quantity")) and not own_time and said != "entity"
    )


def _has_time(table: Table) -> bool:
    return bool(table.having("event_time", "creation_time"))


def _with_times(table: Table, names: Names) -> Table:
    """Settle which of a table's times is the creation of an entity and which the instant of an event.

    ``created_at`` of an event is when it happened; the only time of an entity, if any name says so, is its creation.
    """
    if table.kind in {"entity", "dictionary"}:
        columns = _entity_times(table, names)
    elif table.kind == "effect":
        return table
    else:
        columns = tuple(_event_time(column, _read(column, names)) for column in table.columns)
    return replace(table, columns=columns)


def _read(column: Column, names: Names) -> str:
    return "_".join(names.read(column.table, column.name).words)


def _one_meaning(column: Column) -> Column:
    """A time that is surely something else (a birth, an end, a plan) is no event and no creation."""
    roles = dict(column.roles)
    if any(roles.get(other, 0) >= 0.8 for other in _OTHER_TIMES):
        for role in {"event_time", "creation_time"} & roles.keys():
            roles[role] = min(roles[role], _DOUBTFUL)
    return replace(column, roles=ordered(roles))


def _entity_times(table: Table, names: Names) -> tuple[Column, ...]:
    """Of an entity: its creation is no event; the start of a period that also ends is a doubtful creation."""
    ends = any(column.has("end_time") for column in table.columns)
    born = bool(table.having("creation_time"))
    found = []
    for column in table.columns:
        roles = dict(column.roles)
        if "creation_time" in roles:
            roles["start_time"] = min(roles.get("start_time", 0.0), 0.6)
            if ends and re.search(STARTED, _read(column, names)):
                roles["creation_time"] = min(roles["creation_time"], 0.6)
        if born and "event_time" in roles:
            roles["event_time"] = min(roles["event_time"], _DOUBTFUL)
        found.append(replace(column, roles=ordered(roles)))
    return tuple(found)


def _event_time(column: Column, read: str) -> Column:
    """Of an event: what was created is the event itself."""
    roles = dict(column.roles)
    created = roles.pop("creation_time", 0.0)
    if created > _DOUBTFUL and re.search(CREATED, read):
        roles["event_time"] = max(roles.get("event_time", 0.0), 0.75)
    return replace(column, roles=ordered(roles))
