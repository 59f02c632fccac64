"""From facts and names to the roles of columns, each with a confidence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from datacruncher.catalog.model import Column, ForeignKey, Table
from datacruncher.catalog.names import Names
from datacruncher.catalog.role_rules import FORM_RULES, NAME_RULES
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
    return replace(column, roles=ordered(roles))


def _by_name(column: Column, read: str, is_key: bool) -> dict[str, float]:
    found: dict[str, float] = {}
    for rule in NAME_RULES:
        if column.family in rule.families and rule.role not in found and re.search(rule.pattern, read):
            confidence = rule.confidence * _plausible(column, rule.role)
            if confidence >= 0.3 and not (is_key and rule.role not in {"channel", "campaign", "feature", "country"}):
                found[rule.role] = round(confidence, 3)
    if (
        column.family in {"text", "integer"}
        and (read.rsplit("_", maxsplit=1)[-1] == "state" or read == "state_name")
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


def ordered(roles: Mapping[str, float]) -> dict[str, float]:
    """Roles with a confidence, keys first, then the likeliest."""
    kept = {role: confidence for role, confidence in roles.items() if confidence > 0}
    return dict(sorted(kept.items(), key=lambda item: (item[0] not in _KEY_ROLES, -item[1])))
