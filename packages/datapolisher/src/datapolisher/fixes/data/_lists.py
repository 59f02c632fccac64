"""The declared list of a column's values."""

from __future__ import annotations

from typing import Any

from datapolisher.documents import Finding
from datapolisher.expressions import Expression, call, is_one_of
from datapolisher.fixes.base import Context
from datapolisher.fixes.data._places import constraint_of, is_constraint, text_spot

# A longer list is a table of its own.
LONGEST = 500


def accepted_values(finding: Finding, context: Context) -> list[str]:
    """The members of the declared list, from the schema or from the finding; empty where none is declared."""
    column = context.declared_column(finding.table or "", next(iter(finding.columns), ""))
    said: Any = None
    if column is not None:
        choice = (column.get("generator") or {}).get("choice") or {}
        said = (column.get("constraints") or {}).get("enum") or choice.get("choices")
    said = said or constraint_of(finding).get("values") or constraint_of(finding).get("enum")
    said = said or (finding.details.get("accepted") if context.declared(finding) else None)
    return [value for value in said if isinstance(value, str)] if isinstance(said, list) else []


def unlisted(finding: Finding, context: Context) -> Expression | None:
    """The rows whose value is none of the declared list; None where none is declared."""
    place, accepted = text_spot(finding, context), accepted_values(finding, context)
    if place is None or not 0 < len(accepted) <= LONGEST or not is_constraint(finding, "enum"):
        return None
    return call("negate", is_one_of(place.here, accepted))
