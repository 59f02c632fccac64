"""State tables: the states that entities move through, a row for each change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, ForeignKey, Table
from datacruncher.catalog.model import confidence_of
from datacruncher.checks.base import Binding
from datacruncher.checks.customer_success.churn_spike import LEFT, is_of_states
from datacruncher.checks.journeys import moment


@dataclass(frozen=True, slots=True)
class States:
    """A table of changes of state.

    Parameters
    ----------
    table, state, previous, at, key
        The table, its state, the state before (where it says so), the time of the change, the key to the entity.
    left
        The states that mean leaving: terminal in the schema, else by name.
    allowed
        State → the states that may follow, as the schema says; empty without one.
    """

    table: Table
    state: Column
    previous: Column | None
    at: Column
    key: ForeignKey
    left: tuple[Any, ...]
    allowed: Mapping[str, tuple[str, ...]]

    def binding(self) -> Binding:
        """Bound at the state."""
        sure = confidence_of(self.key, self.state.roles.get("status", 1.0))
        return Binding(self.table, (self.state,), key=self.key, confidence=sure, given={"states": self})

    def moves(self) -> str:
        """SQL, CTE ``_moves``: entity, moved_at, state, leaves, the state before by time, and whether that meant leaving."""
        keys = [self.table.column(name).of("e") for name in self.key.columns]
        entity = keys[0] if len(keys) == 1 else f"ROW({', '.join(keys)})"
        own = "".join(f", {column.of('e')}" for column in self.table.key_columns if column.name not in self.key.columns)
        left = ", ".join(sql.value(value) for value in self.left) or "NULL"
        order = f"PARTITION BY {entity} ORDER BY {moment(self.at, 'e')}{own}"
        return f"""_moves AS (
    SELECT {entity} AS entity, {moment(self.at, "e")} AS moved_at, {self.state.of("e")} AS state{own},
           COALESCE({self.state.of("e")} IN ({left}), FALSE) AS leaves, lag({self.state.of("e")}) OVER ({order}) AS was,
           COALESCE(lag({self.state.of("e")}) OVER ({order}) IN ({left}), FALSE) AS had_left
    FROM {self.table.sql} e WHERE {self.key.present("e")} AND {self.at.of("e")} IS NOT NULL AND {self.state.of("e")} IS NOT NULL
)"""


def states(catalog: Catalog) -> Iterator[States]:
    """Tables of changes of the state of an entity."""
    for table in catalog:
        at = table.happened or table.role("update_time", "start_time")
        state = table.role("status")
        key = max((k for k in table.foreign_keys if not k.is_self), key=lambda k: k.confidence, default=None)
        if at is None or state is None or key is None or not is_of_states(table):
            continue
        model = _declared(catalog, table)
        named = [value for value, _ in catalog.values(state, limit=50) if str(value).strip().lower() in LEFT]
        left = tuple(name for name, one in model.items() if one.terminal) if model else tuple(named)
        allowed = {name: () if one.terminal else tuple(one.next_states) for name, one in model.items()}
        yield States(table, state, table.role("previous_state"), at, key, left, allowed)


def _declared(catalog: Catalog, table: Table) -> Mapping[str, Any]:
    """The states of the model whose table of transitions this is."""
    node = table.declared
    if node is not None and node.state_transition_model is not None:
        found: Mapping[str, Any] = node.state_transition_model.states
        return found
    return {}
