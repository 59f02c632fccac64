"""Rows whose foreign key points to nothing."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, ForeignKey, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict

_SURE = 0.8  # confidence from which a reference is relied on; docs/accuracy.md says how often it is then right


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: a reference either holds or it doesn't, so that one row is enough."""

    minimum: int = 1


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Every foreign key."""
    for key in catalog.foreign_keys:
        table, parent = catalog.tables[key.table], catalog.tables[key.to_table]
        columns = tuple(table.column(name) for name in key.columns)
        related = tuple(parent.column(name) for name in key.to_columns)
        if _comparable(columns, related):
            yield Binding(table, columns, parent, related, key=key, confidence=key.confidence)
        else:
            reason = (
                f"{key.table}.{key.columns[0]} and {key.to_table}.{key.to_columns[0]} have types that can't be compared"
            )
            yield Skip(reason, base.Place(table.name, key.columns))


def _comparable(columns: tuple[Column, ...], related: tuple[Column, ...]) -> bool:
    return all(a.family == b.family or (a.is_number and b.is_number) for a, b in zip(columns, related, strict=True))


def probe(binding: Binding, params: Params) -> Probe:
    """Rows with a complete key and no parent; the catalog has counted most of them already."""
    key = _key(binding)
    orphans = f"{key.present('c')} AND NOT EXISTS (SELECT 1 FROM {_parent(binding).sql} p WHERE {key.join('c', 'p')})"
    shown = [*binding.table.key_columns, *binding.columns]
    names = dict.fromkeys(column.name for column in shown)
    value = binding.column.of("c") if len(key.columns) == 1 else f"ROW({sql.columns(key.columns, 'c')})"
    measure = f"""SELECT COUNT(*) FILTER (WHERE {orphans}) AS rows_affected,
       COUNT(*) FILTER (WHERE {key.present("c")}) AS rows_total,
       COUNT(DISTINCT {value}) FILTER (WHERE {orphans}) AS missing_keys
FROM {binding.table.sql} c"""
    rows = f"SELECT {sql.columns(names, 'c')} FROM {binding.table.sql} c WHERE {orphans}"
    known = None
    if key.orphans == 0 and (len(key.columns) == 1 or not any(column.facts.nulls for column in binding.columns)):
        known = {"rows_affected": 0, "rows_total": binding.column.facts.present, "missing_keys": 0}
    return Probe(measure=measure, rows=rows, known=known)


def _key(binding: Binding) -> ForeignKey:
    assert binding.key is not None  # noqa: S101 - bound so above
    return binding.key


def _parent(binding: Binding) -> Table:
    assert binding.related is not None  # noqa: S101 - bound so above
    return binding.related


def judge(found: Found, params: Params) -> Verdict:
    """By share; a repair must know whether the keys could be spelled otherwise, and whether null is allowed."""
    if not found.rows_affected:
        return Verdict(size=0.0)
    return Verdict(
        size=found.share,
        ceiling=None if _key(found.binding).confidence >= _SURE else "medium",
        details={
            "missing_values": _missing(found),
            "repairable_rows": _repairable(found),
            "nullable": any(column.facts.nulls > 0 for column in found.binding.columns),
        },
    )


def _missing(found: Found) -> list[object]:
    """Examples of keys without a parent."""
    binding = found.binding
    key, parent = _key(binding), _parent(binding)
    rows = found.catalog.ask(
        f"SELECT DISTINCT {binding.column.of('c')} AS value FROM {binding.table.sql} c WHERE {key.present('c')}"
        f" AND NOT EXISTS (SELECT 1 FROM {parent.sql} p WHERE {key.join('c', 'p')}) ORDER BY 1 LIMIT 5"
    )
    return [row["value"] for row in rows]


def _repairable(found: Found) -> int:
    """Orphans whose text, without blanks, case and leading zeros, is that of exactly one parent."""
    binding = found.binding
    key, parent = _key(binding), _parent(binding)
    if binding.column.family != "text" or len(key.columns) > 1:
        return 0
    child, there = _dress(binding.column.of("c")), _dress(binding.related_columns[0].of("p"))
    rows = found.catalog.ask(
        f"WITH _parents AS (SELECT {there} AS dress FROM {parent.sql} p GROUP BY 1 HAVING COUNT(*) = 1)"
        f" SELECT COUNT(*) AS n FROM {binding.table.sql} c JOIN _parents ON {child} = dress"
        f" WHERE NOT EXISTS (SELECT 1 FROM {parent.sql} p WHERE {key.join('c', 'p')})"
    )
    return int(rows[0]["n"])


def _dress(column: str) -> str:
    return f"LTRIM(LOWER(TRIM({column})), '0')"


SPEC = CheckSpec(
    id="keys.foreign_key_orphan",
    defect="foreign_key_orphan",
    category="data_quality",
    title="Reference to a row that does not exist",
    why="A join loses these rows in silence, and every total by the parent is too small.",
    needs="a foreign key",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(critical=0.01, high=0.0, source="persona-metrics: foreign keys broken in more than 1% of rows"),
    details=("missing_keys",),
    message="Orphans: {rows} of {total} rows ({percent}) of {table}.{columns} refer to no row of {related_table}",
    recommendation="Load the missing rows of {related_table}, or declare {table}.{columns} as a foreign key to "
    "{related_table}.{related_columns}.",
    example=Example(
        clean={
            "customer": {"customer_id": [1, 2, 3, 4, 5], "name": ["Ann", "Bo", "Cy", "Di", "Ed"]},
            "orders": {"order_id": [11, 12, 13, 14, 15, 16], "customer_id": [1, 2, 3, 4, 5, 5]},
        },
        damaged={"orders": {"order_id": [11, 12, 13, 14, 15, 16], "customer_id": [1, 2, 3, 4, 5, 99]}},
        finds=1,
        at="orders.customer_id",
    ),
)
