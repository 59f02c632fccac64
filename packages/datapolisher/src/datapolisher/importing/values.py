"""Rules about single values: nulls, bounds, forms, lengths, types."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from datapolisher.importing.claims import Banned, Between, Length, Moment, NotNull, Pattern, Readable
from datapolisher.importing.faults import Case, Fault
from datapolisher.importing.look import UnmeasuredError
from datapolisher.sql import INTEGERS, ident, is_number, literal, text

_LONGEST = 1000
# Any text, in the words that every engine's regular expressions have.
_ANY = r"[\s\S]*"
EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
# A tool's word for a kind of text → its form.
FORMS = {
    "email": EMAIL,
    "uuid": r"^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$",
    "uri": r"^[A-Za-z][A-Za-z0-9+.-]*:\S+$",
    "url": r"^https?://\S+$",
    "ipv4": r"^(\d{1,3}\.){3}\d{1,3}$",
}
_FLOATS = frozenset({"DOUBLE", "FLOAT"})
# What people write where they have no value.
_STAND_INS = frozenset(
    {"", "-", "--", "?", "n/a", "na", "nan", "none", "null", "nil", "unknown", "undefined", "missing", "tbd", "0", "-1"}
    | {"99", "999", "9999", "-99", "-999", "-9999", "1900-01-01", "1970-01-01", "9999-12-31", "0000-00-00"}
)
# A tool's word for a type → DuckDB's.
TYPES = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "time": "TIME",
    "year": "SMALLINT",
}


def as_number(value: Any) -> int | float | None:
    """The number that a value is or says; None for anything else."""
    if isinstance(value, bool | int | float):
        return value
    try:
        return int(value) if str(value).lstrip("-").isdigit() else float(value)
    except (TypeError, ValueError):
        return None


def is_time(type_: str) -> bool:
    """Whether the type is an instant or a day."""
    return type_ == "DATE" or type_.startswith("TIMESTAMP")


def nulls(rule: NotNull, case: Case) -> Iterator[Fault | None]:
    """Missing values, and values that stand for them."""
    if not rule.columns:
        every = case.look.dataset.tables[case.table].columns if case.look else ()
        for column in every:
            yield from nulls(NotNull((column,)), case)
        return
    (column,) = rule.columns
    key = case.keys.get(case.table, ())
    name = f"t.{ident(column)}"
    if key == (column,):
        fault = Fault("primary_key_null", (column,), "have no key", details={"key": [column]})
    else:
        details = {"nullable_declared": False}
        fault = Fault("unexpected_null", (column,), f"have no {column}", details=details, expected={"nulls": 0})
    found = case.measured(fault, f"{name} IS NULL")
    if found is not None and found.rows and found.total and found.defect == "unexpected_null":
        found = replace(found, details={**found.details, "null_rate": round(found.rows / found.total, 6)})
    yield found
    if case.look is None:
        return
    if rule.stand_ins or rule.form:
        yield from _stand_ins(rule, case, column)
    elif case.type_of(column) in _FLOATS and (case.claim.rows or 0) > ((found.rows or 0) if found else 0):
        yield from _not_a_number(case, column)


def _not_a_number(case: Case, column: str) -> Iterator[Fault | None]:
    """Tools for frames take NaN for no value; in the data it is one."""
    where = f"isnan(t.{ident(column)})"
    rows = case.look.count(f"SELECT count(*) FROM {case.relation} AS t WHERE {where}{case.only()}") if case.look else 0
    details = {"values": [{"value": "NaN", "rows": rows}], "declared": False, "nullable": True}
    yield case.measured(Fault("sentinel_value", (column,), f"have NaN for no {column}", details=details), where)


def _stand_ins(rule: NotNull, case: Case, column: str) -> Iterator[Fault | None]:
    value, numbers = (
        f"trim(CAST(t.{ident(column)} AS VARCHAR))",
        [n for one in rule.stand_ins if (n := as_number(one)) is not None],
    )
    where = f"{value} IN ({', '.join(text(str(one)) for one in rule.stand_ins)})" if rule.stand_ins else "FALSE"
    if numbers and is_number(case.type_of(column)):  # -999 is -999.0 in a column of doubles
        where = f"t.{ident(column)} IN ({', '.join(map(literal, numbers))})"
    if rule.form:
        where = f"({where} OR regexp_matches({value}, {text(rule.form)}))"
    counted = (case.look.counted(case.table, column, where) if case.look else None) or {}
    details = {"values": [{"value": v, "rows": n} for v, n in counted.items()], "declared": True, "nullable": True}
    yield case.measured(Fault("sentinel_value", (column,), f"have a stand-in for no {column}", details=details), where)


def span(low: Any, high: Any) -> str:
    """The bounds in words."""
    if low is None or high is None:
        return f"below {low}" if high is None else f"above {high}"
    return f"outside {low} to {high}"


def bounds(rule: Between, case: Case) -> Iterator[Fault | None]:
    """Values outside their bounds, and missing ones where the tool fails those too."""
    (column,) = rule.columns
    rule = replace(rule, low=_said_at(rule.low, case.at), high=_said_at(rule.high, case.at))
    type_ = case.type_of(column)
    place = f"t.{ident(column)}"
    if type_ == "VARCHAR" and isinstance(rule.low if rule.low is not None else rule.high, int | float):
        place = f"TRY_CAST({place} AS DOUBLE)"
    low, high = (_bound(value, type_) for value in (rule.low, rule.high))
    below = f"{place} {'<=' if rule.above else '<'} {low}" if low else ""
    above = f"{place} {'>=' if rule.below else '>'} {high}" if high else ""
    least, most = _closed(rule, type_)
    fault = Fault(
        "out_of_range",
        (column,),
        f"have a {column} {span(least, most)}",
        details={key: value for key, value in (("min", least), ("max", most)) if value is not None},
        expected={key: value for key, value in (("min", rule.low), ("max", rule.high)) if value is not None},
    )
    found = case.measured(fault, "(" + " OR ".join(filter(None, (below, above))) + ")")
    yield _observed(found, case, place, below, above) if found is not None else None
    if not rule.nulls and case.look is not None:
        yield from nulls(NotNull((column,)), case)


def _said_at(value: Any, at: str | None) -> Any:
    """A bound; the time of the check as the tool tells it."""
    if not isinstance(value, Moment):
        return value
    if at is None:
        raise UnmeasuredError("the bound is the time of the check, which the document does not tell")
    return at[:10] if value.day else at[:19].replace("T", " ")


def _bound(value: Any, type_: str) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and is_time(type_):
        return f"CAST({text(value)} AS {type_})"
    return literal(value)


def _closed(rule: Between, type_: str) -> tuple[Any, Any]:
    """The bounds as values that are permitted: a whole number above 0 is at least 1."""
    low, high = rule.low, rule.high
    if type_ in INTEGERS:
        low = int(low) + 1 if rule.above and isinstance(low, int | float) and float(low).is_integer() else low
        high = int(high) - 1 if rule.below and isinstance(high, int | float) and float(high).is_integer() else high
    return low, high


def _observed(fault: Fault, case: Case, place: str, below: str, above: str) -> Fault:
    """The same with the least and the greatest value; what lies after the day of the check lies in the future."""
    if case.look is None:
        return fault
    counts = ", ".join(f"count(*) FILTER (WHERE {side or 'FALSE'})" for side in (below, above))
    query = f"SELECT min({place}), max({place}), {counts} FROM {case.relation} AS t WHERE {fault.where}"
    least, most, under, over = case.look.rows(query)[0]
    details = {
        **fault.details,
        "observed_min": plain(least),
        "observed_max": plain(most),
        "below": under,
        "above": over,
    }
    column = fault.columns[0]
    if (
        not under
        and is_time(case.type_of(column))
        and case.at
        and str(least)[:19] > str(case.at).replace("T", " ")[:19]
    ):
        times = {"reference": case.at, "latest": plain(most), "planned": False}
        return replace(fault, defect="future_timestamp", words=f"have a {column} in the future", details=times)
    return replace(fault, details=details)


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    return value if value is None or isinstance(value, int | float | str | bool) else str(value)


def pattern(rule: Pattern, case: Case) -> Iterator[Fault | None]:
    """Texts without their form; those that have it once trimmed are only untidy."""
    (column,) = rule.columns
    value = f"CAST(t.{ident(column)} AS VARCHAR)"
    kind = rule.kind or ("email" if "@" in rule.regex or "mail" in column.lower() else "")
    details: dict[str, Any] = {"pattern": whole_pattern(rule)} | ({"kind": kind} if kind else {})
    if rule.forbidden:
        details = {"forbidden": rule.regex}
    wrong = f"do not have the form of {column}"
    fault = Fault("invalid_format", (column,), wrong, details=details, expected={"pattern": rule.regex})
    if case.look is None:
        yield case.told(fault)
        return
    if not case.look.takes(rule.regex):
        yield from _by_hand(rule, fault, case, column)
        return
    yield from tidied(fault, case, column, _misses(rule, value), _misses(rule, f"trim({value})"))
    if not rule.nulls:
        yield from nulls(NotNull((column,)), case)


def tidied(fault: Fault, case: Case, column: str, wrong: str, still: str) -> Iterator[Fault | None]:
    """What is wrong even when trimmed, and what is only untidy."""
    yield case.measured(fault, f"{wrong} AND {still}")
    blanks = Fault("whitespace", (column,), f"have blanks around {column}")
    yield case.measured(blanks, f"{wrong} AND NOT ({still})")


def _misses(rule: Pattern, value: str) -> str:
    call = "regexp_full_match" if rule.whole else "regexp_matches"
    hit = f"{call}({value}, {text(rule.regex)})"
    return hit if rule.forbidden else f"NOT {hit}"


def _by_hand(rule: Pattern, fault: Fault, case: Case, column: str) -> Iterator[Fault | None]:
    """The offending values, found in Python: DuckDB's regular expressions have no look-around."""
    counted = case.look.counted(case.table, column, f"t.{ident(column)} IS NOT NULL") if case.look else None
    try:
        compiled = re.compile(rule.regex)
    except re.error as error:
        raise UnmeasuredError(f"the regular expression cannot be read: {error}") from error
    if counted is None:
        raise UnmeasuredError("the regular expression uses what DuckDB has not, and the column has too many values")
    test = compiled.fullmatch if rule.whole else compiled.search
    wrong = [str(value) for value in counted if bool(test(str(value))) is rule.forbidden]
    still = [value for value in wrong if bool(test(value.strip())) is rule.forbidden]
    yield from tidied(fault, case, column, _among(column, wrong), _among(column, still))


