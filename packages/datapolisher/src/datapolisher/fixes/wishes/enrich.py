"""``--enrich``: add computed columns, bound by the roles that the report gives to columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from datapolisher.documents import ForeignKey
from datapolisher.errors import InputError
from datapolisher.expressions import AggregateName, Cast, ChildAggregate, Column, Expression, Value, call
from datapolisher.fixes.base import Context, WishSpec
from datapolisher.fixes.data._places import comparable, is_date
from datapolisher.fixes.wishes._arguments import did_you_mean
from datapolisher.steps import AddColumn, Step

_SYNTAX = "[table.]name"
_ACTIVE_DAYS = 30
_PERSON = frozenset({"email", "person_name", "first_name", "last_name", "birth_date"})
_LAST_SEEN = ("last_login", "last_seen", "last_active", "last_activity", "lastlogin", "lastseen")


@dataclass(frozen=True, slots=True)
class _Children:
    """A table that refers to an entity, with a column of a role."""

    table: str
    link: ForeignKey
    column: str
    type: str

    def aggregate(self, op: AggregateName) -> ChildAggregate:
        """The aggregate over an entity's children."""
        value = None if op == "count" else self.column
        return ChildAggregate(self.link.references.columns, self.table, self.link.columns, op, value)


@dataclass(frozen=True, slots=True)
class _Entity:
    """A table of things that live: what refers to it, when and for how much."""

    name: str
    events: tuple[_Children, ...]
    amounts: tuple[_Children, ...]
    created: str | None
    last_seen: str | None


def _columns_of(context: Context, table: str, *roles: str) -> list[tuple[str, str]]:
    """(name, type) of the columns on disk that have one of the roles."""
    facts = context.tables.get(table)
    named = [c.name for c in facts.columns if c.role in roles] if facts else []
    return [(name, type_) for name in named if (type_ := context.type_of(table, name)) is not None]


def _entity(context: Context, table: str) -> _Entity:
    key = set(context.primary_key(table))
    links = [
        (child, link)
        for child, link in context.references_to(table)
        if child != table and set(link.references.columns) == key and comparable(context, child, link)
    ]
    events = [
        _Children(child, link, *found[0])
        for child, link in links
        if (found := [c for c in _columns_of(context, child, "event_time") if is_date(c[1])])
    ]
    timed = {child.table for child in events}
    amounts = [
        _Children(child, link, *found[0])
        for child, link in links
        if child in timed and (found := _columns_of(context, child, "amount"))
    ]
    created = [name for name, type_ in _columns_of(context, table, "creation_time") if is_date(type_)]
    columns = context.dataset.tables[table].columns
    seen = [n for n, type_ in columns.items() if is_date(type_) and n.lower().startswith(_LAST_SEEN)]
    same = [child for child in events if child.type == events[0].type]
    return _Entity(table, tuple(same), tuple(amounts), next(iter(created), None), next(iter(seen), None))


def _rank(context: Context, entity: _Entity) -> tuple[bool, bool, int, str]:
    """People first, then what has a time of creation, then what most rows refer to."""
    person = bool(_columns_of(context, entity.name, *_PERSON))
    rows = sum((context.tables[child.table].rows or 0) for child in entity.events)
    return person, entity.created is not None, rows, entity.name


def _last(entity: _Entity) -> Expression | None:
    if entity.last_seen:
        return Column(entity.last_seen)
    return _over(entity, "latest", "max")


def _over(entity: _Entity, op: str, aggregate: AggregateName) -> Expression | None:
    found = [child.aggregate(aggregate) for child in entity.events]
    return (found[0] if len(found) == 1 else call(op, *found)) if found else None


def _is_active(entity: _Entity, context: Context) -> AddColumn | None:
    last = _last(entity)
    if last is None:
        return None
    now = Value(context.analysis_date)
    since = Value(context.analysis_date - timedelta(days=_ACTIVE_DAYS))
    seen = Cast(last, "TIMESTAMP WITH TIME ZONE")
    active = call("both", call("at_least", seen, since), call("at_most", seen, now))
    return AddColumn(entity.name, "is_active", "BOOLEAN", call("first_known", active, False))


