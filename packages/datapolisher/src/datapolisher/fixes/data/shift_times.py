"""By choice: the times of a segment that lie some hours off go back by so many hours, once; a column marks the rows."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Column, all_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import in_key, spot, words
from datapolisher.fixes.data._segments import segment
from datapolisher.steps import Step, Update, once_marked

_MOST = 14


def _hours(finding: Finding) -> float | None:
    said = finding.details.get("hours")
    number = float(said) if isinstance(said, int | float) and not isinstance(said, bool) else 0.0
    return number if 0 < abs(number) <= _MOST else None


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place, where, hours = spot(finding, context), segment(finding, context), _hours(finding)
    if place is None or where is None or hours is None or in_key(context, place):
        return []
    mark = f"{place.column}_shifted"
    if not place.type.startswith("TIMESTAMP") or context.type_of(place.table, mark) not in {None, "BOOLEAN"}:
        return []
    before, after = once_marked(place.table, mark, where)
    open_ = all_of([where, call("negate", Column(mark))])
    shifted = call("minus_seconds", place.here, round(hours * 3600))
    return [before, Update(place.table, place.column, shifted, open_), after]


SPEC = FixSpec(
    id="shift_times",
    title="Move the times of a segment back by its offset",
    path="postprocess",
    defects=("timezone_shift",),
    order=Order.TIMES,
    safe="Daylight saving, travellers and night shifts look alike: only a person may choose it; the rows are marked.",
    policy=lambda _finding, _context: Decision("ask", "daylight saving, travellers and night shifts look alike"),
    plan=lambda finding, _: (
        f"move {words(finding)} back by {finding.details.get('hours')} hours where "
        f"{finding.details.get('segment_column')} is {finding.details.get('segment')}, and mark the rows"
    ),
    steps=_steps,
)
