"""By choice: times without a zone are told which they were meant in, by its distance from UTC; a column marks the rows."""

from __future__ import annotations

import re
from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Column, call
from datapolisher.fixes.base import Argument, Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import Spot, in_key, spot, words
from datapolisher.steps import Retype, Step, Update, once_marked

_OFFSET = re.compile(r"UTC|([+-])(0[0-9]|1[0-4]):([0-5][0-9])")
_ZONED = "TIMESTAMP WITH TIME ZONE"


def _place(finding: Finding, context: Context) -> Spot | None:
    """The column of times without a zone, where one with a zone is declared."""
    place, declared = spot(finding, context), str(finding.details.get("declared_type") or "").upper()
    if place is None or place.type != "TIMESTAMP" or in_key(context, place):
        return None
    free = context.type_of(place.table, f"{place.column}_zoned") in {None, "BOOLEAN"}
    return place if free and declared in {_ZONED, "TIMESTAMPTZ"} else None


def _seconds(said: str) -> int:
    found = _OFFSET.fullmatch(said)
    if found is None or found[1] is None:
        return 0
    return (int(found[2]) * 3600 + int(found[3]) * 60) * (1 if found[1] == "+" else -1)


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place = _place(finding, context)
    if place is None or not context.argument:
        return []
    seconds, mark = _seconds(context.argument), f"{place.column}_zoned"
    before, after = once_marked(place.table, mark, call("not_null", place.here))
    moved = Update(place.table, place.column, call("minus_seconds", place.here, seconds), call("negate", Column(mark)))
    return [before, *([moved] if seconds else []), after, Retype(place.table, place.column, _ZONED, place.type)]


def _wrong(said: str, _finding: Finding, _context: Context) -> str:
    return "" if _OFFSET.fullmatch(said) else "is neither UTC nor a distance from it, such as +02:00"


SPEC = FixSpec(
    id="give_time_zone",
    title="Give times the zone that they were meant in",
    path="postprocess",
    defects=("type_mismatch",),
    order=Order.TYPES,
    safe="Which zone a time was meant in, it does not say: only a person knows, and where clocks change there is more than one.",
    policy=lambda _finding, _context: Decision("ask", "which zone the times were meant in, they do not say"),
    plan=lambda finding, context: (
        f"read {words(finding)} as times of {context.argument}, store them in UTC, and mark the rows"
    ),
    steps=_steps,
    by_choice=True,
    argument=Argument(
        "±HH:MM", "the distance from UTC, or UTC", lambda f, c: ["UTC"] if _place(f, c) else None, _wrong
    ),
)