def _lifetime_value(entity: _Entity, context: Context) -> AddColumn | None:
    if not entity.amounts:
        return None
    most = max(entity.amounts, key=lambda child: (context.tables[child.table].rows or 0, child.table))
    if most.type.startswith("DECIMAL"):
        type_ = f"DECIMAL(38,{most.type.rstrip(')').split(',')[1]})"
        total = call("first_known", Cast(most.aggregate("sum"), type_), Cast(Value(0), type_))
        return AddColumn(entity.name, "lifetime_value", type_, total)
    # Sums of doubles differ in their last digits with the order of rows: six decimals are the same in every order.
    total = call("first_known", Cast(most.aggregate("sum"), "DOUBLE"), 0.0)
    return AddColumn(entity.name, "lifetime_value", "DOUBLE", call("round_double", total, 6))


def _first_seen(entity: _Entity, _: Context) -> AddColumn | None:
    first = _over(entity, "earliest", "min")
    return AddColumn(entity.name, "first_seen", entity.events[0].type, first) if first else None


def _last_seen(entity: _Entity, _: Context) -> AddColumn | None:
    last = _over(entity, "latest", "max")
    return AddColumn(entity.name, "last_seen", entity.events[0].type, last) if last else None


def _event_count(entity: _Entity, _: Context) -> AddColumn | None:
    counts: list[Expression] = [call("first_known", child.aggregate("count"), 0) for child in entity.events]
    if not counts:
        return None
    total = counts[0]
    for count in counts[1:]:
        total = call("plus", total, count)
    return AddColumn(entity.name, "event_count", "BIGINT", total)


def _tenure_days(entity: _Entity, context: Context) -> AddColumn | None:
    if entity.created is None:
        return None
    born = Cast(Column(entity.created), "TIMESTAMP WITH TIME ZONE")
    days = call("whole_days", born, Value(context.analysis_date))
    return AddColumn(entity.name, "tenure_days", "BIGINT", days)


_Maker = Callable[[_Entity, Context], AddColumn | None]
# Name → how it is computed, and what a table needs for it.
_MADE: dict[str, tuple[_Maker, str]] = {
    "is_active": (_is_active, "a table that refers to it with a time of events, or a last_login of its own"),
    "lifetime_value": (_lifetime_value, "a table that refers to it with a time of events and an amount"),
    "first_seen": (_first_seen, "a table that refers to it with a time of events"),
    "last_seen": (_last_seen, "a table that refers to it with a time of events"),
    "event_count": (_event_count, "a table that refers to it with a time of events"),
    "tenure_days": (_tenure_days, "a time of creation"),
}


def _steps(argument: str, context: Context) -> Sequence[Step]:
    table, dot, name = argument.rpartition(".")
    if name not in _MADE:
        raise InputError(f'there is no computed column "{name}"{did_you_mean(name, list(_MADE))}')
    if dot and table not in context.dataset.tables:
        raise InputError(f'there is no table "{table}"{did_you_mean(table, list(context.dataset.tables))}')
    make, needs = _MADE[name]
    tables = [table] if dot else [name for name in context.dataset.tables if context.primary_key(name)]
    entities = sorted((_entity(context, t) for t in tables), key=lambda e: _rank(context, e), reverse=True)
    made = next((step for entity in entities if (step := make(entity, context)) is not None), None)
    if made is None:
        where = f'"{table}" has not' if dot else "no table with a key has"
        raise InputError(f'"{name}" needs {needs}; {where} got one')
    if context.type_of(made.table, made.column) is not None:
        raise InputError(f'the table "{made.table}" has a column "{made.column}" already')
    return [made]


SPEC = WishSpec(
    id="enrich",
    title="Add a computed column",
    syntax=_SYNTAX,
    steps=_steps,
)