def _among(column: str, values: list[str]) -> str:
    return f"CAST(t.{ident(column)} AS VARCHAR) IN ({', '.join(map(text, values))})" if values else "FALSE"


def whole_pattern(rule: Pattern) -> str:
    """The form of whole values that says the same."""
    body = rule.regex
    if rule.whole or (body.startswith("^") and _ends(body) and "|" not in body):
        return body
    if "|" not in body and (body.startswith("^") or _ends(body)):
        return f"{body}{_ANY}" if body.startswith("^") else f"{_ANY}{body}"
    return f"{_ANY}(?:{body}){_ANY}"


def _ends(body: str) -> bool:
    """Whether the form reaches to the end: behind a backslash, ``$`` is a dollar."""
    return body.endswith("$") and not body.endswith("\\$")


def length(rule: Length, case: Case) -> Iterator[Fault | None]:
    """Texts that are too short or too long."""
    (column,) = rule.columns
    value = f"CAST(t.{ident(column)} AS VARCHAR)"
    low, high = rule.low or 0, rule.high
    details = {"pattern": f"^.{{{low},{'' if high is None else high}}}$"} if max(low, high or 0) <= _LONGEST else {}
    expected = {key: size for key, size in (("min_length", rule.low), ("max_length", high)) if size is not None}
    fault = Fault(
        "invalid_format",
        (column,),
        f"have a {column} of {span(rule.low, high).replace('below', 'less than').replace('above', 'more than')} characters",
        details={**details, "kind": "length"},
        expected=expected,
    )
    yield from tidied(fault, case, column, _outside(f"length({value})", rule), _outside(f"length(trim({value}))", rule))


