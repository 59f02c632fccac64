"""Foreign keys without a parent: which are another spelling of exactly one parent's key."""

from __future__ import annotations

from dataclasses import dataclass

from datapolisher.documents import Finding, ForeignKey
from datapolisher.expressions import BLANKS, Value, call
from datapolisher.fixes.base import Context
from datapolisher.fixes.data._places import comparable, is_constraint, orphaned, reference
from datapolisher.sql import Scalar, ident
from datapolisher.steps import AddColumn, MapValues, Step, Update
from datapolisher.workbench import Workbench

# More orphaned spellings than this are no misspellings but another set of keys.
LIMIT = 5_000


@dataclass(frozen=True)
class Orphans:
    """What is known about a foreign key's orphans.

    Parameters
    ----------
    key
        The foreign key.
    rows, missing
        Rows without a parent, and distinct keys that have none.
    repairs
        Spelling → the one parent's key that it stands for.
    repaired
        Rows that the repairs heal.
    per_parent
        Mean children of a parent that has some.
    """

    key: ForeignKey
    rows: int
    missing: int
    repairs: dict[str, str]
    repaired: int
    per_parent: float

    @property
    def left(self) -> int:
        """Rows without a parent after the repairs."""
        return self.rows - self.repaired

    @property
    def parents_missing(self) -> bool:
        """Whether few missing parents explain many orphans: then a load of parents is missing."""
        left = self.missing - len(self.repairs)
        return left > 0 and self.left >= 20 and self.left / left > 3 * max(self.per_parent, 1.0)


def find(finding: Finding, context: Context) -> Orphans | None:
    """The finding's orphans; None where it is about something else, or the two sides do not compare."""
    return context.once(("orphans", finding.id), lambda: _found(finding, context))


def _found(finding: Finding, context: Context) -> Orphans | None:
    table = finding.table or ""
    key = reference(finding, context) if is_constraint(finding, "foreign_key") else None
    if key is None or not comparable(context, table, key):
        return None
    with Workbench(context.dataset) as bench:
        rows = bench.count(table, orphaned(key))
        repairs, repaired = _repairs(bench, context, table, key)
        missing = _distinct(bench, table, key, orphaned=True)
        whole = _distinct(bench, table, key, orphaned=False)
        per_parent = (bench.count(table) - rows) / whole if whole else 0.0
    return Orphans(key, rows, missing, repairs, repaired, per_parent)


def _distinct(bench: Workbench, table: str, key: ForeignKey, *, orphaned: bool) -> int:
    names = ", ".join(map(ident, key.columns))
    pairs = zip(key.columns, key.references.columns, strict=True)
    on = " AND ".join(f"p.{ident(parent)} = t.{ident(child)}" for child, parent in pairs)
    whole = " AND ".join(f"{ident(name)} IS NOT NULL" for name in key.columns)
    exists = f"EXISTS (SELECT 1 FROM {bench.relation(key.references.table)} AS p WHERE {on})"
    where = f"{whole} AND {'NOT ' if orphaned else ''}{exists}"
    query = f"SELECT count(*) FROM (SELECT DISTINCT {names} FROM {bench.relation(table)} AS t WHERE {where})"
    return int(bench.value(query))


def _repairs(bench: Workbench, context: Context, table: str, key: ForeignKey) -> tuple[dict[str, str], int]:
    """Orphaned spellings of one text column that match one parent's key without blanks, case or leading zeros.

    Where two parents differ in nothing but case, or zeros, these have a meaning, and no key is repaired by them.
    """
    if len(key.columns) != 1 or context.type_of(table, key.columns[0]) != "VARCHAR":
        return {}, 0
    place = _Sides(
        bench.relation(table), key.columns[0], bench.relation(key.references.table), key.references.columns[0]
    )
    found: dict[str, tuple[str, int]] = {}
    for dress in _DRESSES:
        if dress == _DRESSES[0] or not bench.value(place.colliding(dress)):
            found = {old: (new, rows) for old, new, rows in bench.rows(place.matching(dress))} | found
    if len(found) > LIMIT:
        return {}, 0
    return {old: new for old, (new, _) in found.items()}, sum(rows for _, rows in found.values())


