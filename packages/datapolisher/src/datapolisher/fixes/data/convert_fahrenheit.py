"""By choice: the values of a segment that stand in degrees Fahrenheit become degrees Celsius, once; a column marks the rows."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Column, all_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _units as units
from datapolisher.fixes.data._places import in_key, spot, words
from datapolisher.fixes.data._segments import segment
from datapolisher.steps import Step, Update, once_marked


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place, where = spot(finding, context), segment(finding, context)
    mark = f"{place.column}_rescaled" if place else ""
    if place is None or where is None or place.type != "DOUBLE" or in_key(context, place):
        return []
    if context.type_of(place.table, mark) not in {None, "BOOLEAN"}:
        return []
    # Ten decimals: 77 °F is 25 °C, and not a digit of noise more.
    celsius = call("round_double", call("over", call("times", call("minus", place.here, 32.0), 5.0), 9.0), 10)
    as_it_is = context.once(("as is", finding.id), lambda: units.fits(place, where, place.here, context))
    if as_it_is or not context.once(("celsius", finding.id), lambda: units.fits(place, where, celsius, context)):
        return []
    before, after = once_marked(place.table, mark, where)
    open_ = all_of([where, call("negate", Column(mark))])
    return [before, Update(place.table, place.column, celsius, open_), after]


SPEC = FixSpec(
    id="convert_fahrenheit",
    title="Bring degrees Fahrenheit of a segment to Celsius",
    path="postprocess",
    defects=("unit_scale",),
    order=Order.DERIVED,
    safe="Only where the values are none of the others' range, and all are once converted; rows are marked: only by choice.",
    policy=lambda _finding, _context: Decision("ask", "a person knows the unit of each source"),
    plan=lambda finding, _: (
        f"bring {words(finding)} from Fahrenheit to Celsius where {finding.details.get('segment_column')} is "
        f"{finding.details.get('segment')}, and mark the rows"
    ),
    steps=_steps,
    by_choice=True,
)
