"""An instant after the analysis date: take the row out where such a time cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from datapolisher.documents import Finding
from datapolisher.expressions import Cast, Expression, all_of, call, is_one_of
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import is_date, quarantine_if_declared, spot, typed, words
from datapolisher.steps import Quarantine, Step
from datapolisher.workbench import Workbench

# What people write for "no end".
_NO_END = (date(2099, 12, 31), date(2999, 12, 31), date(3000, 1, 1), date(9999, 1, 1), date(9999, 12, 31))
_EVENTS = frozenset({"event_time", "creation_time", "update_time"})


def after_now(finding: Finding, context: Context) -> Expression | None:
    """The rows after the instant that the finding was held against; None for a column without times."""
    place = spot(finding, context)
    if place is None or not is_date(place.type):
        return None
    said = finding.details.get("reference") or context.analysis_date.isoformat()
    try:
        reference = typed(said, place.type)
    except ValueError:
        return None
    return call("above", place.here, reference)


def _happened(finding: Finding, context: Context) -> Expression | None:
    """Those of the rows whose time does not say that there is no end."""
    where, place = after_now(finding, context), spot(finding, context)
    if where is None or place is None:
        return None
    day = place.here if place.type == "DATE" else Cast(place.here, "DATE")
    return all_of([where, call("negate", is_one_of(day, _NO_END))])


def _open_ends(finding: Finding, context: Context) -> bool:
    """Whether every time after now says that there is no end."""
    return context.once(("open ends", finding.id), lambda: _count_open_ends(finding, context))


def _count_open_ends(finding: Finding, context: Context) -> bool:
    where, happened = after_now(finding, context), _happened(finding, context)
    if where is None or happened is None:
        return False
    with Workbench(context.dataset) as bench:
        return bench.count(finding.table or "", where) > 0 == bench.count(finding.table or "", happened)


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    where = after_now(finding, context) if _open_ends(finding, context) else _happened(finding, context)
    return [Quarantine(finding.table or "", where, "future_timestamp")] if where else []


def _policy(finding: Finding, context: Context) -> Decision:
    place = spot(finding, context)
    role = context.role_of(place.table, place.column) if place else None
    if finding.details.get("planned") or role == "planned_time":
        return Decision("flag", "planned times (due, expiry, renewal) lie ahead by nature")
    if _open_ends(finding, context):
        return Decision("ask", "such a day may say that there is no end: a person knows what it stands for")
    if role in _EVENTS:
        return Decision("quarantine", "what has happened cannot lie after the analysis date")
    return quarantine_if_declared(finding, context)


SPEC = FixSpec(
    id="quarantine_future_times",
    title="Quarantine events that lie in the future",
    path="postprocess",
    defects=("future_timestamp",),
    order=Order.TIMES,
    safe='"Now" is the analysis date, never the clock; no time is shifted.',
    policy=_policy,
    plan=lambda finding, _: f"quarantine rows of {words(finding)} after the analysis date",
    steps=_steps,
)
