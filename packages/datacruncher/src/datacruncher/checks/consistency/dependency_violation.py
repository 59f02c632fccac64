"""Values that another column determines in nearly all rows, and contradict it in a few."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Verdict
from datacruncher.checks.values import texts

_PAIRS = 40  # pairs of a table that are looked at
_SAMPLE = 50_000
_NAMELESS = ("free_text", "email", "url", "uuid", "ip", "phone", "first_name", "status", "stage", "previous_state")


class Params(base.Params, frozen=True, kw_only=True):
    """When a dependency is a rule.

    holds: share of rows that agree with the commonest value of their group; all of them is a rule without violation.
    trivial: share of rows with the column's commonest value above which it depends on nothing.
    group: rows of a group on average, at least.
    """

    holds: float = 0.97
    trivial: float = 0.9
    group: int = 4


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """For each column of few values, the column that determines it best."""
    for table in catalog:
        pairs = _pairs(table, params)[:_PAIRS]
        if pairs:
            yield from _bindings(catalog, table, pairs, params)


def _pairs(table: Table, params: Params) -> list[tuple[Column, Column]]:
    """Pairs (determinant, dependent): a left side that repeats, a right side that repeats at least as much."""
    left = [c for c in table.columns if _repeats(c, params) and (c.family == "text" or c.has("foreign_key"))]
    right = [c for c in texts(table) if _repeats(c, params) and not c.has("primary_key")]
    pairs = [(a, b) for b in right for a in left if a is not b and b.facts.distinct <= a.facts.distinct]
    return [(a, b) for a, b in pairs if not (a.has(*_NAMELESS) or b.has(*_NAMELESS))]


def _repeats(column: Column, params: Params) -> bool:
    facts = column.facts
    return facts.distinct >= 2 and facts.present >= params.group * facts.distinct and not column.partition


def _bindings(catalog: Catalog, table: Table, pairs: list[tuple[Column, Column]], params: Params) -> Iterator[Binding]:
    """A sample tells which pairs may be rules; one determinant per dependent, the most general."""
    head = f"SELECT * FROM {table.sql} USING SAMPLE reservoir({_SAMPLE} ROWS) REPEATABLE (7)"
    parts = [_agreement(i, a, b) for i, (a, b) in enumerate(pairs)]
    rows = catalog.ask(f"WITH _head AS ({head})\n" + "\nUNION ALL\n".join(parts))
    found = [
        (pairs[int(row["i"])], row["agree"] / row["n"])
        for row in rows
        if row["n"] and row["agree"] >= params.holds * row["n"] and row["most"] <= params.trivial * row["n"]
    ]
    best: dict[str, tuple[Column, float]] = {}
    for dependent in dict.fromkeys(b.name for (_, b), _ in found):
        options = [(a, share) for (a, b), share in found if b.name == dependent]
        best[dependent] = max(options, key=lambda option: (round(option[1], 3), -option[0].facts.distinct))
    for dependent, (by, share) in best.items():
        if not _told_by_its_own(dependent, by, best):
            yield Binding(table, (table.column(dependent),), uses={"by": by}, confidence=0.8, given={"share": share})


def _told_by_its_own(dependent: str, by: Column, best: dict[str, tuple[Column, float]]) -> bool:
    """Whether the two determine each other and the other direction is kept: one contradiction is one finding."""
    other = best.get(by.name)
    return other is not None and other[0].name == dependent and other[0].position < by.position


def _agreement(i: int, a: Column, b: Column) -> str:
    """SQL: rows in groups of several, how many agree with their group, and the commonest value over all."""
    return (
        f"SELECT {i} AS i, SUM(m) AS agree, SUM(n) AS n, (SELECT MAX(k) FROM (SELECT COUNT(*) AS k FROM _head"
        f" WHERE {b.sql} IS NOT NULL GROUP BY {b.sql})) AS most FROM (SELECT MAX(k) AS m, SUM(k) AS n FROM"
        f" (SELECT {a.sql} AS a, {b.sql}, COUNT(*) AS k FROM _head WHERE {a.sql} IS NOT NULL AND {b.sql} IS NOT NULL"
        " GROUP BY ALL) GROUP BY a HAVING SUM(k) >= 3)"
    )


def probe(binding: Binding, params: Params) -> Probe:
    """Rows whose value is not the commonest of their group, in groups of three and more."""
    table, b, a = binding.table, binding.column, binding.uses["by"]
    steps = f"""WITH _cells AS (
  SELECT {a.sql} AS a, {b.sql} AS b, COUNT(*) AS n FROM {table.sql}
  WHERE {a.sql} IS NOT NULL AND {b.sql} IS NOT NULL GROUP BY ALL
), _ranked AS (
  SELECT a, b, n, SUM(n) OVER (PARTITION BY a) AS size,
         ROW_NUMBER() OVER (PARTITION BY a ORDER BY n DESC, b) AS place FROM _cells
), _usual AS (
  SELECT a, b FROM _ranked WHERE place = 1 AND size >= 3
)"""
    key = ", ".join(dict.fromkeys(f"t.{c.sql}" for c in (*table.key_columns, a, b)))
    return Probe(
        measure=f"{steps}\nSELECT COALESCE(SUM(n) FILTER (WHERE place > 1 AND size >= 3), 0) AS rows_affected,\n"
        "  SUM(n) AS rows_total, COUNT(DISTINCT a) FILTER (WHERE place > 1 AND size >= 3) AS groups\nFROM _ranked",
        rows=f"{steps}\nSELECT {key}, u.b AS usual FROM {table.sql} t JOIN _usual u ON t.{a.sql} = u.a"
        f"\nWHERE t.{b.sql} IS NOT NULL AND t.{b.sql} <> u.b",
    )


def judge(found: Found, params: Params) -> Verdict:
    """A dependency that too many rows break is none."""
    by, dependent = found.binding.uses["by"], found.binding.column
    size = found.share if found.share <= 1 - params.holds else 0.0
    details = {"determinant": [by.name], "dependent": dependent.name, "holds_share": 1 - found.share}
    return Verdict(size=size, details=details, words={"by": by.name})


SPEC = CheckSpec(
    id="consistency.dependency_violation",
    defect="dependency_violation",
    category="data_quality",
    title="A value that contradicts what determines it",
    why="One city in two countries: groups by the one and by the other don't agree.",
    needs="two columns of which one determines the other in nearly all rows",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.always("medium", "defects: medium"),
    message="Contradiction: {by} determines {column} in {table}, but {rows} of {total} rows in {groups} groups say otherwise",
    recommendation="Keep {column} in one place, by {by}, and look it up.",
    details=("groups",),
    example=Example(
        clean={
            "store": "SELECT i AS store_id, ['Rome', 'Oslo', 'Lima', 'Bonn'][1 + i % 4] AS city,"
            " ['Italy', 'Norway', 'Peru', 'Germany'][1 + i % 4] AS country FROM range(200) t(i)"
        },
        damaged={
            "store": "SELECT i AS store_id, ['Rome', 'Oslo', 'Lima', 'Bonn'][1 + i % 4] AS city,"
            " CASE WHEN i IN (4, 44) THEN 'Peru' ELSE ['Italy', 'Norway', 'Peru', 'Germany'][1 + i % 4] END AS country"
            " FROM range(200) t(i)"
        },
        finds=2,
        at="store.country",
    ),
)
