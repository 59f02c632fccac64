"""Pairs of times along a foreign key: a child's own time, and the creation of its parent.

Whether their order is a rule can be declared (a fact and its primary parent), or it shows in the data: where the child's
time has nothing to do with its own parent's, as many pairs are out of order as between any child and any parent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, ForeignKey, Table
from datacruncher.catalog.model import confidence_of
from datacruncher.checks.base import Binding, Found, Probe

BORN = re.compile(r"creat|sign_?ed|sign_?up|join|regist|open|install|admit|subscri|enrol|onboard", re.IGNORECASE)
SAME_AS_CHANCE = 0.8  # of the share that unrelated times would have out of order
ENOUGH = 30  # pairs
_BACKWARDS = 0.95  # of the pairs in the other order make that order the rule
RARE = 0.05  # below, a share that chance would bring too is still an error where names say that the order is a rule


def pairs(catalog: Catalog) -> Iterator[Binding]:
    """Every foreign key whose parent has a creation time (or is an event) and whose child has a time of its own."""
    for key in catalog.foreign_keys:
        child, parent = catalog.tables[key.table], catalog.tables[key.to_table]
        born, happens = _born(parent, child), child.created if child.kind == "entity" else child.happened
        if key.is_self or born is None or happens is None:
            continue
        yield Binding(
            child,
            (happens,),
            parent,
            (born,),
            uses={"child": happens, "parent": born},
            key=key,
            confidence=confidence_of(key),
            given={
                "certain": min(_certainty(born), _certainty(happens)),
                "declared": _declared(child, parent, happens),
                "sure": _sure(key, happens, catalog),
            },
        )


def _sure(key: ForeignKey, happens: Column, catalog: Catalog) -> bool:
    """Without a schema: what happens to the entity that its table names first, whose column says that it was created.

    That order is a rule however often it is broken: half of the payments before their accounts is no coincidence to be
    left alone but a loader that draws times at random. A schema that frees a time of its parent (``after_parent``) makes
    no sense of such data, so there the rule is the same.
    """
    child, parent = catalog.tables[key.table], catalog.tables[key.to_table]
    told = child.declared is not None and not _freed(happens)
    if told or child.kind not in {"event", "line_item", "state"} or parent.created is None:
        return False
    timed = (
        other for other in child.foreign_keys if not other.is_self and _born(catalog.tables[other.to_table], child)
    )
    return next(timed, None) == key and bool(BORN.search(parent.created.name))


def _born(parent: Table, child: Table) -> Column | None:
    """The creation of the parent, or the instant of the event of which the child is a part or a consequence."""
    if parent.created is not None:
        return parent.created
    return parent.happened if parent.kind == "event" and child.kind in {"event", "line_item", "state"} else None


def _freed(column: Column) -> bool:
    """A schema may say that a time need not follow its parent."""
    return column.declared is not None and not column.declared.after_parent


def _declared(child: Table, parent: Table, happens: Column) -> bool:
    """A fact's first time follows its primary parent (DSL reference, Behaviour of parents)."""
    node = child.declared
    if node is None or not node.parents or node.parents[0] != parent.name or _freed(happens):
        return False
    if parent.created is None:  # of the time of an event the language promises nothing
        return False
    first = next((column.name for column in node.columns if column.type in {"datetime", "date"}), None)
    return bool(first == happens.name)


def _certainty(column: Column) -> float:
    return max(column.roles.get(role, 0.0) for role in ("creation_time", "event_time"))


def strong(binding: Binding) -> bool:
    """An event and the entity that it happens to, whose column says that it was created, opened, joined, …."""
    parent = binding.uses["parent"]
    return binding.table.kind in {"event", "line_item", "state"} and bool(BORN.search(parent.name))


