"""By choice: the times of a segment that lie some hours off go back by so many hours, once; a column marks the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Column, all_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import in_key, spot, words
from datapolisher.fixes.data._segments import segment
from datapolisher.steps import Step, Update, once_marked
from datapolisher.workbench import Workbench

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


_BARS = " ▁▂▃▄▅▆▇█"


def _shows(finding: Finding, context: Context) -> Sequence[str]:
    """The hours of the segment as they are and as they would be, and those of all other rows."""
    place, where, hours = spot(finding, context), segment(finding, context), _hours(finding)
    if place is None or where is None or hours is None:
        return ()
    shifted = call("minus_seconds", place.here, round(hours * 3600))
    with Workbench(context.dataset) as bench:
        view, inside = bench.relation(place.table), bench.sql_of(place.table, where)
        before, after = (bench.sql_of(place.table, value) for value in (place.here, shifted))
        asked = (
            ("others", before, f"NOT coalesce({inside}, FALSE)"),
            ("before", before, inside),
            ("after", after, inside),
        )
        return [
            f"hours 0-23, {name:6} |{_bars(dict(bench.rows(_by_hour(view, value, rows))))}|"
            for name, value, rows in asked
        ]


def _by_hour(view: str, value: str, rows: str) -> str:
    return f"SELECT hour({value}) AS h, count(*) FROM {view} AS t WHERE {rows} AND {value} IS NOT NULL GROUP BY 1"


def _bars(counts: Mapping[int, int]) -> str:
    most = max(counts.values(), default=1)
    return "".join(_BARS[-(-8 * counts.get(hour, 0) // most)] for hour in range(24))


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
    shows=_shows,
)
