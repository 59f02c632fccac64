"""A value that is not in its list: another spelling, another code, an unknown word; or a key without its parent.

Nothing in a tool's document says that a list is the keys of another table: a list equal to another table's key is a
foreign key, a short list of words a category.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from datapolisher import codes
from datapolisher.fixes.data._spellings import folded
from datapolisher.importing.claims import Cased, Member, NotNull, Refers
from datapolisher.importing.faults import Case, Fault
from datapolisher.importing.keys import orphans
from datapolisher.importing.look import Look, UnmeasuredError
from datapolisher.importing.names import normal
from datapolisher.importing.values import as_number, nulls, plain
from datapolisher.sql import ident, is_number, literal, text

_SHORT = 30
_ALIKE = 0.9
# A key's name of so few letters ("id", "no") tells nothing.
_TELLING = 3
_WORDS = {
    "category_variant": "spell {} otherwise than the list",
    "mixed_code_system": "have a {} in another system of codes",
    "encoding_damage": "have a {} that was decoded wrongly",
    "unknown_category": "have a {} that is not in the list",
}


def members(rule: Member, case: Case) -> Iterator[Fault | None]:
    """What is not in the list, by the reason why it is not."""
    (column,) = rule.columns
    parents = parents_of(rule, case)
    if len(parents) == 1:
        yield from orphans(Refers((column,), (parents[0][0],), (parents[0][1],)), case)
    elif parents and case.look is not None:
        yield case.measured(
            _some_parent(column, parents), f"NOT ({in_list(_place(column), rule.values, case.type_of(column))})"
        )
    elif case.look is None:
        yield from _told(rule, case, column)
    else:
        yield from _split(rule, case, column)
    if not rule.nulls and case.look is not None:
        yield from nulls(NotNull((column,)), case)


def _split(rule: Member, case: Case, column: str) -> Iterator[Fault | None]:
    listed = in_list(f"t.{ident(column)}", rule.values, case.type_of(column))
    counted = case.look.counted(case.table, column, f"NOT ({listed})") if case.look else {}
    if counted is None:
        fault = Fault("unknown_category", (column,), _WORDS["unknown_category"].format(column), details=_accepted(rule))
        yield case.measured(fault, f"NOT ({listed})")
        return
    for defect, group in _sorted(counted, rule.values).items():
        chosen = in_list(f"t.{ident(column)}", tuple(group), case.type_of(column))
        yield case.measured(_fault(defect, column, group, counted, rule), chosen)


def _told(rule: Member, case: Case, column: str) -> Iterator[Fault]:
    """Without data: the values that the tool shows, where it shows all; else what it counted."""
    values = {value: rows or 0 for value, rows in case.claim.values.items() if value is not None}
    if len(rule.values) > _SHORT and (
        not isinstance(rule.values[0], str) or normal(column).endswith(("id", "key", "code"))
    ):
        yield case.told(Fault("foreign_key_orphan", (column,), f"have a {column} without a parent"))
        return
    groups = _sorted(values, rule.values)
    shown = sum(values.values())
    if len(groups) < 2 or (case.claim.rows is not None and shown != case.claim.rows):
        defect = next(iter(groups), "unknown_category") if len(groups) == 1 else "unknown_category"
        yield case.told(_fault(defect, column, groups.get(defect, {}), values, rule))
        return
    for defect, group in groups.items():
        fault = case.told(_fault(defect, column, group, values, rule))
        yield Fault(**{**_fields(fault), "rows": sum(values[value] for value in group)})


def _fields(fault: Fault) -> dict[str, Any]:
    return {name: getattr(fault, name) for name in fault.__dataclass_fields__}


def cased(rule: Cased, case: Case) -> Iterator[Fault | None]:
    """Words that differ from a commoner one in their capitals only."""
    (column,) = rule.columns
    fault = Fault(
        "category_variant", (column,), f"write a {column} with other capitals than most", details={"kind": "case"}
    )
    counted = case.look.counted(case.table, column, f"t.{ident(column)} IS NOT NULL") if case.look else {}
    if counted is None:
        raise UnmeasuredError(f"{column} has too many values to compare their capitals")
    usual: dict[str, str] = {}
    for value in counted:  # the commonest comes first
        usual.setdefault(str(value).casefold(), str(value))
    rare = {str(v): usual[str(v).casefold()] for v in counted if usual[str(v).casefold()] != str(v)}
    listed = [{"value": value, "rows": counted[value], "canonical": right} for value, right in rare.items()]
    where = in_list(_place(column), tuple(rare), "VARCHAR") if rare else "FALSE"
    yield case.measured(replace(fault, details={"kind": "case", "variants": listed[:100]}), where)


def _accepted(rule: Member) -> dict[str, Any]:
    return {"accepted": [plain(value) for value in rule.values[:1000]]}


def _fault(defect: str, column: str, group: Mapping[Any, Any], counted: Mapping[Any, int], rule: Member) -> Fault:
    listed = [
        {"value": plain(value), "rows": counted[value]} | ({} if right is None else {"canonical": right})
        for value, right in group.items()
    ]
    key = "variants" if defect == "category_variant" else "values"
    details: dict[str, Any] = {key: listed[:100], **_accepted(rule)}
    if defect == "mixed_code_system":
        details |= {"system": system_of(rule.values)[1], "declared": True}
    if defect == "category_variant":
        details["kind"] = "space" if all(str(v).strip() in rule.values for v in group) else "case"
    shown = ", ".join(repr(str(value)) for value in list(group)[:5])
    words = _WORDS[defect].format(column) + (f": {shown}{', …' if len(group) > 5 else ''}" if shown else "")
    return Fault(defect, (column,), words, details=details, expected={"in": _accepted(rule)["accepted"]})


def _sorted(counted: Mapping[Any, int], accepted: Sequence[Any]) -> dict[str, dict[Any, Any]]:
    """Defect → offending value → the member that it stands for, where there is one."""
    folds = {folded(member): member for member in accepted if isinstance(member, str)}
    table, system = system_of(accepted)
    groups: dict[str, dict[Any, Any]] = {}
    for value in counted:
        defect, right = _why(value, folds, table, system)
        groups.setdefault(defect, {})[value] = right
    return groups


def _why(value: Any, folds: Mapping[str, str], table: codes.Codes | None, system: str) -> tuple[str, str | None]:
    if not isinstance(value, str):
        return "unknown_category", None
    if folded(value) in folds:
        return "category_variant", folds[folded(value)]
    if table is not None and (said := _translated(value, table, system, folds)):
        return "mixed_code_system", said
    if (mended := _decoded(value)) is not None and folded(mended) in folds:
        return "encoding_damage", folds[folded(mended)]
    return "unknown_category", None


def _translated(value: str, table: codes.Codes, system: str, folds: Mapping[str, str]) -> str | None:
    """The member that names the same country or currency."""
    thing = table.thing(value)
    spellings = table.things[thing].get(system, ()) if thing is not None else ()
    return next((folds[folded(said)] for said in spellings if folded(said) in folds), None)


def _decoded(value: str) -> str | None:
    try:
        return value.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return None


def system_of(accepted: Sequence[Any]) -> tuple[codes.Codes | None, str]:
    """The system of codes that every member is in; (None, "") where there is none."""
    if not accepted or not all(isinstance(value, str) for value in accepted):
        return None, ""
    for table in (codes.countries(), codes.currencies()):
        systems = [{system for system, _ in table.readings(value)} for value in accepted]
        if common := set.intersection(*systems):
            return table, min(common)
    return None, ""


def in_list(place: str, values: Sequence[Any], type_: str) -> str:
    """The condition that the value is one of these, compared as the column's type."""
    if type_ == "VARCHAR":
        return f"{place} IN ({', '.join(text(_said(value)) for value in values)})"
    if is_number(type_):
        numbers = [number for value in values if (number := as_number(value)) is not None]
        return f"{place} IN ({', '.join(map(literal, numbers))})" if numbers else "FALSE"
    return f"CAST({place} AS VARCHAR) IN ({', '.join(text(_said(value)) for value in values)})"


