"""A value outside its declared range: take the row out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datapolisher.documents import Finding
from datapolisher.expressions import Expression, any_of, call
from datapolisher.fixes.base import Context, FixSpec, Order
from datapolisher.fixes.data._places import bound, constraint_of, is_constraint, quarantine_if_declared, spot, words
from datapolisher.steps import Quarantine, Step


def _limits(finding: Finding, context: Context) -> tuple[Any, Any]:
    """(least, greatest) value that is permitted; None where there is none."""
    said = constraint_of(finding)
    if not said:
        column = context.declared_column(finding.table or "", next(iter(finding.columns), ""))
        said = (column or {}).get("constraints") or {}
    return said.get("min", finding.details.get("min")), said.get("max", finding.details.get("max"))


def outside(finding: Finding, context: Context) -> Expression | None:
    """The rows that lie outside the range; None where no range is known."""
    place = spot(finding, context) if is_constraint(finding, "range") else None
    if place is None:
        return None
    low, high = (bound(limit, place.type) for limit in _limits(finding, context))
    sides = [call(op, place.here, limit) for op, limit in (("below", low), ("above", high)) if limit is not None]
    return any_of(sides) if sides else None


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    where = outside(finding, context)
    return [Quarantine(finding.table or "", where, "out_of_range")] if where else []


def _plan(finding: Finding, context: Context) -> str:
    low, high = _limits(finding, context)
    span = " to ".join("…" if limit is None else str(limit) for limit in (low, high))
    return f"quarantine rows of {words(finding)} outside {span}"


SPEC = FixSpec(
    id="quarantine_out_of_range",
    title="Quarantine rows with a value outside its range",
    path="postprocess",
    defects=("out_of_range", "constraint_violated"),
    order=Order.QUARANTINE,
    safe="Clipping would make up a value at the bound; the row is held, whole.",
    policy=quarantine_if_declared,
    plan=_plan,
    steps=_steps,
)