def unrelated(found: Found) -> bool:
    """Whether as large a share is out of order as between any child and any parent; too few pairs can't tell."""
    if found.binding.given["sure"] or backwards(found):
        return False
    if (found.rows_total or 0) < ENOUGH or (strong(found.binding) and found.share < RARE):
        return False
    return found.share >= SAME_AS_CHANCE * by_chance(found.catalog, found.binding)


def backwards(found: Found) -> bool:
    """Whether the child comes first by nature, as a touch comes before the sale that it led to."""
    related = found.binding.related
    return related is not None and related.kind == "event" and related.created is None and found.share > _BACKWARDS


def by_chance(catalog: Catalog, binding: Binding) -> float:
    """The share of pairs out of order, had every child a parent drawn at random; asked once and shared."""
    key, child, parent = parts(binding)
    known = ("by_chance", key.table, child.name, key.to_table, parent.name)
    if known not in catalog.shared:
        cast = "DATE" if _days_only(child) or _days_only(parent) else "TIMESTAMP"
        rows = catalog.ask(f"""WITH born AS (
    SELECT CAST({parent.sql} AS {cast}) AS t, COUNT(*) AS n FROM {_table(binding).sql} WHERE {parent.sql} IS NOT NULL GROUP BY 1
), upto AS (
    SELECT t, SUM(n) OVER (ORDER BY t) / SUM(n) OVER () AS share FROM born
), times AS (
    SELECT CAST({child.sql} AS {cast}) AS t FROM {binding.table.sql} WHERE {child.sql} IS NOT NULL
)
SELECT 1 - AVG(COALESCE(u.share, 0)) AS chance FROM times c ASOF LEFT JOIN upto u ON c.t >= u.t""")
        catalog.shared[known] = float(rows[0]["chance"] or 0.0)
    found: float = catalog.shared[known]
    return found


def probe(binding: Binding, _params: object) -> Probe:
    """Pairs whose child's time lies before the parent's; by days where one of the two knows only days."""
    key, child, parent = parts(binding)
    early, both = _order(binding), f"{child.of('c')} IS NOT NULL AND {parent.of('p')} IS NOT NULL"
    joined = f"{binding.table.sql} c JOIN {_table(binding).sql} p ON {key.join('c', 'p')}"
    gap = f"DATE_DIFF('second', CAST({child.of('c')} AS TIMESTAMP), CAST({parent.of('p')} AS TIMESTAMP))"
    measure = f"""SELECT COUNT(*) FILTER (WHERE {early}) AS rows_affected,
       COUNT(*) AS rows_total,
       MEDIAN({gap}) FILTER (WHERE {early}) AS median_gap_seconds,
       MIN({gap}) FILTER (WHERE {early}) AS least_gap_seconds,
       MAX({gap}) FILTER (WHERE {early}) AS greatest_gap_seconds
FROM {joined}
WHERE {both}"""
    own_key = [column.of("c") for column in binding.table.key_columns]
    shown = [
        *own_key,
        *(f"c.{sql.ident(name)}" for name in key.columns),
        child.of("c"),
        f"{parent.of('p')} AS parent_time",
    ]
    rows = f"SELECT {', '.join(dict.fromkeys(shown))}\nFROM {joined}\nWHERE {both} AND {early}"
    return Probe(measure=measure, rows=rows)


def parts(binding: Binding) -> tuple[ForeignKey, Column, Column]:
    assert binding.key is not None  # noqa: S101 - bound so above
    return binding.key, binding.uses["child"], binding.uses["parent"]


def _table(binding: Binding) -> Table:
    assert binding.related is not None  # noqa: S101 - bound so above
    return binding.related


def _order(binding: Binding) -> str:
    _, child, parent = parts(binding)
    if _days_only(child) or _days_only(parent):
        return f"CAST({child.of('c')} AS DATE) < CAST({parent.of('p')} AS DATE)"
    return f"{child.of('c')} < {parent.of('p')}"


def _days_only(column: Column) -> bool:
    return column.family == "date" or (column.facts.present > 0 and column.facts.midnight == column.facts.present)
