"""Rules about keys: what repeats, and what has no parent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from datapolisher.importing.claims import Refers, Unique
from datapolisher.importing.faults import Case, Fault
from datapolisher.importing.look import Look, UnmeasuredError
from datapolisher.importing.values import is_time, plain
from datapolisher.sql import ident, idents, is_number

# Of a parent's key nearly all values are there once, however damaged it is; of a child's, few.
_ONCE, _OFTEN = 0.9, 0.75


def repeats(rule: Unique, case: Case) -> Iterator[Fault | None]:
    """Rows stored twice, and keys in several rows that differ: two defects, though a tool counts them as one."""
    rule = _told_apart(rule, case) if rule.among else rule
    if not rule.columns:
        yield _twins(case)
        return
    key = case.keys.get(case.table, ())
    columns = key if key and set(key) <= set(rule.columns) else rule.columns
    is_key = rule.key or columns == key
    fault = _broken_key(columns) if is_key else _broken_constraint(columns)
    if case.look is None:
        yield case.told(fault)
        return
    if is_key:
        yield _twins(case, _twice(case, columns))
    yield _counted(fault, case, columns)


def _told_apart(rule: Unique, case: Case) -> Unique:
    """The key that the tool did not name: the fewest leading columns that repeat in just as many rows as it says."""
    for size in range(1, len(rule.among)) if case.look else ():
        columns = rule.among[:size]
        query = (
            f"SELECT count(*) - count(DISTINCT ({idents(columns)})) FROM {case.relation} AS t WHERE {_whole(columns)}"
        )
        if case.look is not None and case.look.count(query) == rule.surplus:
            return replace(rule, columns=columns)
    raise UnmeasuredError("the document does not name the key; give the description of the data along, which does")


def _broken_key(columns: tuple[str, ...]) -> Fault:
    said = ", ".join(columns)
    return Fault(
        "primary_key_duplicate", columns, f"repeat a {said} with other contents", details={"key": list(columns)}
    )


def _broken_constraint(columns: tuple[str, ...]) -> Fault:
    details = {"kind": "unique", "constraint": {"columns": list(columns)}}
    return Fault("constraint_violated", columns, f"repeat a {', '.join(columns)}", details=details)


def _whole(columns: tuple[str, ...]) -> str:
    return " AND ".join(f"t.{ident(name)} IS NOT NULL" for name in columns)


def _twice(case: Case, columns: tuple[str, ...]) -> str:
    """The rows whose key repeats, as a condition."""
    names = idents(columns)
    where = f"{_whole(columns)}{case.only()}"
    inner = f"SELECT {names} FROM {case.relation} AS t WHERE {where} GROUP BY ALL HAVING count(*) > 1"
    return f"({idents(columns, 't.')}) IN ({inner})" if len(columns) > 1 else f"t.{names} IN ({inner})"


def _twins(case: Case, where: str = "TRUE") -> Fault | None:
    """Surplus rows that equal another in every column."""
    fault = Fault("duplicate_row", (), "equal another row in every column")
    if case.look is None:
        return case.told(fault)
    inner = (
        f"SELECT count(*) AS n FROM {case.relation} AS t WHERE {where}{case.only()} GROUP BY ALL HAVING count(*) > 1"
    )
    every = ", ".join(f"t.{ident(name)}" for name in case.look.dataset.tables[case.table].columns)
    inner = inner.replace("SELECT count(*) AS n", f"SELECT {every}, count(*) AS n", 1)
    query = f"SELECT coalesce(sum(n - 1), 0) FROM ({inner})"
    rows = case.look.count(query)
    if not rows:
        return None
    groups = case.look.count(f"SELECT count(*) FROM ({inner})")
    details = {"groups": groups, "has_key": case.table in case.keys}
    return replace(fault, rows=rows, total=case.total, query=query, details=details)


def _counted(fault: Fault, case: Case, columns: tuple[str, ...]) -> Fault | None:
    """Surplus rows of keys that repeat, counted after identical rows were counted once (as an analyst does)."""
    names, rest = idents(columns), _twice(case, columns)
    kept = "DISTINCT *" if fault.defect == "primary_key_duplicate" else "*"
    inner = f"SELECT {names}, count(*) AS n FROM (SELECT {kept} FROM {case.relation} AS t WHERE {rest}) GROUP BY ALL"
    query = f"SELECT coalesce(sum(n - 1), 0) FROM ({inner})"
    rows = case.look.count(query) if case.look else 0
    if not rows or case.look is None:
        return None
    groups = case.look.count(f"SELECT count(*) FROM ({inner}) WHERE n > 1")
    every = case.look.count(f"SELECT count(*) FROM {case.relation} AS t WHERE {rest}")
    distinct = case.look.count(f"SELECT coalesce(sum(n), 0) FROM ({inner})")
    repeated = f"SELECT {names} FROM ({inner}) WHERE n > 1"
    differing = case.look.count(f"SELECT count(*) FROM {case.relation} AS t SEMI JOIN ({repeated}) USING ({names})")
    details = {**fault.details, "groups": groups, "rows_in_groups": differing, "identical_rows": every - distinct}
    return replace(fault, rows=rows, total=case.total, query=query, where=rest, details=details)


def orphans(rule: Refers, case: Case) -> Iterator[Fault | None]:
    """Keys that no parent has."""
    parent = case.names.parent(rule.parents)
    others = tuple(case.names.column(parent, name) for name in rule.parent_columns)
    columns = rule.columns
    fault = Fault(
        "foreign_key_orphan",
        columns,
        f"have a {', '.join(columns)} that {parent} does not have",
        related=(parent, others),
        expected={"in": f"{parent}.{', '.join(others)}"},
    )
    if case.look is None:
        yield case.told(fault)
        return
    if _is_reversed(case.table, columns, parent, others, case.look):
        fault = _childless(columns, parent, others)
    pairs = [
        (f"t.{ident(own)}", f"p.{ident(other)}", _comparable(case.type_of(own), case.look.type_of(parent, other)))
        for own, other in zip(columns, others, strict=True)
    ]
    on = " AND ".join(_equal(own, other, same=same) for own, other, same in pairs)
    missing = f"NOT EXISTS (SELECT 1 FROM {case.look.relation(parent)} AS p WHERE {on})"
    found = case.measured(fault, f"{_whole(columns)} AND {missing}")
    yield _missing(found, case) if found is not None and found.defect == "foreign_key_orphan" else found


def _comparable(own: str, other: str) -> bool:
    """Whether values of two types are compared as they are: 7 is 7.0, and only as texts are they two."""
    return own == other or all(map(is_number, (own, other))) or all(map(is_time, (own, other)))


def _is_reversed(table: str, columns: tuple[str, ...], parent: str, others: tuple[str, ...], look: Look) -> bool:
    """Whether the other side repeats the values that this one has once: it is the child, and nobody's parent."""
    return _distinct(parent, others, look) < _OFTEN < _ONCE <= _distinct(table, columns, look)


