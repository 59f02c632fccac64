"""A number over the row's own children: an order's total, a customer's lifetime value."""

from __future__ import annotations

from typing import Literal

from datagen_core.generators.base import ALL_TYPES, GeneratorSpec
from datagen_core.schema.model import Part, Scalar


class AggregateParams(Part, frozen=True):
    of: str
    op: Literal["sum", "count", "min", "max", "mean"]
    where: str | None = None
    default: Scalar = None


SPEC = GeneratorSpec(
    name="aggregate",
    params=AggregateParams,
    types=ALL_TYPES,
    make=None,
    example={"of": "order_item.line_amount", "op": "sum"},
)
