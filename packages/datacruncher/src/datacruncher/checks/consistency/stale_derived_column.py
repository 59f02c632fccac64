"""Columns that repeat what the children say (the last order, the first visit) and were not computed again."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, ForeignKey
from datacruncher.catalog.model import confidence_of
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Plain, Probe, Skip, Verdict
from datacruncher.checks.times import moment
from datacruncher.checks.values import times, tokens

_LAST = {"last", "latest", "newest", "recent"}
_FIRST = {"first", "earliest", "initial"}


class Params(base.Params, frozen=True, kw_only=True):
    """holds: share of parents whose column is that of their children from which it is derived from them."""

    holds: float = 0.7


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Times called first or last of a parent that are the first or last time of its children, for most of them."""
    for key in catalog.foreign_keys:
        child, parent = catalog.tables[key.table], catalog.tables[key.to_table]
        for column in times(parent):
            op = _op(column)
            if not op or key.is_self:
                continue
            options = [(time, _held(catalog, key, column, time, op)) for time in times(child) if time.facts.present]
            best, share = max(options, key=lambda option: option[1], default=(None, 0.0))
            if best is None or share < params.holds:
                yield Skip(f"is no time of {child.name}: {share:.0%} agree", Place(parent.name, (column.name,)))
                continue
            text = f"{op} of {child.name}.{best.name}"
            given = {"op": op, "text": text, "id": text}
            certain = confidence_of(key, 0.9)
            yield Binding(parent, (column,), child, (best,), key=key, confidence=certain, given=given)


def _op(column: Column) -> str:
    words = set(tokens(column.name))
    return "MAX" if words & _LAST else "MIN" if words & _FIRST else ""


def _held(catalog: Catalog, key: ForeignKey, column: Column, time: Column, op: str) -> float:
    row = catalog.ask(
        f"{_grouped(key, time, op)}\nSELECT AVG(CAST({_same(column, time)} AS INTEGER)) AS share FROM {_joined(key)}"
        f" WHERE {column.of('p')} IS NOT NULL"
    )[0]
    return row["share"] or 0.0


def _grouped(key: ForeignKey, time: Column, op: str) -> str:
    names = sql.columns(key.columns, "c")
    return (
        f"WITH _own AS (\n  SELECT {names}, {op}({moment(time, 'c')}) AS derived FROM {sql.ident(key.table)} c"
        f"\n  WHERE {key.present('c')} GROUP BY {names}\n)"
    )


def _joined(key: ForeignKey) -> str:
    return f"{sql.ident(key.to_table)} p JOIN _own c ON {key.join('c', 'p')}"


def _same(column: Column, time: Column) -> str:
    """SQL: equal, by days where one of the two knows only days."""
    if "date" in {column.family, time.family} or column.facts.midnight == column.facts.present:
        return f"CAST({column.of('p')} AS DATE) = CAST(c.derived AS DATE)"
    return f"{moment(column, 'p')} = c.derived"


def probe(binding: Binding, params: Params) -> Probe:
    """Parents with children whose column says something else."""
    key, column, time = binding.key, binding.column, binding.related_columns[0]
    if key is None:
        raise ValueError("a derived time needs a foreign key")
    grouped = _grouped(key, time, binding.given["op"])
    there = f"{column.of('p')} IS NOT NULL AND c.derived IS NOT NULL"
    differs = f"NOT ({_same(column, time)})"
    shown = dict.fromkeys([*(c.name for c in binding.table.key_columns), column.name])
    return Probe(
        measure=f"{grouped}\nSELECT COUNT(*) FILTER (WHERE {differs}) AS rows_affected, COUNT(*) AS rows_total\n"
        f"FROM {_joined(key)}\nWHERE {there}",
        rows=f"{grouped}\nSELECT {sql.columns(shown, 'p')}, c.derived AS of_children\nFROM {_joined(key)}"
        f"\nWHERE {there} AND {differs}",
    )


def judge(found: Found, params: Params) -> Verdict:
    """By the share of parents."""
    text = found.binding.given["text"]
    details = {"formula": Plain(text), "declared": False, "holds_share": 1 - found.share}
    return Verdict(size=found.share, details=details, words={"formula": Plain(text)})


SPEC = CheckSpec(
    id="consistency.stale_derived_column",
    defect="stale_derived_column",
    category="data_quality",
    title="Derived and not computed again",
    why="Who looks at the parent sees an older state than who looks at its rows.",
    needs="a time called first or last, of a table that others refer to",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.always("medium", "defects: medium"),
    message="Stale: {rows} of {total} rows in {table} have a {column} that is not the {formula}",
    recommendation="Compute {table}.{column} again whenever {related_table} changes, or leave it out.",
    example=Example(
        clean={
            "member": "SELECT i AS member_id, DATE '2024-02-01' + i::INTEGER AS last_visit_on FROM range(40) t(i)",
            "visit": "SELECT i * 2 + j AS visit_id, i AS member_id, DATE '2024-02-01' + (i - 3 * j)::INTEGER AS visited_on"
            " FROM range(40) t(i), range(2) s(j)",
        },
        damaged={
            "member": "SELECT i AS member_id, DATE '2024-02-01' + (i - CASE WHEN i IN (4, 7) THEN 3 ELSE 0 END)::INTEGER"
            " AS last_visit_on FROM range(40) t(i)",
        },
        finds=2,
        at="member.last_visit_on",
    ),
)
