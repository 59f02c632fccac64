"""By choice: " at " in an e-mail address becomes "@", " dot " a point."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Column, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import words
from datapolisher.fixes.data._reforms import kind_of, reformed, rewritten
from datapolisher.steps import Step

# The word between blanks, or in brackets.
_AT = r"(?i) +at +| *[(\[] *at *[)\]] *"
_DOT = r"(?i) +dot +| *[(\[] *dot *[)\]] *"


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    if kind_of(finding, context) != "email":
        return []
    value = call("trim", Column(next(iter(finding.columns), "")))
    return reformed(finding, context, rewritten(value, (_AT, "@"), (_DOT, ".")))


SPEC = FixSpec(
    id="write_at_signs",
    title='Write "@" for " at " in e-mail addresses',
    path="postprocess",
    defects=("invalid_format", "constraint_violated"),
    order=Order.FORMATS,
    safe="The words may be part of a remark: only a person may choose it; only what then has the form is changed.",
    policy=lambda _finding, _context: Decision("ask", 'that " at " stands for "@" is a guess'),
    plan=lambda finding, _: f'write "@" for " at " in {words(finding)}, where it then has its form',
    steps=_steps,
    by_choice=True,
)
