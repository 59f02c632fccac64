"""By choice: orphans refer to the one row that their parent table keeps for what is not known, where it has one; a column marks them."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _orphans as orphans
from datapolisher.fixes.data._places import INTEGERS, words
from datapolisher.sql import Scalar, ident
from datapolisher.steps import Step
from datapolisher.workbench import Workbench

# Keys that warehouses give the row "unknown"; a parent table that has several of them has none that is meant so.
_NUMBERS = (-1, 0)
_WORDS = ("unknown", "n/a", "-1", "none")


def unknown(found: orphans.Orphans, context: Context) -> Scalar:
    """The key of the parent table's row for the unknown; None where there is none, or more than one."""
    parent, key = found.key.references.table, found.key.references.columns[0]
    type_ = context.type_of(parent, key)
    candidates: Sequence[Scalar] = _NUMBERS if type_ in INTEGERS else _WORDS if type_ == "VARCHAR" else ()
    if not candidates:
        return None
    compared = ident(key) if type_ in INTEGERS else f"lower({ident(key)})"
    with Workbench(context.dataset) as bench:
        listed = ", ".join("?" for _ in candidates)
        held = bench.rows(
            f"SELECT DISTINCT {ident(key)} FROM {bench.relation(parent)} WHERE {compared} IN ({listed})", candidates
        )
    return held[0][0] if len(held) == 1 else None


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    found = orphans.find(finding, context)
    if found is None or len(found.key.columns) != 1:
        return []
    key = context.once(("unknown parent", finding.id), lambda: unknown(found, context))
    return [] if key is None else orphans.forget(found, finding.table or "", context, key)


SPEC = FixSpec(
    id="point_to_unknown_parent",
    title="Let orphans refer to the row that stands for an unknown parent",
    path="postprocess",
    defects=("foreign_key_orphan", "constraint_violated"),
    order=Order.FOREIGN_KEYS,
    safe="Only to a row that the parent table already keeps for it; what was referred to is forgotten: only by choice.",
    policy=lambda _finding, _context: Decision("ask", "what the rows referred to would be forgotten"),
    plan=lambda finding, _: (
        f"let orphans of {words(finding)} refer to the row that stands for the unknown, and mark them"
    ),
    steps=_steps,
    by_choice=True,
)
