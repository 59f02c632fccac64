"""By choice: a value that is not in the declared list becomes the list's own "other"."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Value
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._lists import accepted_values, unlisted
from datapolisher.fixes.data._places import in_key, text_spot, words
from datapolisher.steps import Step, Update

_REST = ("other", "others", "unknown", "misc", "miscellaneous", "n/a")


def _rest(finding: Finding, context: Context) -> str | None:
    """The member of the list that stands for the rest."""
    found = {value.casefold(): value for value in accepted_values(finding, context)}
    return next((found[word] for word in _REST if word in found), None)


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place, where, rest = text_spot(finding, context), unlisted(finding, context), _rest(finding, context)
    if place is None or where is None or rest is None or in_key(context, place):
        return []
    return [Update(place.table, place.column, Value(rest), where)]


SPEC = FixSpec(
    id="pool_unknown_categories",
    title='Write the list\'s own "other" for values that are not in it',
    path="postprocess",
    defects=("unknown_category", "constraint_violated"),
    order=Order.CATEGORIES,
    safe="What the value was is lost, and it may be a new category: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "what the value was would be lost"),
    plan=lambda finding, context: f"write {_rest(finding, context)!r} for values of {words(finding)} not in its list",
    steps=_steps,
    by_choice=True,
)
