"""What the fixes of path 2 share: the place of a finding, values of the right type, and the usual decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

from datapolisher.documents import Finding, ForeignKey, Target
from datapolisher.expressions import Column, Expression, KeyIn, Value, all_of, call
from datapolisher.fixes.base import Context, Decision
from datapolisher.sql import INTEGERS, Scalar
from datapolisher.steps import Step, Update

KEY_ROLES = frozenset({"primary_key", "foreign_key", "uuid"})


@dataclass(frozen=True, slots=True)
class Spot:
    """A column on disk."""

    table: str
    column: str
    type: str

    @property
    def is_text(self) -> bool:
        """Whether it holds text."""
        return self.type == "VARCHAR"

    @property
    def here(self) -> Column:
        """The column, in an expression."""
        return Column(self.column)


def spot(finding: Finding, context: Context, column: str | None = None) -> Spot | None:
    """The finding's column (its only one, or `column`); None for several, or one that is part of the path."""
    name = column or (finding.columns[0] if len(finding.columns) == 1 else None)
    table = context.dataset.tables.get(finding.table or "")
    if table is None or name is None or name not in table.columns or name in table.partitions:
        return None
    return Spot(table.name, name, table.columns[name])


def text_spot(finding: Finding, context: Context) -> Spot | None:
    """The finding's column, if it holds text."""
    found = spot(finding, context)
    return found if found and found.is_text else None


def cleared(spot: Spot | None, where: Expression | None, context: Context) -> list[Step]:
    """Null for the cells of a column that `where` selects; nothing for keys, and for columns that may not be null."""
    if spot is None or where is None or in_key(context, spot) or context.nullable(spot.table, spot.column) is False:
        return []
    return [Update(spot.table, spot.column, Value(None), where)]


def in_key(context: Context, spot: Spot) -> bool:
    """Whether the column is part of the table's key, or refers to another table, or is referred to."""
    own = {*context.primary_key(spot.table)}
    own |= {name for key in context.foreign_keys(spot.table) for name in key.columns}
    own |= {name for _, key in context.references_to(spot.table) for name in key.references.columns}
    return spot.column in own or context.role_of(spot.table, spot.column) in KEY_ROLES


def is_constraint(finding: Finding, kind: str) -> bool:
    """True for every other defect, and for a broken constraint of this kind."""
    return finding.defect != "constraint_violated" or finding.details.get("kind") == kind


def quarantine_if_declared(finding: Finding, context: Context) -> Decision:
    """A declared rule takes the row out; an inferred one leaves the decision to a person."""
    if context.declared(finding):
        return Decision("quarantine", "the rule is declared, and the right value is unknown")
    return Decision("ask", "the rule was inferred from the data: a person decides whether it holds")


def words(finding: Finding) -> str:
    """``table.column`` of a finding."""
    return ".".join([finding.table or "", ", ".join(finding.columns)])


def typed(value: Any, type_: str) -> Scalar:
    """A value of a report as one of the column's type.

    Raises
    ------
    ValueError
        It is none of that type.
    """
    try:
        if type_ == "VARCHAR":
            return str(value)
        if type_ == "DATE":
            return datetime.fromisoformat(str(value)).date()
        if type_.startswith("TIMESTAMP"):
            return _instant(str(value), zoned="ZONE" in type_)
        if type_.startswith("DECIMAL") and (exact := Decimal(str(value))).is_finite():
            return exact
        number = float(value)
    except (TypeError, InvalidOperation) as error:
        raise ValueError(f"{value!r} is no {type_}") from error
    if type_ in INTEGERS and number.is_integer():
        return int(number)
    if type_ in {"DOUBLE", "FLOAT"} and isfinite(number):  # NaN and infinity have no literal
        return number
    raise ValueError(f"{value!r} is no {type_}")


def _instant(value: str, *, zoned: bool) -> datetime:
    said = datetime.fromisoformat(value)
    if zoned:
        return said if said.tzinfo else datetime.fromisoformat(f"{said.isoformat()}+00:00")
    return said.replace(tzinfo=None)


def typed_all(values: Iterable[Any], type_: str) -> list[Scalar]:
    """Those of the values that are of the column's type."""
    found: list[Scalar] = []
    for value in values:
        try:
            found.append(typed(value, type_))
        except ValueError:
            continue  # a value of another type is in no cell of the column
    return found


def bound(value: Any, type_: str) -> Scalar:
    """A bound of a range as one of the column's type; None for none, and for one of another kind."""
    if value is None or isinstance(value, bool | dict | list):
        return None
    try:
        return float(value) if type_ in INTEGERS else typed(value, type_)
    except (TypeError, ValueError):
        return None


def reference(finding: Finding, context: Context) -> ForeignKey | None:
    """The foreign key that the finding is about: as it names it, or as the report knows it."""
    table, related = finding.table or "", finding.location.related
    known = [key for key in context.foreign_keys(table) if set(key.columns) & set(finding.columns)]
    if related and related.table and related.table in context.dataset.tables:
        exact = [key for key in known if key.references.table == related.table]
        if exact:
            return exact[0]
        if finding.columns and len(related.columns) == len(finding.columns):
            return ForeignKey(columns=finding.columns, references=Target(table=related.table, columns=related.columns))
    return known[0] if len(known) == 1 else None


def orphaned(key: ForeignKey) -> Expression:
    """Rows whose key is whole and has no parent."""
    whole: list[Expression] = [call("not_null", Column(name)) for name in key.columns]
    present = KeyIn(key.columns, key.references.table, key.references.columns)
    return all_of([*whole, call("negate", present)])


def comparable(context: Context, table: str, key: ForeignKey) -> bool:
    """Whether the two sides of a foreign key have types that compare: the same, or both whole numbers."""
    pairs = zip(key.columns, key.references.columns, strict=True)
    types = [(context.type_of(table, c), context.type_of(key.references.table, p)) for c, p in pairs]
    return all(a == b or {a, b} <= INTEGERS for a, b in types)


def constraint_of(finding: Finding) -> Mapping[str, Any]:
    """The broken constraint, as the schema declares it; empty for another defect."""
    said = finding.details.get("constraint")
    return said if isinstance(said, Mapping) else {}


def is_date(type_: str) -> bool:
    """Whether the type is an instant or a day."""
    return type_ == "DATE" or type_.startswith("TIMESTAMP")