def _outside(size: str, rule: Length) -> str:
    sides = [
        f"{size} < {rule.low}" if rule.low is not None else "",
        f"{size} > {rule.high}" if rule.high is not None else "",
    ]
    return "(" + " OR ".join(filter(None, sides)) + ")"


def readable(rule: Readable, case: Case) -> Iterator[Fault | None]:
    """Texts that cannot be read as their type."""
    (column,) = rule.columns
    if rule.kind in FORMS:
        yield from pattern(Pattern((column,), FORMS[rule.kind], whole=True, kind=rule.kind), case)
        return
    if rule.form or rule.kind == "json":
        yield _parsed(rule, case, column)
        return
    target = TYPES.get(rule.kind)
    defect = "invalid_format" if target in {"DATE", "TIMESTAMP", "TIME"} or target is None else "mixed_type"
    details = {"target_type": target} if defect == "mixed_type" else {"kind": rule.kind}
    fault = Fault(defect, (column,), f"have a {column} that is no {rule.kind}", details=details)
    if case.look is None:
        yield case.told(fault)
    elif target is None or case.type_of(column) != "VARCHAR":
        raise UnmeasuredError(
            f"{column} is {case.type_of(column)} in the data, where nothing can be read as {rule.kind}"
        )
    else:
        yield case.measured(fault, f"TRY_CAST(t.{ident(column)} AS {target}) IS NULL AND t.{ident(column)} IS NOT NULL")