def _said(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _place(column: str) -> str:
    return f"t.{ident(column)}"


def _some_parent(column: str, parents: Sequence[tuple[str, str]]) -> Fault:
    """The list is the keys of several tables, and nothing tells which is meant."""
    candidates = [f"{table}.{key}" for table, key in parents]
    words = f"have a {column} that no parent has ({' or '.join(candidates)})"
    return Fault("foreign_key_orphan", (column,), words, details={"candidates": candidates})


def parents_of(rule: Member, case: Case) -> list[tuple[str, str]]:
    """The table and key that the list is; several where nothing tells which, none for a list of its own."""
    if case.look is None:
        return _known_parents(rule, case)
    (column,) = rule.columns
    places = [(t, name) for t, found in case.look.dataset.tables.items() for name in found.columns]
    others = [place for place in places if place != (case.table, column)]
    named = [place for place in others if _names_it(column, *place) and _is_key_of(rule.values, *place, case.look)]
    if named:
        return _closest(column, named)
    if len(rule.values) <= _SHORT:
        return []
    return [place for place in others if _is_key_of(rule.values, *place, case.look)]


def _known_parents(rule: Member, case: Case) -> list[tuple[str, str]]:
    """Without data: the table whose key has the same name, where the list is too long for a category."""
    (column,) = rule.columns
    same = [(t, key[0]) for t, key in case.keys.items() if t != case.table and key == (column,)]
    return same if len(same) == 1 and len(rule.values) > _SHORT else []


def _is_key_of(values: Sequence[Any], table: str, column: str, look: Look) -> bool:
    """Whether the list is the column's values, and these repeat hardly ever."""
    type_ = look.type_of(table, column)
    textual = type_ == "VARCHAR"
    if textual is not isinstance(values[0] if values else None, str) or not (textual or is_number(type_)):
        return False
    facts = look.facts(table, column)
    if not facts.distinct or not _ALIKE <= len(set(values)) / facts.distinct <= 1 / _ALIKE:
        return False
    if facts.distinct < _ALIKE * (facts.rows - facts.nulls):
        return False
    name = ident(column)
    query = f"SELECT count(DISTINCT {name}) FROM {look.relation(table)} AS t WHERE {in_list(name, values, type_)}"
    return look.count(query) >= _ALIKE * max(facts.distinct, len(set(values)))


def _names_it(column: str, table: str, key: str) -> bool:
    """Whether a column's name speaks of the table's key: ``customer_id``, ``buyer_customer_id``, ``customer``."""
    own, parent, other = normal(column), normal(table).rstrip("s"), normal(key)
    return (len(other) > _TELLING and own.endswith(other)) or (bool(parent) and parent in own)


def _closest(column: str, places: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of several places that the name speaks of, those that it speaks of most plainly."""
    own = normal(column)
    by_table = [place for place in places if normal(place[0]).rstrip("s") in own]
    return by_table or [place for place in places if normal(place[1]) == own] or list(places)
