"""Rules about a table's shape, and numbers of a whole table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from datapolisher.importing.claims import Absent, Broken, Exists, Fresh, NoOthers, Typed, Varies, Whole
from datapolisher.importing.faults import Case, Fault
from datapolisher.importing.look import UnmeasuredError
from datapolisher.importing.names import UnmappedError
from datapolisher.importing.values import plain
from datapolisher.sql import ident

# What engines and tools call a type → one word for it.
_FAMILIES = (
    (r"bool", "boolean"),
    (r"timestamp|datetime", "time"),
    (r"^date(32|64)?(\[.*)?$", "date"),
    (r"^time", "clock"),
    (r"^u?(big|small|tiny|huge|medium)?int(eger)?(\d+)?$|^long$|^serial$", "whole"),
    (r"double|float|real|decimal|numeric|number", "number"),
    (r"char|text|string|^str$|^object$|utf8|^categor|^enum", "text"),
    (r"uuid", "uuid"),
    (r"blob|binary|bytes", "bytes"),
)


def family(type_: str) -> str:
    """The family that a type's name is of; itself where none is known."""
    plain_ = re.sub(r"\(.*\)", "", type_).strip().lower().removesuffix("type")  # Spark says IntegerType
    return next((name for shape, name in _FAMILIES if re.search(shape, plain_)), plain_)


def exists(rule: Exists, case: Case) -> Iterator[Fault | None]:
    """Columns that should be there and are not."""
    for column in rule.columns:
        if case.look is not None and _there(case, column):
            yield None
            continue
        details = {"columns": [column]}
        fault = Fault("missing_column", (column,), f"{case.table} has no column {column}", details=details)
        yield replace(fault, total=case.total)


def _there(case: Case, column: str) -> bool:
    try:
        case.names.column(case.table, column)
    except UnmappedError:
        return False
    return True


def no_others(rule: NoOthers, case: Case) -> Iterator[Fault | None]:
    """Columns that should not be there."""
    have = case.look.dataset.tables[case.table].columns if case.look else {}
    added = [name for name in have if name not in rule.columns]
    fault = Fault("schema_drift", tuple(added), f"{case.table} has columns that nobody declared: {', '.join(added)}")
    yield replace(fault, details={"added": added}, total=case.total) if added or case.look is None else None


def absent(rule: Absent, case: Case) -> Iterator[Fault | None]:
    """Columns that somebody forbade."""
    have = case.look.dataset.tables[case.table].columns if case.look else ()
    forms = [re.escape(name).replace("%", ".*").replace(r"\*", ".*") for name in rule.columns]
    there = tuple(name for name in have if any(re.fullmatch(form, name, re.IGNORECASE) for form in forms))
    named = there or rule.columns
    fault = Fault("schema_drift", named, f"{case.table} has columns that must not be there: {', '.join(named)}")
    yield replace(fault, details={"added": list(named)}, total=case.total) if there or case.look is None else None


def typed(rule: Typed, case: Case) -> Iterator[Fault | None]:
    """A column of another type than the declared one."""
    (column,) = rule.columns
    found = case.type_of(column)
    if case.look is not None and family(found) in {family(one) for one in rule.type.split(" or ")}:
        yield None
        return
    details = {"declared_type": rule.type} | ({"observed_type": found} if found else {})
    words = f"{case.table}.{column} is {found or 'of another type'}, not {rule.type}"
    yield Fault("type_mismatch", (column,), words, total=case.total, details=details, expected={"type": rule.type})


def fresh(rule: Fresh, case: Case) -> Iterator[Fault | None]:
    """A table whose latest row is old."""
    details = {"reference": case.at} if case.at else {}
    for column in rule.columns[:1]:
        details |= {"time_column": column}
        if case.look is not None:
            query = f"SELECT max({ident(column)}) FROM {case.relation}"
            details["latest"] = plain(case.look.rows(query)[0][0])
    what = f"the latest {rule.columns[0]} of {case.table}" if rule.columns else f"the newest row of {case.table}"
    yield Fault("stale_data", rule.columns[:1], f"{what} is old", total=case.total, details=details)


def varies(rule: Varies, case: Case) -> Iterator[Fault | None]:
    """A column with one value only."""
    (column,) = rule.columns
    if case.look is not None and case.look.facts(case.table, column).distinct > 1:
        yield None
        return
    yield Fault("constant_column", (column,), f"{case.table}.{column} has one value only", total=case.total)


def whole(rule: Whole, case: Case) -> Iterator[Fault | None]:
    """A number of the whole table: told, with the word that speaks of no defect; none of its rows is at fault."""
    if case.look is not None and case.total == 0:
        yield Fault("empty_table", (), f"{case.table} has no rows", rows=0, total=0)
        return
    yield Fault("other", rule.columns, rule.text, total=case.total, details={"kind": "aggregate"})


def broken(rule: Broken, case: Case) -> Iterator[Fault | None]:
    """A fault that only the tool can see."""
    if rule.defect == "unreadable_file" and case.look is not None:
        why = f": {case.claim.reason}" if case.claim.reason else ""
        raise UnmeasuredError(f"the tool could not read it{why}; here it can be read")
    yield case.told(Fault(rule.defect, rule.columns, case.claim.words))
