"""What the fixes of path 1 share: finding the place in the document, and the usual changes to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from datapolisher.fixes.base import Change, Context, Decision

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_SAME = 1e-9


class Spot(NamedTuple):
    """A declared column: its JSON pointer, its definition, its name as constraints write it."""

    pointer: str
    column: Mapping[str, Any]
    attr: str

    @property
    def generator(self) -> tuple[str, Mapping[str, Any]]:
        """Name and parameters of the column's generator."""
        generator = self.column.get("generator") or {}
        name = next(iter(generator), "")
        params = generator.get(name)
        return name, params if isinstance(params, Mapping) else {}

    def inside(self, name: str) -> str:
        """The pointer of the generator's parameters."""
        return f"{self.pointer}/generator/{name}"


def spot(finding: Finding, document: SchemaDocument, column: str | None = None) -> Spot | None:
    """The declared column that the finding is about (its first one, or `column`), or None."""
    name = column or next(iter(finding.columns), None)
    place = document.place(finding.table, name) if finding.table and name else None
    return Spot(*place, f"{finding.table}.{name}") if place else None


def regenerate(why: str) -> Decision:
    """The usual policy of path 1."""
    return Decision("regenerate", why)


def lies_in_schema(_: Finding, __: Context) -> Decision:
    """The policy of a fix whose cause is what the document says."""
    return regenerate("the data is generated, and the document is where its cause lies")


def if_expected(finding: Finding, _: Context) -> Decision:
    """The policy for facts about the business: only where the document declares what the finding breaks."""
    if finding.category == "schema_expectation":
        return regenerate("the document declares what the finding breaks")
    return Decision("ask", "a fact about the business is not by itself an error of the document")


def entries(finding: Finding, name: str) -> list[Mapping[str, Any]]:
    """The objects of a list in the finding's details; what else a report may hold there says nothing."""
    said = finding.details.get(name)
    return [one for one in said if isinstance(one, Mapping)] if isinstance(said, list | tuple) else []


def texts(finding: Finding, name: str) -> list[str]:
    """The texts of a list in the finding's details."""
    said = finding.details.get(name)
    return [one for one in said if isinstance(one, str)] if isinstance(said, list | tuple) else []


def by_choice(why: str) -> Callable[[Finding, Context], Decision]:
    """The policy of what only a person may want."""
    return lambda _, __: Decision("ask", why)


def expected_node(finding: Finding, document: SchemaDocument) -> Mapping[str, Any] | None:
    """The finding's table as the contract has it that the data was held against; None without a contract."""
    found = document.contract.node(finding.table) if document.contract is not None and finding.table else None
    return found[1] if found else None


def expected_column(finding: Finding, document: SchemaDocument, column: str | None = None) -> Mapping[str, Any] | None:
    """The finding's column (its first one, or `column`) as that contract has it."""
    name = column or next(iter(finding.columns), None)
    contract = document.contract
    return contract.column(finding.table, name) if contract is not None and finding.table and name else None


def reads_known(definition: Mapping[str, Any], table: str, document: SchemaDocument) -> bool:
    """Whether all that a column of `table` is made from stands in the document."""
    generator = definition.get("generator") or {}
    name = next(iter(generator), "")
    params = generator.get(name) or {}
    if name == "lookup":
        return _is_declared(str(params.get("from")), document)
    if name == "choice" and "choices_ref" in params:
        return _is_declared(str(params["choices_ref"]), document)
    if name == "expression":
        return all(document.column(table, word) is not None for word in names_in(str(params.get("code"))))
    if name == "aggregate":
        of = str(params.get("of"))
        return _is_declared(of, document) if "." in of else document.node(of) is not None
    return bool(generator)


def _is_declared(address: str, document: SchemaDocument) -> bool:
    table, _, column = address.rpartition(".")
    return document.column(table, column) is not None


_STRINGS = re.compile(r"\"[^\"]*\"|'[^']*'")
_NAMES = re.compile(r"[A-Za-z_]\w*(?!\w*\s*\()")
_WORDS = frozenset({"and", "or", "not", "if", "else", "true", "false", "null", "True", "False", "None"})


def names_in(code: str) -> set[str]:
    """The columns that a formula names."""
    return set(_NAMES.findall(_STRINGS.sub("", code))) - _WORDS


def without_modifiers(place: Spot, unwanted: Callable[[Mapping[str, Any]], bool], reason: str) -> list[Change]:
    """Take those modifiers of a column away; the list, too, where none is left."""
    listed = place.column.get("modifiers") or []
    gone = [i for i, one in enumerate(listed) if unwanted(one)]
    if gone and len(gone) == len(listed):
        return drop(place.column, place.pointer, "modifiers", reason)
    return [Change("remove", f"{place.pointer}/modifiers/{i}", reason) for i in reversed(gone)]