def _distinct(table: str, columns: tuple[str, ...], look: Look) -> float:
    """The share of values that are no repetition."""
    query = (
        f"SELECT count(DISTINCT ({idents(columns)})), count(*) FROM {look.relation(table)} AS t WHERE {_whole(columns)}"
    )
    distinct, rows = look.rows(query)[0]
    return float(distinct / rows) if rows else 1.0


def _childless(columns: tuple[str, ...], child: str, others: tuple[str, ...]) -> Fault:
    """Parents without a child: no key is wrong, and no row may go for it."""
    constraint = {"columns": list(columns), "in": f"{child}.{', '.join(others)}"}
    return Fault(
        "constraint_violated",
        columns,
        f"have a {', '.join(columns)} that no row of {child} has",
        related=(child, others),
        details={"kind": "childless", "constraint": constraint},
    )


def _equal(own: str, other: str, *, same: bool) -> str:
    return f"{other} = {own}" if same else f"CAST({other} AS VARCHAR) = CAST({own} AS VARCHAR)"


def _missing(fault: Fault, case: Case) -> Fault:
    """The same with examples of keys without a parent, and how many there are."""
    if case.look is None:
        return fault
    names = idents(fault.columns, "t.")
    inner = f"SELECT DISTINCT {names} FROM {case.relation} AS t WHERE {fault.where}"
    keys = case.look.count(f"SELECT count(*) FROM ({inner})")
    shown = case.look.rows(f"{inner} ORDER BY ALL LIMIT 5")
    values = [plain(row[0]) if len(row) == 1 else [plain(v) for v in row] for row in shown]
    return replace(fault, details={**fault.details, "missing_keys": keys, "missing_values": values})
