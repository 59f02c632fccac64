"""By choice: spellings that the analyst takes for typos of a commoner one are mapped to it."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _spellings as spellings
from datapolisher.fixes.data._lists import accepted_values
from datapolisher.fixes.data._places import in_key, text_spot, words
from datapolisher.fixes.data.map_category_variants import mapping
from datapolisher.steps import MapValues, Step
from datapolisher.workbench import Workbench


def _held(finding: Finding, context: Context) -> dict[str, int]:
    """The column's values, with their rows; empty where there are too many."""

    def look() -> dict[str, int]:
        with Workbench(context.dataset) as bench:
            return bench.distinct(finding.table or "", finding.columns[0], spellings.LIMIT) or {}

    return context.once(("typos", finding.id), look)


def _typos(finding: Finding, context: Context) -> dict[str, str]:
    """Spelling → what it is said to stand for, of the values that the column has."""
    place, said = text_spot(finding, context), finding.details.get("variants")
    if place is None or in_key(context, place) or not isinstance(said, list):
        return {}
    held = _held(finding, context)
    accepted, dressed = set(accepted_values(finding, context)), mapping(finding, context)
    found: dict[str, str] = {}
    for entry in said:
        old, new = (entry.get("value"), entry.get("canonical")) if isinstance(entry, dict) else (None, None)
        if isinstance(old, str) and isinstance(new, str) and old in held and old not in {*accepted, *dressed}:
            found[old] = dressed.get(new, new)
    final = {old: new for old, new in found.items() if new in held and new not in found}
    return {**dressed, **final} if final else {}


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    pairs = _typos(finding, context)
    right = set(pairs.values())
    kept = tuple(sorted((old, new) for old, new in pairs.items() if old not in right))
    return [MapValues(finding.table or "", finding.columns[0], kept)] if kept else []


def _plan(finding: Finding, context: Context) -> str:
    pairs, rows = _typos(finding, context), _held(finding, context)
    shown = ", ".join(
        f"{old!r} ({rows.get(old, 0):,} rows) → {new!r} ({rows.get(new, 0):,})"
        for old, new in sorted(pairs.items())[:5]
    )
    return f"map {len(pairs)} spellings of {words(finding)}: {shown}{', …' if len(pairs) > 5 else ''}"


SPEC = FixSpec(
    id="map_typos",
    title="Map spellings that look like typos to the commoner one",
    path="postprocess",
    defects=("category_variant",),
    order=Order.CATEGORIES,
    safe="Two words one letter apart may both be right: only a person may choose it, with the counts before the eyes.",
    policy=lambda _finding, _context: Decision("ask", "two words one letter apart may both be right"),
    plan=_plan,
    steps=_steps,
    by_choice=True,
)
