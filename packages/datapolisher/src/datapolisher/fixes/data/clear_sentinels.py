"""A value that stands for null: make it null."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Value, is_one_of
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import in_key, spot, typed_all, words
from datapolisher.sql import Scalar
from datapolisher.steps import Step, Update


def _sentinels(finding: Finding, type_: str) -> list[Scalar]:
    said = finding.details.get("values")
    listed = said if isinstance(said, list) else []
    return typed_all((entry.get("value") for entry in listed if isinstance(entry, dict)), type_)


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place = spot(finding, context)
    if place is None or in_key(context, place) or context.nullable(place.table, place.column) is False:
        return []
    values = _sentinels(finding, place.type)
    return [Update(place.table, place.column, Value(None), is_one_of(place.here, values))] if values else []


def _outside_range(finding: Finding, context: Context) -> bool:
    """Whether every sentinel lies outside the range that the schema declares for numbers."""
    place = spot(finding, context)
    column = context.declared_column(finding.table or "", place.column) if place else None
    limits = (column or {}).get("constraints") or {}
    low, high = limits.get("min"), limits.get("max")
    values = _sentinels(finding, place.type) if place else []
    numbers = [value for value in values if isinstance(value, int | float)]
    if not numbers or len(numbers) != len(values) or (low is None and high is None):
        return False
    return all((low is not None and n < low) or (high is not None and n > high) for n in numbers)


def _policy(finding: Finding, context: Context) -> Decision:
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
    defects=("sentinel_value",),
    order=Order.SENTINELS,
    safe="Only declared sentinels, or values outside the declared range; others may be true.",
    policy=_policy,
    plan=lambda finding, _: f"set {words(finding)} to null where it holds a sentinel",
    steps=_steps,
)
