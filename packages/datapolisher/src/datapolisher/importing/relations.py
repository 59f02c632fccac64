"""Rules between columns: an order, a formula, a parent's time, any other condition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from datapolisher.importing.claims import After, Determined, Equation, Holds, Offenders, Order
from datapolisher.importing.faults import Case, Fault
from datapolisher.importing.look import UnmeasuredError
from datapolisher.importing.names import UnmappedError
from datapolisher.importing.sqltext import OPPOSITE
from datapolisher.importing.values import is_time
from datapolisher.sql import ident, idents

_TIMES = ("_at", "_on", "date", "time", "timestamp", "_ts", "start", "end")
# Two doubles that are one decimal differ by less.
_NOISE = 1e-9


def order(rule: Order, case: Case) -> Iterator[Fault | None]:
    """Two columns in the wrong order; of two times, an end before its start."""
    left, right = rule.columns
    wrong = f"t.{ident(left)} {OPPOSITE[rule.op]} t.{ident(right)}"
    times = (
        all(map(is_time, map(case.type_of, rule.columns))) if case.look else all(map(_sounds_like_time, rule.columns))
    )
    if times and rule.op not in {"=", "<>"}:
        end, start = (left, right) if rule.op in {">", ">="} else (right, left)
        strict = rule.op in {">", "<"}
        details = {"start_column": start, "end_column": end, "strict": strict}
        fault = Fault("interval_inverted", (end, start), f"have {end} {'not after' if strict else 'before'} {start}")
    else:
        constraint = {"left": left, "op": rule.op, "right": right}
        details = {"kind": "inequality", "constraint": constraint}
        fault = Fault("constraint_violated", (left, right), f"break {left} {rule.op} {right}")
    found = case.measured(replace(fault, details=details, expected={"rule": f"{left} {rule.op} {right}"}), wrong)
    if found is not None and found.defect == "interval_inverted" and case.look and found.rows:
        both = f"t.{ident(left)} IS NOT NULL AND t.{ident(right)} IS NOT NULL"
        whole = case.look.count(f"SELECT count(*) FROM {case.relation} AS t WHERE {both}")
        found = replace(found, details={**found.details, "ordered_share": round(1 - found.rows / whole, 6)})
    yield found


def _sounds_like_time(name: str) -> bool:
    return name.lower().endswith(_TIMES)


def equation(rule: Equation, case: Case) -> Iterator[Fault | None]:
    """A column that its formula does not give."""
    result, *_ = rule.columns
    formula = rule.formula.words()
    off = f"abs(CAST(t.{ident(result)} AS DOUBLE) - CAST({rule.formula.sql()} AS DOUBLE))"
    details: dict[str, Any] = {"formula": formula, "result_column": result, "tolerance": rule.tolerance}
    fault = Fault(
        "arithmetic_mismatch",
        rule.columns,
        f"break {result} = {formula}",
        details=details,
        expected={"rule": f"{result} = {formula}", "tolerance": rule.tolerance},
    )
    found = case.measured(fault, f"{off} > {rule.tolerance + _NOISE!r}")
    if found is not None and found.rows is not None and found.total:
        found = replace(found, details={**details, "holds_share": round(1 - found.rows / found.total, 6)})
    yield found


def after(rule: After, case: Case) -> Iterator[Fault | None]:
    """A child before its parent."""
    (time,) = rule.columns
    parent = case.names.parent(rule.parents)
    key = tuple(case.names.column(parent, name) for name in rule.parent_key)
    other = case.names.column(parent, rule.parent_column)
    on = " AND ".join(f"p.{ident(k)} = t.{ident(own)}" for own, k in zip(rule.link, key, strict=True))
    earlier = f"t.{ident(time)} {'<=' if rule.strict else '<'} p.{ident(other)}"
    relation = case.look.relation(parent) if case.look else ident(parent)
    fault = Fault(
        "temporal_violation",
        (time,),
        f"have {time} before {parent}.{other}",
        related=(parent, (other,)),
        details={
            "child_column": time,
            "parent_table": parent,
            "parent_column": other,
            "foreign_key": list(rule.link),
            "parent_key": list(key),
        },
        expected={"rule": f"{time} >= {parent}.{other}"},
    )
    yield case.measured(fault, f"EXISTS (SELECT 1 FROM {relation} AS p WHERE {on} AND {earlier})")


def determined(rule: Determined, case: Case) -> Iterator[Fault | None]:
    """Rows whose value is not the commonest among those that should have the same."""
    dependent, *by = rule.columns
    details: dict[str, Any] = {"determinant": by, "dependent": dependent}
    wrong = f"have another {dependent} than most with their {', '.join(by)}"
    fault = Fault("dependency_violation", rule.columns, wrong, details=details)
    if case.look is None:
        yield case.told(fault)
        return
    names, value = idents(tuple(by), "t."), f"t.{ident(dependent)}"
    there = " AND ".join(f"t.{ident(name)} IS NOT NULL" for name in rule.columns)
    cells = f"SELECT {names}, {value}, count(*) AS n FROM {case.relation} AS t WHERE {there}{case.only()} GROUP BY ALL"
    group = idents(tuple(by))
    place = f"row_number() OVER (PARTITION BY {group} ORDER BY n DESC, {ident(dependent)})"
    query = f"SELECT coalesce(sum(n) FILTER (WHERE place > 1), 0) FROM (SELECT *, {place} AS place FROM ({cells}))"
    rows = case.look.count(query)
    groups = case.look.count(f"SELECT count(*) FROM (SELECT 1 FROM ({cells}) GROUP BY {group} HAVING count(*) > 1)")
    total = case.total or 0
    details |= {"groups": groups, "holds_share": round(1 - rows / total, 6) if total else 1.0}
    yield replace(fault, rows=rows, total=total, query=query, details=details) if rows else None


def holds(rule: Holds, case: Case) -> Iterator[Fault | None]:
    """Any other condition over one row."""
    if not rule.good.known:
        raise UnmeasuredError("the condition has a part that cannot be read")
    words, good = rule.good.words(), rule.good.at(case.at)
    details = {"kind": "condition", "constraint": {"condition": words}}
    fault = Fault("constraint_violated", rule.columns, f"break {words}", details=details, expected={"rule": words})
    yield case.measured(fault, f"(NOT {good.sql()})")


def _table_of(name: str, case: Case) -> str:
    """The table that a query means; one of the names of the check's own table may be none of the data."""
    try:
        return case.names.parent((name,))
    except UnmappedError:
        if name in case.claim.tables:
            return case.table
        raise


def offenders(rule: Offenders, case: Case) -> Iterator[Fault | None]:
    """The rows of a query that the tool's user wrote."""
    details: Mapping[str, Any] = {"kind": "query", "constraint": {"query": rule.sql}}
    fault = Fault(rule.defect or "constraint_violated", rule.columns, "are what the query finds", details=details)
    if rule.defect == "aggregate_mismatch":
        fault = replace(fault, words="do not agree with the sum of their parts", details={"op": "sum"})
    if case.look is None:
        yield case.told(fault)
        return
    query, views = rule.sql.replace("`", '"'), {name: name for name in case.look.dataset.tables}
    for parts in rule.tables:
        views[parts[-1]] = _table_of(parts[-1], case)
        if len(parts) > 1:
            query = re.sub(r"\s*\.\s*".join(f'["`]?{re.escape(part)}["`]?' for part in parts), ident(parts[-1]), query)
    rows = case.look.foreign(query, views)
    yield replace(fault, rows=rows, total=case.total) if rows else None
