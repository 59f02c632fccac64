"""From facts and names to roles and kinds, each with a confidence."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from datacruncher.catalog.model import Column, ForeignKey, Table
from datacruncher.catalog.names import Names
from datacruncher.catalog.role_rules import CREATED, FORM_RULES, KIND_NAMES, NAME_RULES
from datacruncher.words import word_set

_FEW = 200  # distinct values that a category may have
_KEY_ROLES = ("primary_key", "foreign_key")
_CLASSIFYING = word_set("status stage segment plan channel event_name category flag previous_state")
_STATES = frozenset(  # words that say that a column called "state" holds a status and no province
    [
        "active",
        "inactive",
        "open",
        "closed",
        "pending",
        "new",
        "cancelled",
        "canceled",
        "churned",
        "trial",
        "paid",
        "paused",
        "suspended",
        "failed",
        "completed",
        "done",
        "draft",
        "approved",
        "rejected",
        "expired",
        "terminated",
        "shipped",
        "delivered",
        "returned",
        "processing",
        "started",
        "stopped",
        "free",
        "premium",
        "dormant",
        "reactivated",
        "prospect",
        "lead",
        "customer",
        "subscribed",
        "unsubscribed",
        "running",
        "error",
        "success",
        "enabled",
        "disabled",
    ]
)


def with_roles(table: Table, names: Names) -> Table:
    """The table with the roles of its columns; its keys are known already."""
    keys = set(table.primary_key.columns if table.primary_key else ())
    references = {name: key for key in table.foreign_keys for name in key.columns}
    columns = tuple(_with_roles(table, column, keys, references, names) for column in table.columns)
    return replace(table, columns=columns)


def _with_roles(
    table: Table, column: Column, keys: set[str], references: Mapping[str, ForeignKey], names: Names
) -> Column:
    roles: dict[str, float] = {}
    if column.name in keys and table.primary_key:
        roles["primary_key"] = table.primary_key.confidence
    if column.name in references:
        roles["foreign_key"] = references[column.name].confidence
    read = "_".join(names.read(table.name, column.name).words)
    roles |= _by_form(column, read)
    for role, confidence in _by_name(column, read, bool(roles.keys() & set(_KEY_ROLES))).items():
        roles[role] = max(confidence, roles.get(role, 0.0))
    if column.family == "boolean":
        roles.setdefault("flag", 0.9)
    if column.family == "text" and not roles and 1 < column.facts.distinct <= min(_FEW, column.facts.present / 10):
        roles["category"] = 0.6
    ordered = sorted(roles.items(), key=lambda item: (item[0] not in _KEY_ROLES, -item[1]))
    return replace(column, roles=dict(ordered))


def _by_name(column: Column, read: str, is_key: bool) -> dict[str, float]:
    found: dict[str, float] = {}
    for rule in NAME_RULES:
        if column.family in rule.families and rule.role not in found and re.search(rule.pattern, read):
            confidence = rule.confidence * _plausible(column, rule.role)
            if confidence >= 0.3 and not (is_key and rule.role not in {"channel", "campaign", "feature", "country"}):
                found[rule.role] = round(confidence, 3)
    if (
        column.family in {"text", "integer"}
        and read.rsplit("_", maxsplit=1)[-1] == "state"
        and "previous_state" not in found
    ):
        found |= _state(column)
    if column.facts.forms.get("email", 0) >= 0.5:
        found.pop("label", None)
    return found


def _plausible(column: Column, role: str) -> float:
    """A factor below 1 where the values speak against what the name says."""
    facts = column.facts
    if role in _CLASSIFYING and facts.present > 0:
        return 1.0 if facts.distinct <= max(_FEW, 20) else 0.4
    if role == "age":
        return 1.0 if facts.maximum is None or (facts.minimum >= 0 and facts.maximum <= 1000) else 0.3
    if role in {"latitude", "longitude"} and facts.mean is not None:
        return 1.0 if abs(facts.mean) <= 180 else 0.2
    if role in {"email", "phone", "url", "ip"}:
        form = facts.forms.get(role, 0.0) if facts.forms or facts.present else 1.0
        return 0.5 + 0.5 * min(1.0, form / 0.8)
    if role == "currency" and column.family == "text":
        return 1.0 if (facts.max_length or 3) <= 20 else 0.3
    return 1.0


def _state(column: Column) -> dict[str, float]:
    """A column called "state": a status if its least or greatest value is a word for one, else a region."""
    bounds = {str(value).lower() for value in (column.facts.minimum, column.facts.maximum) if value is not None}
    if bounds & _STATES or (column.facts.distinct <= 8 and (column.facts.max_length or 0) > 3):
        return {"status": 0.85}
    return {"region": 0.85}


def _by_form(column: Column, read: str) -> dict[str, float]:
    return {
        rule.role: rule.confidence
        for rule in FORM_RULES
        if column.facts.forms.get(rule.form, 0.0) >= rule.share and re.search(rule.name, read)
    }


def with_kind(table: Table, tables: Mapping[str, Table], names: Names) -> Table:
    """The table with its kind, and with the roles of its times as that kind asks."""
    children = [key for other in tables.values() for key in other.foreign_keys if key.to_table == table.name]
    referred = any(not key.is_self for key in children)
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
        return _settle(table, _entity_time)
    if table.kind in {"event", "line_item", "state", "unknown", "bridge"}:
        return _settle(table, lambda column: _event_time(column, "_".join(names.read(table.name, column.name).words)))
    return table


def _settle(table: Table, settle: Callable[[Column], Column]) -> Table:
    return replace(table, columns=tuple(settle(column) if column.is_time else column for column in table.columns))


def _entity_time(column: Column) -> Column:
    """Of an entity: a creation is no period's start."""
    roles = dict(column.roles)
    if "creation_time" in roles:
        roles.pop("event_time", None)
        roles["start_time"] = min(roles.get("start_time", 0.0), 0.6)
    return replace(column, roles=_ordered(_no_event(roles)))


def _no_event(roles: dict[str, float]) -> dict[str, float]:
    """What is surely a birth, an update, a plan or an end is no instant of an event."""
    if any(roles.get(other, 0.0) >= 0.8 for other in ("birth_date", "update_time", "planned_time", "end_time")):
        roles["event_time"] = min(roles.get("event_time", 0.0), 0.45)
    return roles


def _event_time(column: Column, read: str) -> Column:
    """Of an event: what was created is the event itself."""
    roles = dict(column.roles)
    created = roles.pop("creation_time", 0.0)
    if created and re.search(CREATED, read) and not roles.keys() & {"end_time", "planned_time", "birth_date"}:
        roles["event_time"] = max(roles.get("event_time", 0.0), 0.75)
    return replace(column, roles=_ordered(_no_event(roles)))


def _ordered(roles: Mapping[str, float]) -> dict[str, float]:
    kept = {role: confidence for role, confidence in roles.items() if confidence > 0}
    return dict(sorted(kept.items(), key=lambda item: (item[0] not in _KEY_ROLES, -item[1])))
