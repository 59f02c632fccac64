"""By choice: values become others, as a person says: a word for a word, a synonym, an abbreviation."""

from __future__ import annotations

import json
from collections.abc import Sequence
from difflib import get_close_matches

from datapolisher.documents import Finding
from datapolisher.fixes.base import Argument, Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _spellings as spellings
from datapolisher.fixes.data._lists import accepted_values
from datapolisher.fixes.data._places import Spot, in_key, is_constraint, text_spot, words
from datapolisher.steps import MapValues, Step
from datapolisher.workbench import Workbench

_ALIKE = 0.75
_MOST = 20


def _place(finding: Finding, context: Context) -> Spot | None:
    place = text_spot(finding, context)
    return None if place is None or in_key(context, place) or not is_constraint(finding, "enum") else place


def _held(finding: Finding, context: Context) -> dict[str, int]:
    """The column's values, with their rows; empty where there are too many."""
    place = _place(finding, context)
    if place is None:
        return {}
    with Workbench(context.dataset) as bench:
        return bench.distinct(place.table, place.column, spellings.LIMIT) or {}


def pairs_of(said: str) -> dict[str, str] | None:
    """``old=new;old=new``, or a JSON object where a value holds one of the signs; None for anything else."""
    if said.lstrip().startswith("{"):
        try:
            found = json.loads(said)
        except ValueError:
            return None
        return found if all(isinstance(new, str) for new in found.values()) and found else None
    parts = [part.partition("=") for part in said.split(";") if part.strip()]
    if not parts or any(not sign or not old.strip() or not new.strip() for old, sign, new in parts):
        return None
    return {old.strip(): new.strip() for old, _, new in parts}


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place, pairs = _place(finding, context), pairs_of(context.argument)
    if place is None or not pairs:
        return []
    right = set(pairs.values())
    kept = tuple((old, new) for old, new in sorted(spellings.with_trimmed(pairs).items()) if old not in right)
    return [MapValues(place.table, place.column, kept)]


def _suggest(finding: Finding, context: Context) -> Sequence[str] | None:
    """Each value that is not in the list → the one member that it looks like; nothing where it looks like none."""
    held = context.once(("held", finding.id), lambda: _held(finding, context))
    if not held:
        return None
    accepted = accepted_values(finding, context)
    alike = (
        {old: get_close_matches(old, accepted, 2, _ALIKE) for old in held if old not in accepted} if accepted else {}
    )
    found = {old: near[0] for old, near in alike.items() if len(near) == 1}
    plain = (
        found and len(found) <= _MOST and not any(set(value) & set("=;") for pair in found.items() for value in pair)
    )
    return [";".join(f"{old}={new}" for old, new in sorted(found.items()))] if plain else []


def _wrong(said: str, finding: Finding, context: Context) -> str:
    pairs = pairs_of(said)
    if pairs is None:
        return 'write OLD=NEW;OLD=NEW, or {"OLD": "NEW"} as JSON'
    held, accepted = _held(finding, context), accepted_values(finding, context)
    if strange := [old for old in pairs if old not in held]:
        return f"no row says {strange[0]!r}"
    if again := sorted(set(pairs) & set(pairs.values())):
        return f"{again[0]!r} is both replaced and a replacement"
    if unlisted := [new for new in pairs.values() if accepted and new not in accepted]:
        return f"{unlisted[0]!r} is not in the declared list ({', '.join(accepted[:8])})"
    return ""


SPEC = FixSpec(
    id="map_values",
    title="Write one value for another",
    path="postprocess",
    defects=("unknown_category", "category_variant", "mixed_code_system", "constraint_violated"),
    order=Order.CATEGORIES,
    safe="A synonym, an abbreviation or a new category: only a person knows which word stands for which.",
    policy=lambda _finding, _context: Decision("ask", "which word stands for which, only a person knows"),
    plan=lambda finding, context: f"write in {words(finding)}: {context.argument}",
    steps=_steps,
    by_choice=True,
    argument=Argument("OLD=NEW;…", "which values become which", _suggest, _wrong),
)
