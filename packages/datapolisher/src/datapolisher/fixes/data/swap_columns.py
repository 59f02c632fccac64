"""Two cells in each other's place: exchange them where both break the form of their column and fit the other's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from datapolisher.documents import Finding
from datapolisher.expressions import Expression, Matches, all_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._patterns import portable
from datapolisher.fixes.data._places import Spot, bound, in_key, spot
from datapolisher.steps import Step, Swap

# What a value of the role looks like, where no form is declared.
_FORMS = {
    "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "url": r"https?://[^\s]+",
    "uuid": "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "ip": r"[0-9]{1,3}(\.[0-9]{1,3}){3}",
    "phone": r"\+?[0-9][0-9 ()./-]{5,}",
}
_BOUNDS = {"latitude": (-90.0, 90.0), "longitude": (-180.0, 180.0)}


class _Form(NamedTuple):
    """What a column's values look like, as a pattern or as bounds; whether somebody declared it."""

    declared: bool
    pattern: str | None = None
    low: Any = None
    high: Any = None

    def holds(self, value: Spot) -> Expression:
        """Whether a cell has the form."""
        if self.pattern is not None:
            return Matches(value.here, self.pattern)
        sides = (("at_least", self.low), ("at_most", self.high))
        return all_of([call(op, value.here, limit) for op, limit in sides if limit is not None])


def _form(place: Spot, context: Context) -> _Form | None:
    column = context.declared_column(place.table, place.column)
    said: Any = (column or {}).get("constraints") or {}
    if place.is_text and isinstance(said.get("pattern"), str) and (pattern := portable(said["pattern"])):
        return _Form(declared=True, pattern=pattern)
    limits = [bound(said.get(end), place.type) for end in ("min", "max")]
    if not place.is_text and any(limit is not None for limit in limits):
        return _Form(True, None, *limits)
    role = context.role_of(place.table, place.column) or ""
    if place.is_text and role in _FORMS:
        return _Form(declared=False, pattern=portable(_FORMS[role]))
    return _Form(False, None, *_BOUNDS[role]) if role in _BOUNDS and place.type in {"DOUBLE", "FLOAT"} else None


class _Pair(NamedTuple):
    """Two columns of one type, each with its form."""

    first: Spot
    second: Spot
    forms: tuple[_Form, _Form]


def _pair(finding: Finding, context: Context) -> _Pair | None:
    named = [finding.details.get(name) for name in ("first", "second")]
    places = [spot(finding, context, name) for name in named if isinstance(name, str)]
    if len(places) != len(named) or any(place is None or in_key(context, place) for place in places):
        return None
    first, second = (place for place in places if place is not None)
    forms = _form(first, context), _form(second, context)
    if first.column == second.column or first.type != second.type or forms[0] is None or forms[1] is None:
        return None
    return _Pair(first, second, (forms[0], forms[1]))


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    pair = _pair(finding, context)
    if pair is None:
        return []
    first, second = pair.forms
    wrong = [call("negate", all_of([first.holds(pair.first), second.holds(pair.second)]))]
    if first.pattern is not None and second.pattern is not None:
        wrong = [call("negate", first.holds(pair.first)), call("negate", second.holds(pair.second))]
    right = [first.holds(pair.second), second.holds(pair.first)]
    return [Swap(pair.first.table, pair.first.column, pair.second.column, all_of([*wrong, *right]))]


def _policy(finding: Finding, context: Context) -> Decision:
    pair = _pair(finding, context)
    if pair is not None and all(form.declared and form.pattern is not None for form in pair.forms):
        return Decision("fix", "both cells break the declared form of their column, and both fit once swapped")
    return Decision("ask", "nobody declared what the two columns look like: a person knows which is which")


SPEC = FixSpec(
    id="swap_columns",
    title="Exchange cells that stand in each other's column",
    path="postprocess",
    defects=("swapped_columns",),
    order=Order.FORMATS,
    safe="Both cells break the declared form of their column and fit the other's; latitude and longitude are asked about.",
    policy=_policy,
    plan=lambda finding, _: (
        f"exchange {finding.details.get('first')} and {finding.details.get('second')} of {finding.table} where both fit "
        "the other column only"
    ),
    steps=_steps,
)