def rhythm(place: Spot, written: Mapping[str, Any], reason: str) -> list[Change]:
    """The patterns of a contract's column, and its seasonal modifiers, for a column of times that has others."""
    wanted = (written.get("generator") or {}).get("datetime_series") or {}
    if place.generator[0] != "datetime_series":
        return []
    params, pointer = place.generator[1], place.inside("datetime_series")
    changes: list[Change] = []
    for name in ("pattern", "patterns"):
        changes += (
            put(params, pointer, name, wanted[name], reason) if name in wanted else drop(params, pointer, name, reason)
        )
    seasons = [one for one in written.get("modifiers") or [] if one.get("transform") == "seasonality"]
    listed = place.column.get("modifiers") or []
    others = [one for one in listed if one.get("transform") != "seasonality"]
    if [*others, *seasons] == listed:
        return changes
    return changes + (
        put(place.column, place.pointer, "modifiers", [*others, *seasons], reason)
        if others or seasons
        else drop(place.column, place.pointer, "modifiers", reason)
    )


def put(definition: Mapping[str, Any], pointer: str, key: str, value: Any, reason: str) -> list[Change]:
    """Give an object's key a value; nothing if it has it."""
    if key in definition and definition[key] == value:
        return []
    return [Change("replace" if key in definition else "add", f"{pointer}/{key}", reason, value)]


def drop(definition: Mapping[str, Any], pointer: str, key: str, reason: str) -> list[Change]:
    """Remove a key; nothing if it is not there."""
    return [Change("remove", f"{pointer}/{key}", reason)] if key in definition else []


def constraint(document: SchemaDocument, kind: str, entry: Any, reason: str) -> list[Change]:
    """Add an entry to one list of ``constraints``; nothing if it stands there."""
    constraints = document.tree.get("constraints")
    if not isinstance(constraints, Mapping):
        return [Change("add", "/constraints", reason, {kind: [entry]})]
    listed = constraints.get(kind)
    if not isinstance(listed, list):
        return [Change("add", f"/constraints/{kind}", reason, [entry])]
    return [] if entry in listed else [Change("add", f"/constraints/{kind}/-", reason, entry)]


def modifier(place: Spot, transform: str, args: Mapping[str, Any], reason: str) -> list[Change]:
    """Append a modifier to a column; change its arguments where it is already there."""
    listed = place.column.get("modifiers") or []
    entry = {"transform": transform, "args": dict(args)}
    for i, one in enumerate(listed):
        if one.get("transform") == transform:
            return put(one, f"{place.pointer}/modifiers/{i}", "args", dict(args), reason)
    if "modifiers" in place.column:
        return [Change("add", f"{place.pointer}/modifiers/-", reason, entry)]
    return [Change("add", f"{place.pointer}/modifiers", reason, [entry])]


def generator(place: Spot, value: Mapping[str, Any], reason: str) -> list[Change]:
    """Give the column another generator."""
    return put(place.column, place.pointer, "generator", dict(value), reason)


def not_null(place: Spot, reason: str) -> list[Change]:
    """Say that the column is never null, and take away what makes nulls."""
    changes = drop(place.column, place.pointer, "null_rate", reason)
    if place.column.get("nullable"):
        changes += put(place.column, place.pointer, "nullable", False, reason)
    return changes


class Choices(NamedTuple):
    """The values of a ``choice`` generator with their shares."""

    values: Sequence[Any]
    weights: Sequence[float] | None


def choices(place: Spot) -> Choices | None:
    """The values that a ``choice`` generator lists; None for any other generator."""
    name, params = place.generator
    values = params.get("choices")
    if name != "choice" or not isinstance(values, list):
        return None
    return Choices(values, params.get("weights"))


def rewrite_choices(place: Spot, mapping: Mapping[Any, Any], reason: str) -> list[Change]:
    """Replace values in a ``choice`` generator's list; a value mapped to `REMOVED` leaves it; equal ones merge.

    Weights move along: merged values add theirs up.
    """
    listed = choices(place)
    if listed is None or not any(_hashable(v) and v in mapping for v in listed.values):
        return []
    merged: dict[Any, float] = {}
    for i, old in enumerate(listed.values):
        new = mapping.get(old, old)
        if new is not REMOVED:
            merged[new] = merged.get(new, 0) + (listed.weights[i] if listed.weights else 0)
    if not merged:
        return []
    _, params = place.generator
    changes = put(params, place.inside("choice"), "choices", list(merged), reason)
    if listed.weights:
        weights = [round(weight, 9) for weight in merged.values()]
        changes += put(params, place.inside("choice"), "weights", weights, reason)
    return changes


REMOVED = object()


def _hashable(value: Any) -> bool:
    return isinstance(value, str | int | float | bool) or value is None


def narrowed(bounds: Sequence[float] | None, low: Any, high: Any) -> list[Any] | None:
    """The overlap of ``[lo, hi]`` with a pair whose ends may be None; None if an end stays open or nothing is left."""
    lows = [b for b in ((bounds[0] if bounds else None), low) if b is not None]
    highs = [b for b in ((bounds[1] if bounds else None), high) if b is not None]
    if not lows or not highs or max(lows) > min(highs):
        return None
    return [max(lows), min(highs)]


def number(value: Any) -> float | None:
    """`value` if it is a number (a bool is none), else None."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def close(first: float, second: float) -> bool:
    """Whether two numbers are the same but for rounding."""
    return abs(first - second) <= _SAME * max(1.0, abs(first), abs(second))


def part(name: str) -> str:
    """A key as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")
