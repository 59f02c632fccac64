"""Write cards in capitals."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Column, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.steps import Step, Update


def _steps(finding: Finding, _context: Context) -> Sequence[Step]:
    column = next(iter(finding.columns), "")
    if finding.table is None or not column.lower().endswith("card"):
        return []
    return [Update(finding.table, column, call("upper", Column(column)))]


SPEC = FixSpec(
    id="capitalize_cards",
    title="Write cards in capitals",
    path="postprocess",
    defects=("invalid_format",),
    order=Order.FORMATS,
    safe="A card is the same card in either case.",
    policy=lambda _finding, _context: Decision("fix", "the same card in capitals"),
    plan=lambda finding, _context: f"write {finding.table}.{', '.join(finding.columns)} in capitals",
    steps=_steps,
)
