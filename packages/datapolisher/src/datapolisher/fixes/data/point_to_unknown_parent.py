"""By choice: orphans refer to the one row that their parent table keeps for what is not known, where it has one; a column marks them."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _orphans as orphans
from datapolisher.fixes.data._places import words
from datapolisher.sql import INTEGERS, Scalar, ident
from datapolisher.steps import Step
from datapolisher.workbench import Workbench

# Keys that warehouses give the row "unknown"; a parent table that has several of them has none that is meant so.
_NUMBERS = (-1, 0)
_WORDS = ("unknown", "n/a", "-1", "none")
_NOTHING = r"(?i)\W*(unknown|not known|n/?a|none|missing|undefined|unbekannt|inconnu|desconocid[oa])\b.*"


def unknown(found: orphans.Orphans, context: Context) -> Scalar:
    """The key of the parent table's row for the unknown; None where there is none, or more than one."""
    parent, key = found.key.references.table, found.key.references.columns[0]
    type_ = context.type_of(parent, key)
    candidates: Sequence[Scalar] = _NUMBERS if type_ in INTEGERS else _WORDS if type_ == "VARCHAR" else ()
    if not candidates:
        return None
    compared = ident(key) if type_ in INTEGERS else f"lower({ident(key)})"
    says = _says_so(context, parent, key) if type_ in INTEGERS else "TRUE"
    with Workbench(context.dataset) as bench:
        listed = ", ".join("?" for _ in candidates)
        held = bench.rows(
            f"SELECT DISTINCT {ident(key)} FROM {bench.relation(parent)} WHERE {compared} IN ({listed}) AND {says}",
            candidates,
        )
    return held[0][0] if len(held) == 1 else None


def _says_so(context: Context, parent: str, key: str) -> str:
    """SQL: 0 may be a key like any other; its row has to say that it is none, or to say nothing."""
    others = {name: type_ for name, type_ in context.dataset.tables[parent].columns.items() if name != key}
    texts = [f"regexp_full_match({ident(name)}, '{_NOTHING}')" for name, type_ in others.items() if type_ == "VARCHAR"]
    empty = [f"{ident(name)} IS NULL" for name in others]
    said = " OR ".join([*texts, f"({' AND '.join(empty)})"]) if others else "FALSE"
    return f"({ident(key)} < 0 OR coalesce({said}, FALSE))"


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
