"""A text that does not have the form of its kind: mend it where one total, unambiguous rewriting gives that form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from datapolisher.documents import Finding
from datapolisher.expressions import Expression, Matches, Rewrite, all_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._patterns import portable
from datapolisher.fixes.data._places import Spot, constraint_of, in_key, is_constraint, text_spot, words
from datapolisher.steps import Quarantine, Step, Update
from datapolisher.workbench import Workbench

# Kinds in which a separator is part of the value, or case is.
_KEEP_SEPARATORS = frozenset({"email", "url", "ip", "ipv4", "ipv6", "uuid", "date"})
# A code of digits of one length.
_FIXED = re.compile(r"\[0-9\]\{([0-9]{1,2})\}")
_KEEP_CASE = frozenset({"url", "hash", "base64"})


class _Form(NamedTuple):
    """A column, the form of its values, and the rewriting that mends most of them."""

    place: Spot
    pattern: str
    rewriting: Expression | None
    mended: int
    left: int


def pattern_of(finding: Finding, context: Context) -> str | None:
    column = context.declared_column(finding.table or "", next(iter(finding.columns), ""))
    declared = ((column or {}).get("constraints") or {}).get("pattern")
    said: Any = constraint_of(finding).get("pattern") or declared or finding.details.get("pattern")
    return portable(said) if isinstance(said, str) else None


def _rewritings(place: Spot, kind: str, pattern: str) -> list[Expression]:
    """From the least to the most that is rewritten."""
    trimmed = call("trim", place.here)
    plain: list[Expression] = [trimmed]
    if kind not in _KEEP_SEPARATORS:
        plain += [call("strip_separators", trimmed), *_one_style(trimmed, pattern)]
    if kind in _KEEP_CASE:
        return plain
    cased: list[Expression] = [call(case, value) for value in plain for case in ("lower", "upper")]
    return [*plain, *cased, *_padded(trimmed, kind, pattern)]


def _one_style(trimmed: Expression, pattern: str) -> list[Expression]:
    """Every run of separators as the one that the form has; none where it has several, or none."""
    outside = re.sub(r"\[[^\]]*\]", "", pattern.replace("\\", ""))
    styles = {sign for sign in "-/_ ." if sign in outside}
    return [Rewrite(trimmed, "[ ./_-]+", style) for style in styles] if len(styles) == 1 else []


def _padded(trimmed: Expression, kind: str, pattern: str) -> list[Expression]:
    """Zeros in front of digits up to the one length that a code of digits has; at least half of them have to be there."""
    fixed = _FIXED.fullmatch(pattern)
    if fixed is None or kind == "phone":
        return []
    length = int(fixed[1])
    short = Matches(trimmed, f"[0-9]{{{(length + 1) // 2},{length}}}")
    return [call("choose", short, call("pad_zeros", trimmed, length), trimmed)]


def _form(finding: Finding, context: Context) -> _Form | None:
    return context.once(("form", finding.id), lambda: _measured(finding, context))


def _measured(finding: Finding, context: Context) -> _Form | None:
    place = text_spot(finding, context) if is_constraint(finding, "pattern") else None
    pattern = pattern_of(finding, context)
    if place is None or pattern is None or in_key(context, place):
        return None
    kind = str(finding.details.get("kind") or context.role_of(place.table, place.column) or "")
    with Workbench(context.dataset) as bench:
        if not bench.matches(pattern):
            return None
        wrong = call("negate", Matches(place.here, pattern))
        rewritings = _rewritings(place, kind, pattern)
        total, *fitting = bench.counts(place.table, wrong, [Matches(value, pattern) for value in rewritings])
        tried = list(zip(fitting, rewritings, strict=True))
    mended = max(count for count, _ in tried)
    best = next((value for count, value in tried if count == mended), None) if mended else None
    return _Form(place, pattern, best, mended, total - mended)


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    form = _form(finding, context)
    if form is None:
        return []
    wrong = call("negate", Matches(form.place.here, form.pattern))
    table, column = form.place.table, form.place.column
    mend: list[Step] = []
    if form.rewriting is not None:
        mend.append(Update(table, column, form.rewriting, all_of([wrong, Matches(form.rewriting, form.pattern)])))
    if form.left and context.declared(finding):
        mend.append(Quarantine(table, wrong, "invalid_format"))
    return mend


def _policy(finding: Finding, context: Context) -> Decision:
    form = _form(finding, context)
    if form is not None and form.left and context.declared(finding):
        return Decision("quarantine", "the form is declared, and what was meant is unknown")
    return Decision("fix", "the same characters in the declared dress")


def _plan(finding: Finding, context: Context) -> str:
    form = _form(finding, context)
    counts = (form.mended, form.left) if form else (0, 0)
    rest = f", quarantine {counts[1]:,} rows" if counts[1] and context.declared(finding) else ""
    return f"rewrite {counts[0]:,} values of {words(finding)} into their form{rest}"


SPEC = FixSpec(
    id="normalise_formats",
    title="Rewrite values into the form of their kind",
    path="postprocess",
    defects=("invalid_format", "constraint_violated"),
    order=Order.FORMATS,
    safe="Only blanks, separators, case and zeros in front change, and the result has the form; no lost character is guessed.",
    policy=_policy,
    plan=_plan,
    steps=_steps,
)
