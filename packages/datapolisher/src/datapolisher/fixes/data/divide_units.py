"""By choice: the values of a segment that stand in another unit are divided by the factor, once; a column marks the rows."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Column, Expression, all_of, call, rounded
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _units as units
from datapolisher.fixes.data._places import Spot, in_key, spot, words
from datapolisher.fixes.data._segments import segment
from datapolisher.sql import INTEGERS, ident
from datapolisher.steps import Step, Update, once_marked
from datapolisher.workbench import Workbench

# Cents, minutes, pairs of units that differ by powers of ten or two.
_KNOWN = (10.0, 60.0, 100.0, 1000.0, 1024.0)
_NEAR = 0.01


def _factor(finding: Finding) -> tuple[float, bool] | None:
    """A known factor, and whether the values are that much too large (else too small)."""
    said = finding.details.get("factor")
    if not isinstance(said, int | float) or isinstance(said, bool) or said <= 0:
        return None
    plain = max(said, 1 / said)
    known = next((factor for factor in _KNOWN if abs(plain / factor - 1) <= _NEAR), None)
    return (known, said > 1) if known else None


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place, where, factor = spot(finding, context), segment(finding, context), _factor(finding)
    if place is None or where is None or factor is None or in_key(context, place):
        return []
    mark = f"{place.column}_rescaled"
    whole = place.type in INTEGERS and factor[1] and _divides(place, where, factor[0], context)
    if not (place.type == "DOUBLE" or whole) or context.type_of(place.table, mark) not in {None, "BOOLEAN"}:
        return []
    value = _scaled(place.here, *factor)
    if not context.once(("unit", finding.id), lambda: units.fits(place, where, value, context)):
        return []
    before, after = once_marked(place.table, mark, where)
    open_ = all_of([where, call("negate", Column(mark))])
    # Twelve decimals: a value that was multiplied and is divided again is then the one that it was.
    tidy = rounded(place.column, place.type, 12)
    tidied = [Update(place.table, place.column, tidy, open_)] if tidy else []
    return [before, Update(place.table, place.column, value, open_), *tidied, after]


def _divides(place: Spot, where: Expression, factor: float, context: Context) -> bool:
    """Whether every whole number of the segment is a multiple of the factor."""
    with Workbench(context.dataset) as bench:
        condition = f"{bench.sql_of(place.table, where)} AND {ident(place.column)} % {int(factor)} <> 0"
        rest = bench.value(f"SELECT count(*) FROM {bench.relation(place.table)} AS t WHERE {condition}")
    return not rest


def _scaled(value: Expression, factor: float, too_large: bool) -> Expression:
    return call("over", value, factor) if too_large else call("times", value, factor)


SPEC = FixSpec(
    id="divide_units",
    title="Bring the values of a segment into the unit of the others",
    path="postprocess",
    defects=("unit_scale",),
    order=Order.DERIVED,
    safe="Only where every value then falls among the others; a jump by 100 may be real: only by choice; rows are marked.",
    policy=lambda _finding, _context: Decision("ask", "a person knows the unit of each source"),
    plan=lambda finding, _: (
        f"divide {words(finding)} by {finding.details.get('factor')} where {finding.details.get('segment_column')} is "
        f"{finding.details.get('segment')}, and mark the rows"
    ),
    steps=_steps,
)