def _parsed(rule: Readable, case: Case, column: str) -> Fault | None:
    """Texts that are no JSON, or no date of the form that somebody wrote."""
    value = f"CAST(t.{ident(column)} AS VARCHAR)"
    details = {"kind": rule.kind} | ({"form": rule.form} if rule.form else {})
    said = f"{rule.kind} {rule.form}".strip()
    fault = Fault("invalid_format", (column,), f"have a {column} that is no {said}", details=details)
    if case.look is not None and rule.form and case.type_of(column) != "VARCHAR":
        raise UnmeasuredError(f"{column} is {case.type_of(column)} in the data, where no form can be seen")
    wrong = f"try_strptime({value}, {text(rule.form)}) IS NULL" if rule.form else f"NOT json_valid({value})"
    return case.measured(fault, f"t.{ident(column)} IS NOT NULL AND {wrong}")


def banned(rule: Banned, case: Case) -> Iterator[Fault | None]:
    """Values that must not be: some stand for none, the others are words that nobody wants."""
    (column,) = rule.columns
    groups = {
        "sentinel_value": [value for value in rule.values if str(value).strip().casefold() in _STAND_INS],
        "unknown_category": [value for value in rule.values if str(value).strip().casefold() not in _STAND_INS],
    }
    for defect, group in groups.items():
        if group:
            yield _banned(defect, group, case, column)


def _banned(defect: str, group: list[Any], case: Case, column: str) -> Fault | None:
    where = f"CAST(t.{ident(column)} AS VARCHAR) IN ({', '.join(text(str(value)) for value in group)})"
    counted = (case.look.counted(case.table, column, where) if case.look else None) or {}
    values = [{"value": plain(value), "rows": rows} for value, rows in counted.items()]
    details: dict[str, Any] = {"values": values} | ({"declared": True} if defect == "sentinel_value" else {})
    return case.measured(Fault(defect, (column,), f"have a {column} that is forbidden", details=details), where)
