"""A text that does not have the form of its kind: mend it where one total, unambiguous rewriting gives that form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from datapolisher.documents import Finding
from datapolisher.expressions import Expression, Matches, Rewrite, all_of, call, is_one_of
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._patterns import portable
from datapolisher.fixes.data._places import Spot, constraint_of, in_key, is_constraint, text_spot, words
from datapolisher.sql import ident
from datapolisher.steps import MapValues, Quarantine, Step, Update
from datapolisher.workbench import Workbench

# Kinds in which a separator is part of the value, or case is.
_KEEP_SEPARATORS = frozenset({"email", "url", "ip", "ipv4", "ipv6", "uuid", "date"})
# A code of digits of one length.
_FIXED = re.compile(r"\[0-9\]\{([0-9]{1,2})\}")
# Short codes that would begin with a zero, had they lost a digit at random: that none does is then no accident.
_EXPECTED = 3.0
_MOST_CODES = 1_000
_KEEP_CASE = frozenset({"url", "hash", "base64"})


class _Form(NamedTuple):
    """A column, the form of its values, and the rewritings that mend some, each with the rows for which it is the one.

    `padded` are codes that lost their zeros and stand whole in other rows.
    """

    place: Spot
    pattern: str
    rewritings: list[tuple[Expression, Expression]]
    padded: dict[str, str]
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
    return [*plain, *cased]


def _one_style(trimmed: Expression, pattern: str) -> list[Expression]:
    """Every run of separators as the one that the form has; none where it has several, or none."""
    outside = re.sub(r"\[[^\]]*\]", "", pattern.replace("\\", ""))
    styles = {sign for sign in "-/_ ." if sign in outside}
    return [Rewrite(trimmed, "[ ./_-]+", style) for style in styles] if len(styles) == 1 else []


class _Code(NamedTuple):
    """A code of digits, all of one length; at least half of a shorter one have to be there."""

    place: Spot
    length: int

    @property
    def short(self) -> Expression:
        """Whether a value may be a code without its zeros."""
        return Matches(call("trim", self.place.here), f"[0-9]{{{(self.length + 1) // 2},{self.length - 1}}}")

    @property
    def padded(self) -> Expression:
        """The value with zeros in front, where it may be a code."""
        trimmed = call("trim", self.place.here)
        return call("choose", self.short, call("pad_zeros", trimmed, self.length), trimmed)


def _code(place: Spot, kind: str, pattern: str) -> _Code | None:
    fixed = _FIXED.fullmatch(pattern)
    return _Code(place, int(fixed[1])) if fixed is not None and kind != "phone" else None


def _lost_zeros(bench: Workbench, code: _Code) -> bool:
    """Whether the short values lost zeros, and not digits: of digits, some would be lost behind a zero."""
    led = Matches(call("trim", code.place.here), "0[0-9]*")
    whole = Matches(code.place.here, f"[0-9]{{{code.length}}}")
    table = code.place.table
    total, zeros = bench.counts(table, whole, [led])
    short, cut = bench.counts(table, code.short, [led])
    return total > 0 and cut == 0 and short * zeros / total >= _EXPECTED


def _standing_elsewhere(bench: Workbench, code: _Code) -> dict[str, str]:
    """Short value → the code that it is with zeros in front, where other rows hold that code."""
    column, table = ident(code.place.column), bench.relation(code.place.table)
    found = bench.rows(
        f"SELECT DISTINCT {column}, lpad(trim_blanks({column}), {code.length}, '0') AS whole FROM {table} AS t "
        f"WHERE {bench.sql_of(code.place.table, code.short)} "
        f"AND whole IN (SELECT {column} FROM {table} WHERE {column} IS NOT NULL) ORDER BY 1 LIMIT {_MOST_CODES}"
    )
    return dict(found)


def _unambiguous(fitting: list[Expression], pattern: str) -> list[tuple[Expression, Expression]]:
    """Each rewriting with the condition that it gives the form, and no other rewriting gives it with another result."""
    found = []
    for value in fitting:
        others = [all_of([Matches(o, pattern), call("unequal", o, value)]) for o in fitting if o is not value]
        found.append((value, all_of([Matches(value, pattern), *(call("negate", other) for other in others)])))
    return found


def _form(finding: Finding, context: Context) -> _Form | None:
    return context.once(("form", finding.id), lambda: _measured(finding, context))


def _measured(finding: Finding, context: Context) -> _Form | None:
    place = text_spot(finding, context) if is_constraint(finding, "pattern") else None
    pattern = pattern_of(finding, context)
    if place is None or pattern is None or in_key(context, place):
        return None
    kind = str(finding.details.get("kind") or context.role_of(place.table, place.column) or "")
    with Workbench(context.dataset) as bench:
        return _measured_in(bench, place, kind, pattern) if bench.matches(pattern) else None


def _measured_in(bench: Workbench, place: Spot, kind: str, pattern: str) -> _Form:
    wrong, code = call("negate", Matches(place.here, pattern)), _code(place, kind, pattern)
    rewritings = _rewritings(place, kind, pattern)
    if code is not None and _lost_zeros(bench, code):
        rewritings.append(code.padded)
    _, *counts = bench.counts(place.table, wrong, [Matches(value, pattern) for value in rewritings])
    ways = _unambiguous([value for count, value in zip(counts, rewritings, strict=True) if count], pattern)
    padded = _standing_elsewhere(bench, code) if code is not None else {}
    known: list[Expression] = [is_one_of(place.here, list(padded))] if padded else []
    earlier = [[*known, *(where for _, where in ways[:n])] for n in range(len(ways))]
    firsts = [all_of([where, *(call("negate", e) for e in es)]) for (_, where), es in zip(ways, earlier, strict=True)]
    total, *each = bench.counts(place.table, wrong, [*firsts, *known])
    needed = [way for count, way in zip(each, ways, strict=False) if count]
    return _Form(place, pattern, needed, padded, sum(each), total - sum(each))


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    form = _form(finding, context)
    if form is None:
        return []
    wrong = call("negate", Matches(form.place.here, form.pattern))
    table, column = form.place.table, form.place.column
    mend: list[Step] = [MapValues(table, column, tuple(form.padded.items()))] if form.padded else []
    mend += [Update(table, column, value, all_of([wrong, where])) for value, where in form.rewritings]
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
