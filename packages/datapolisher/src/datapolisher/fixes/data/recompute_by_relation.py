"""By choice: the result of a relation that the analyst found in the data is computed again where it does not hold."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Expression, all_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._formulas import formula
from datapolisher.fixes.data._places import Spot, in_key, spot
from datapolisher.fixes.data.recompute_columns import differs
from datapolisher.steps import Step, Update


def _place(finding: Finding, context: Context) -> Spot | None:
    named = finding.details.get("result_column")
    found = spot(finding, context, named if isinstance(named, str) else None)
    return (
        None if found is None or in_key(context, found) or found.type not in {"DOUBLE", "BIGINT", "INTEGER"} else found
    )


def _value(finding: Finding, place: Spot, context: Context) -> Expression | None:
    """The relation's right side, in hundredths where the column is real: the noise of its terms is none of its own."""
    said = str(finding.details.get("formula") or "")
    value = formula(said.partition("=")[2] if "=" in said else said, place.table, context)
    return call("round_double", value, 2) if value is not None and place.type == "DOUBLE" else value


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place = _place(finding, context)
    value = _value(finding, place, context) if place else None
    if place is None or value is None:
        return []
    off = differs(place, value, finding.details.get("tolerance"))
    return [Update(place.table, place.column, value, all_of([call("not_null", place.here), off]))]


SPEC = FixSpec(
    id="recompute_by_relation",
    title="Compute the result of a relation again where it does not hold",
    path="postprocess",
    defects=("arithmetic_mismatch",),
    order=Order.DERIVED,
    safe="a·b≠c does not say which of the three is wrong: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "which of the columns is wrong, the data does not say"),
    plan=lambda finding, _: (
        f"set {finding.table}.{finding.details.get('result_column')} to {finding.details.get('formula')} where it differs"
    ),
    steps=_steps,
    by_choice=True,
)
