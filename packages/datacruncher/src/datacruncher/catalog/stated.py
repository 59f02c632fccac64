"""What a schema says about kinds and roles; it overrules what names and values suggest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from datacruncher.catalog.model import Table
from datacruncher.catalog.roles import ordered
from datacruncher.documents import Document, Modifier, NodeDocument

_TIMES = ("creation_time", "event_time")


def with_stated(table: Table, document: Document | None) -> Table:
    """The table with the kind and the roles that its node declares."""
    node = document.node(table.name) if document else None
    if document is None or node is None:
        return table
    stated = dict(_roles(table, node))
    columns = []
    for column in table.columns:
        role = stated.get(column.name)
        roles = dict(column.roles)
        if role in _TIMES:
            roles = {name: certainty for name, certainty in roles.items() if name not in _TIMES}
        elif any(role in _TIMES for role in stated.values()) and column.is_time:
            roles = {name: min(c, 0.45) if name in _TIMES else c for name, c in roles.items()}
        columns.append(replace(column, roles=ordered({**roles, role: 1.0} if role else roles)))
    kind = "entity" if node.kind == "entity" and "creation_time" in stated.values() else _kind(table, node, document)
    return replace(
        table, columns=tuple(columns), kind=kind, kind_confidence=1.0 if kind != table.kind else table.kind_confidence
    )


def _roles(table: Table, node: NodeDocument) -> Iterator[tuple[str, str]]:
    """Columns whose role follows from the node; only those that the data has."""
    if node.vintage_behavior and table.get(node.vintage_behavior.created_at_column):
        yield node.vintage_behavior.created_at_column, "creation_time"
    times = [column.name for column in node.columns if column.type in {"datetime", "date"} and table.get(column.name)]
    if node.kind == "fact" and times:
        yield times[0], "event_time"
    segment = (node.segment_behavior or {}).get("segment_column")
    if isinstance(segment, str) and table.get(segment):
        yield segment, "segment"


def _kind(table: Table, node: NodeDocument, document: Document) -> str:
    if node.kind == "vocab":
        return "dictionary"
    if any(_acts(modifier.args, node.id) for other in document.nodes for modifier in _modifiers(other)):
        return "effect"
    if node.kind == "entity":
        return table.kind if table.kind in {"entity", "dictionary", "effect"} else "entity"
    if node.state_transition_model:
        return "state"
    return table.kind if table.kind in {"event", "line_item", "bridge"} else "event"


def _modifiers(node: NodeDocument) -> Iterator[Modifier]:
    yield from node.modifiers
    for column in node.columns:
        yield from column.modifiers


def _acts(args: dict[str, Any], table: str) -> bool:
    return args.get("effect_table") == table
