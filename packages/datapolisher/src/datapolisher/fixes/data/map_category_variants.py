"""One category in several spellings: map case, blanks and composition to one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _spellings as spellings
from datapolisher.fixes.data._lists import accepted_values
from datapolisher.fixes.data._places import in_key, text_spot, words
from datapolisher.steps import MapValues, Step
from datapolisher.workbench import Workbench

# Codes in which case has a meaning.
_EXACT = frozenset({"unit", "sku", "code", "url"})
# Kinds of names that people write as they like: MacKenzie is not Mackenzie.
_PROPER_NAMES = frozenset({"first_name", "last_name", "person_name", "label", "email", "free_text"})
_EXACT_NAMES = frozenset({"unit", "units", "uom", "sku", "symbol", "ticker"})
_WORDS = re.compile("[a-z]+")


def mapping(finding: Finding, context: Context) -> dict[str, str]:
    """Spelling → the declared member, or the commonest spelling, that is the same word."""
    return _known(finding, context)[0]


def _known(finding: Finding, context: Context) -> tuple[dict[str, str], int]:
    return context.once(("spellings", finding.id), lambda: _mapped(finding, context))


def _mapped(finding: Finding, context: Context) -> tuple[dict[str, str], int]:
    """The mapping, and the rows that it changes."""
    spot = text_spot(finding, context)
    if spot is None or in_key(context, spot) or context.role_of(spot.table, spot.column) in _EXACT:
        return {}, 0
    with Workbench(context.dataset) as bench:
        counted = bench.distinct(spot.table, spot.column, spellings.LIMIT)
    if counted is None:
        return {}, 0
    accepted = accepted_values(finding, context)
    named = bool(_EXACT_NAMES & set(_WORDS.findall(spot.column.lower())))
    named = named or context.role_of(spot.table, spot.column) in _PROPER_NAMES
    exact = named or spellings.case_has_meaning(counted)
    fold = spellings.clean if exact and not accepted else spellings.folded
    merged = spellings.merged(counted, accepted, fold=fold)
    return spellings.with_trimmed(merged), sum(counted[old] for old in merged)


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    pairs = mapping(finding, context)
    table, column = finding.table or "", next(iter(finding.columns), "")
    return [MapValues(table, column, tuple(sorted(pairs.items())))] if pairs else []


def _plan(finding: Finding, context: Context) -> str:
    pairs = mapping(finding, context)
    shown = ", ".join(f"{old!r} → {new!r}" for old, new in sorted(pairs.items())[:5])
    return f"map {len(pairs)} spellings of {words(finding)}: {shown}{', …' if len(pairs) > 5 else ''}"


SPEC = FixSpec(
    id="map_category_variants",
    title="Write each category in one spelling",
    path="postprocess",
    defects=("category_variant",),
    order=Order.CATEGORIES,
    safe="The same word in other case, blanks or composition; typos, synonyms and abbreviations are asked about.",
    policy=lambda finding, context: Decision("fix", "the same word in another dress", rows=_known(finding, context)[1]),
    plan=_plan,
    steps=_steps,
)
