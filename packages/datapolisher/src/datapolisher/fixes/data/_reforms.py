"""Texts without the form of their kind, by choice: a rewriting, and the rows that it gives the form."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Expression, Matches, Rewrite, all_of, call
from datapolisher.fixes.base import Context
from datapolisher.fixes.data._places import Spot, in_key, is_constraint, text_spot
from datapolisher.fixes.data.normalise_formats import pattern_of
from datapolisher.steps import Step, Update
from datapolisher.workbench import Workbench


def malformed(finding: Finding, context: Context) -> tuple[Spot, str] | None:
    """The column and the form that its values should have; None where no form is known, and for keys."""
    place, pattern = text_spot(finding, context), pattern_of(finding, context)
    if place is None or pattern is None or in_key(context, place) or not is_constraint(finding, "pattern"):
        return None
    with Workbench(context.dataset) as bench:
        return (place, pattern) if bench.matches(pattern) else None


def reformed(finding: Finding, context: Context, new: Expression, also: Sequence[Expression] = ()) -> list[Step]:
    """The step that writes `new` where the value does not have the form and `new` does; none where no row gains by it."""
    found = malformed(finding, context)
    if found is None:
        return []
    place, pattern = found
    where = all_of([call("negate", Matches(place.here, pattern)), *also, Matches(new, pattern)])
    with Workbench(context.dataset) as bench:
        gains = bench.count(place.table, where)
    return [Update(place.table, place.column, new, where)] if gains else []


def kind_of(finding: Finding, context: Context) -> str:
    """The kind of text, as the finding or the report says it."""
    column = next(iter(finding.columns), "")
    said = finding.details.get("kind")
    role = context.role_of(finding.table or "", column)
    return str(said if said and said != "pattern" else role or said or "")


def rewritten(value: Expression, *pairs: tuple[str, str]) -> Expression:
    """The text after several replacements, one after the other."""
    for pattern, template in pairs:
        value = Rewrite(value, pattern, template)
    return value
