"""A declared column that the data lacks: compute it where the schema declares its formula."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from datapolisher.documents import Finding
from datapolisher.expressions import Cast
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._declared import as_rounded, generator_of
from datapolisher.fixes.data._formulas import formula
from datapolisher.steps import AddColumn, Step

_TYPES = {"int": "BIGINT", "float": "DOUBLE", "bool": "BOOLEAN", "string": "VARCHAR"}


def _column(finding: Finding) -> str:
    return str(finding.details.get("column") or next(iter(finding.columns), ""))


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    table, column = finding.table or "", _column(finding)
    definition: Any = context.declared_column(table, column) or {}
    declared = generator_of(table, column, context).get("expression")
    said = declared or (None if definition else finding.details.get("expression"))
    value = formula(said, table, context)
    value = as_rounded(value, table, column, context) if value is not None else None
    type_ = _TYPES.get(str(definition.get("type") or finding.details.get("column_type")))
    if not column or value is None or type_ is None or context.type_of(table, column) is not None:
        return []
    return [AddColumn(table, column, type_, value if type_ == "VARCHAR" else Cast(value, type_))]


SPEC = FixSpec(
    id="derive_missing_column",
    title="Compute a declared column that is missing",
    path="postprocess",
    defects=("missing_column",),
    order=Order.DERIVED,
    safe="The schema declares its formula and the data has what goes into it; an empty column is never added.",
    policy=lambda _finding, _context: Decision("fix", "the schema declares how the column is computed", budgeted=False),
    plan=lambda finding, _: f"compute {finding.table}.{_column(finding)} by its declared formula",
    steps=_steps,
)
