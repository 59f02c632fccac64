"""The part of a table that a finding calls off: one value of a column, or a span of its time."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from datapolisher.documents import Finding
from datapolisher.expressions import Column, Expression, all_of, call
from datapolisher.fixes.base import Context
from datapolisher.fixes.data._places import is_date, typed
from datapolisher.workbench import Workbench

# Slices of time that a span may be made of, shortest first.
_SLICES = (1, 7, 28, 29, 30, 31, 92, 366)


def segment(finding: Finding, context: Context) -> Expression | None:
    """The rows of the segment; None where the table does not have it, or its end is not known."""
    column, said = finding.details.get("segment_column"), finding.details.get("segment")
    type_ = context.type_of(finding.table or "", column) if isinstance(column, str) else None
    if type_ is None or said is None:
        return None
    try:
        if is_date(type_) and isinstance(said, str) and "/" in said:
            return _span(finding, context, str(column), type_)
        return call("equal", Column(str(column)), typed(said, type_))
    except ValueError:
        return None


def _span(finding: Finding, context: Context, column: str, type_: str) -> Expression | None:
    """From the first slice to the end of the last one: the shortest end that holds as many rows as the finding counts."""
    first, last = (datetime.fromisoformat(part.strip()) for part in str(finding.details["segment"]).split("/", 1))
    with Workbench(context.dataset) as bench:
        for days in _SLICES:
            inside = all_of(
                [
                    call("at_least", Column(column), _of_type(first, type_)),
                    call("below", Column(column), _of_type(last + timedelta(days=days), type_)),
                ]
            )
            if finding.rows is None or bench.count(finding.table or "", inside) >= finding.rows:
                return inside
    return None


def _of_type(at: datetime, type_: str) -> date | datetime:
    value = typed(at.date().isoformat() if type_ == "DATE" else at.isoformat(), type_)
    if not isinstance(value, date | datetime):
        raise ValueError(f"{at} is no {type_}")  # noqa: TRY004  of another kind than the column, as typed() says it
    return value
