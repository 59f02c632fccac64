"""By choice: the weights of a conversion's touches are scaled so that they sum to one."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import ChildAggregate, all_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import spot
from datapolisher.steps import Step, Update

_ROUNDING = 1e-6


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    weight, conversion = (finding.details.get(name) for name in ("weight_column", "conversion_column"))
    place = spot(finding, context, weight) if isinstance(weight, str) else None
    if finding.details.get("kind") != "weights" or place is None or place.type != "DOUBLE":
        return []
    if not isinstance(conversion, str) or context.type_of(place.table, conversion) is None:
        return []
    total = ChildAggregate((conversion,), place.table, (conversion,), "sum", place.column)
    off = all_of([call("above", total, 0.0), call("above", call("absolute", call("minus", total, 1.0)), _ROUNDING)])
    return [Update(place.table, place.column, call("over", place.here, total), off)]


SPEC = FixSpec(
    id="rescale_weights",
    title="Scale the weights of a conversion to sum to one",
    path="postprocess",
    defects=("attribution_gap",),
    order=Order.AGGREGATES,
    safe="Right where the weights are declared to sum to one; touches are never made up: only by choice.",
    policy=lambda _finding, _context: Decision("ask", "a missing touch looks like weights that are too small"),
    plan=lambda finding, _: (
        f"scale {finding.table}.{finding.details.get('weight_column')} to sum to one per conversion"
    ),
    steps=_steps,
    by_choice=True,
)