# What a key is without its dress, from the least that is taken off to the most.
_DRESSES = (
    "trim_blanks({})",
    "lower(trim_blanks({}))",
    "ltrim(trim_blanks({}), '0')",
    "ltrim(lower(trim_blanks({})), '0')",
)


@dataclass(frozen=True)
class _Sides:
    """The two sides of a foreign key of one column."""

    children: str
    child: str
    parents: str
    parent: str

    def colliding(self, dress: str) -> str:
        """The query that counts the parents that are another's without their dress."""
        bare = dress.format(ident(self.parent))
        return f"SELECT count(DISTINCT {ident(self.parent)}) - count(DISTINCT {bare}) FROM {self.parents}"

    def matching(self, dress: str) -> str:
        """The query for orphaned spellings, the one parent's key that each is, and its rows.

        A parent whose own shape is rarer among the parents than the orphan's is the one that is spelled otherwise.
        """
        child, parent = ident(self.child), ident(self.parent)
        known = f"SELECT {parent} FROM {self.parents} WHERE {parent} IS NOT NULL"
        return (
            f"WITH parents AS (SELECT {dress.format(parent)} AS dress, min({parent}) AS key FROM {self.parents} "
            f"WHERE {parent} IS NOT NULL GROUP BY 1 HAVING count(DISTINCT {parent}) = 1 AND dress <> ''), "
            f"shapes AS (SELECT {_SHAPE.format(parent)} AS shape, count(*) AS n FROM {self.parents} GROUP BY 1), "
            f"found AS (SELECT t.{child} AS old, p.key AS new, count(*) AS rows FROM {self.children} AS t "
            f"JOIN parents AS p ON {dress.format('t.' + child)} = p.dress WHERE t.{child} NOT IN ({known}) GROUP BY ALL) "
            f"SELECT old, new, rows FROM found LEFT JOIN shapes AS o ON o.shape = {_SHAPE.format('old')} "
            f"LEFT JOIN shapes AS p ON p.shape = {_SHAPE.format('new')} "
            f"WHERE coalesce(o.n, 0) <= p.n ORDER BY old LIMIT {LIMIT + 1}"
        )


# Capitals, small letters and digits, each as one of them.
_SHAPE = "regexp_replace(regexp_replace(regexp_replace({}, '[A-Z]', 'A', 'g'), '[a-z]', 'a', 'g'), '[0-9]', '9', 'g')"


def mark_of(column: str, table: str, context: Context) -> str | None:
    """The name of the column that marks orphans; None where the table has another column of that name."""
    name = f"{column}_orphaned"
    return name if context.type_of(table, name) in {None, "BOOLEAN"} else None


def forget(found: Orphans, table: str, context: Context, instead: Scalar) -> list[Step]:
    """Steps that mark the orphans and give them another key; none where that cannot be."""
    column = found.key.columns[0]
    mark = mark_of(column, table, context)
    if len(found.key.columns) != 1 or column in context.primary_key(table) or mark is None:
        return []
    where = orphaned(found.key)
    marked = AddColumn(table, mark, "BOOLEAN", call("first_known", where, False), mark=True)
    return [*respelled(found, table), marked, Update(table, column, Value(instead), where)]


def respelled(found: Orphans, table: str) -> list[Step]:
    """The step that mends keys which are another spelling of a parent's, where there are any."""
    if not found.repairs:
        return []
    return [MapValues(table, found.key.columns[0], spelled(found.repairs))]


def new_parents(found: Orphans, context: Context) -> str | None:
    """The column that would mark new rows of the parent table; None where it cannot take rows of a key alone."""
    parent, keys = found.key.references.table, found.key.references.columns
    source = context.dataset.tables[parent]
    mark = f"{keys[0]}_inferred"
    others = [name for name in source.columns if name not in keys]
    full = any(context.nullable(parent, name) is False for name in others)
    if full or source.partitions or context.type_of(parent, mark) not in {None, "BOOLEAN"}:
        return None
    return mark if set(context.primary_key(parent)) in (set(), set(keys)) else None


def spelled(repairs: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """The repairs as pairs, with the spellings as an earlier step would have trimmed them."""
    right = set(repairs.values())
    trimmed = {old.strip(BLANKS): new for old, new in repairs.items()}
    return tuple(sorted((old, new) for old, new in {**trimmed, **repairs}.items() if old not in right))
