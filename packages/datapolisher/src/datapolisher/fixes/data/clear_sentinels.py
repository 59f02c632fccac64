"""A value that stands for null: make it null."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Value, is_one_of
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import Spot, in_key, spot, typed_all, words
from datapolisher.fixes.data.quarantine_out_of_range import outside
from datapolisher.sql import Scalar
from datapolisher.steps import Step, Update
from datapolisher.workbench import Workbench

# What people write for "nothing" in a number; only where it lies outside the declared range.
_USUAL = frozenset({-1, -9, -99, -999, -9999, -99999, -999999, 9999, 99999, 999999, 9999999, 99999999, 999999999})
_FEW = 3


def _sentinels(finding: Finding, place: Spot, context: Context) -> list[Scalar]:
    if finding.defect == "out_of_range":
        return _out_of_range(finding, place, context)
    said = finding.details.get("values")
    listed = said if isinstance(said, list) else []
    return typed_all((entry.get("value") for entry in listed if isinstance(entry, dict)), place.type)


def _out_of_range(finding: Finding, place: Spot, context: Context) -> list[Scalar]:
    """The few values outside the range, where all of them are ones that usually stand for nothing."""
    where = outside(finding, context)
    if where is None or context.nullable(place.table, place.column) is not True:
        return []
    with Workbench(context.dataset) as bench:
        found = bench.distinct(place.table, place.column, _FEW, where)
    return list(found) if found and all(value in _USUAL for value in found) else []


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place = spot(finding, context)
    if place is None or in_key(context, place) or context.nullable(place.table, place.column) is False:
        return []
    values = _sentinels(finding, place, context)
    return [Update(place.table, place.column, Value(None), is_one_of(place.here, values))] if values else []


def _outside_range(finding: Finding, context: Context) -> bool:
    """Whether every sentinel lies outside the range that the schema declares for numbers."""
    place = spot(finding, context)
    column = context.declared_column(finding.table or "", place.column) if place else None
    limits = (column or {}).get("constraints") or {}
    low, high = limits.get("min"), limits.get("max")
    values = _sentinels(finding, place, context) if place else []
    numbers = [value for value in values if isinstance(value, int | float)]
    if not numbers or len(numbers) != len(values) or (low is None and high is None):
        return False
    return all((low is not None and n < low) or (high is not None and n > high) for n in numbers)


def _policy(finding: Finding, context: Context) -> Decision:
    if finding.defect == "out_of_range" and context.declared(finding):
        return Decision(
            "fix", "one value that stands for nothing, outside the declared range of a column that may be null"
        )
    nullable = context.nullable(finding.table or "", next(iter(finding.columns), "")) is not False
    if finding.details.get("declared") is True and nullable:
        return Decision("fix", "the sentinel is declared")
    if nullable and _outside_range(finding, context):
        return Decision("fix", "the sentinel lies outside the declared range, and the column may be null")
    return Decision("ask", "0, 1, '' and far dates are often true values")


SPEC = FixSpec(
    id="clear_sentinels",
    title="Make values that stand for null null",
    path="postprocess",
    defects=("sentinel_value", "out_of_range"),
    order=Order.SENTINELS,
    safe="Only declared sentinels, or values outside the declared range; others may be true.",
    policy=_policy,
    plan=lambda finding, _: f"set {words(finding)} to null where it holds a sentinel",
    steps=_steps,
)
