"""By choice: telephone numbers without a country get the calling code that a person says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Column, Expression, Matches, Value, call
from datapolisher.fixes.base import Argument, Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import words
from datapolisher.fixes.data._reforms import kind_of, malformed, reformed, rewritten
from datapolisher.steps import Step
from datapolisher.workbench import Workbench

# A number as one dials it within its country: one zero in front at most.
_NATIONAL = "0?[1-9][0-9]{3,13}"
# E.164: calling codes of one and two digits; all others have three.
_CODE = re.compile(r"\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[0-9]{3})")
_HELD = 0.8
_MOST = 100_000


def _dialled(finding: Finding) -> Expression:
    return rewritten(call("trim", Column(next(iter(finding.columns), ""))), ("[ ()./-]+", ""))


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    if kind_of(finding, context) != "phone" or not context.argument:
        return []
    dialled = _dialled(finding)
    new = call("join_text", Value(context.argument), rewritten(dialled, ("^0", "")))
    return reformed(finding, context, new, [Matches(dialled, _NATIONAL)])


def _suggest(finding: Finding, context: Context) -> Sequence[str] | None:
    """The code that most of the numbers with one have; None where no number lacks one, or none would gain by it."""
    found = malformed(finding, context) if kind_of(finding, context) == "phone" else None
    if found is None:
        return None
    place, _ = found
    with Workbench(context.dataset) as bench:
        if not bench.count(place.table, Matches(_dialled(finding), _NATIONAL)):
            return None
        held = bench.distinct(place.table, place.column, _MOST, Matches(place.here, r"\+[0-9].*")) or {}
    codes: Counter[str] = Counter()
    for number, rows in held.items():
        if said := _CODE.match(number):
            codes[said[0]] += rows
    return [code for code, rows in codes.most_common(1) if rows >= _HELD * codes.total()]


def _wrong(said: str, _finding: Finding, _context: Context) -> str:
    return "" if _CODE.fullmatch(said) else "is no calling code, such as +49"


SPEC = FixSpec(
    id="prefix_country_code",
    title="Put a calling code before telephone numbers without one",
    path="postprocess",
    defects=("invalid_format", "constraint_violated"),
    order=Order.FORMATS,
    safe="Which country a number is of, it does not say: only a person knows the code; only what then has the form changes.",
    policy=lambda _finding, _context: Decision("ask", "which country the numbers are of, they do not say"),
    plan=lambda finding, context: f"put {context.argument} before numbers of {words(finding)} without a country",
    steps=_steps,
    by_choice=True,
    argument=Argument("+CODE", "the calling code of the country", _suggest, _wrong),
)
