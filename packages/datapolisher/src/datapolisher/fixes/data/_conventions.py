"""Numbers and dates in text whose convention only a person knows: comma or point, day or month first."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from datapolisher.documents import Finding
from datapolisher.expressions import Cast, Column, Expression, Matches, all_of, any_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import Spot, words
from datapolisher.fixes.data._reforms import reformed, rewritten
from datapolisher.fixes.data.cast_text import CALENDAR, FORMS, lossy, place_of, target_of
from datapolisher.fixes.data.normalise_formats import pattern_of
from datapolisher.steps import Quarantine, Retype, Step, Update
from datapolisher.workbench import Workbench

# Values that are none of the type may be left over up to this share.
_LEFT = 0.05
_MARK = "[./-]"
# A time behind a day, and how its hours and seconds are made whole.
_CLOCK = "([ T]([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?)?"
_TIMES = (("[ T]([0-9]:)", r" 0\1"), ("([ T][0-9]{2}:[0-9]{2})$", r"\1:00"), ("^([0-9-]{10})$", r"\1 00:00:00"))
# Dates may be planned so many years ahead; those of two digits beyond are of the century before.
_AHEAD = 10
# One or two digits, one or two digits, a year of two or four.
_DAY = f"[0-9]{{1,2}}{_MARK}[0-9]{{1,2}}{_MARK}([0-9]{{4}}|[0-9]{{2}})"


@dataclass(frozen=True, slots=True)
class Convention:
    """How texts are read.

    Parameters
    ----------
    targets
        The types that they can be read as.
    form
        What a trimmed text looks like that is read so; all others stay as they are.
    rewrite
        The trimmed text → the plain form of its type.
    """

    targets: frozenset[str]
    form: str
    rewrite: Callable[[Expression], Expression]


def days(order: str, context: Context, *, instants: bool = False) -> Convention:
    """Dates with the day (``dmy``) or the month (``mdy``) first; years of two digits lie at most `_AHEAD` years ahead.

    `instants` may have a time behind the day; a day alone is its midnight.
    """
    last = min(99, context.analysis_date.year % 100 + _AHEAD)
    recent = "|".join(f"{year:02}" for year in range(last + 1))
    iso = r"\3-\2-\1\4" if order == "dmy" else r"\3-\1-\2\4"

    def rewrite(value: Expression) -> Expression:
        return rewritten(
            value,
            (f"^([0-9]){_MARK}", r"0\1-"),
            (f"^([0-9]{{2}}){_MARK}([0-9]){_MARK}", r"\1-0\2-"),
            (f"^([0-9]{{2}}){_MARK}([0-9]{{2}}){_MARK}", r"\1-\2-"),
            (f"^([0-9]{{2}})-([0-9]{{2}})-({recent})([ T].*)?$", r"\1-\2-20\3\4"),
            ("^([0-9]{2})-([0-9]{2})-([0-9]{2})([ T].*)?$", r"\1-\2-19\3\4"),
            ("^([0-9]{2})-([0-9]{2})-([0-9]{4})([ T].*)?$", iso),
            *(_TIMES if instants else ()),
        )

    return Convention(frozenset({"TIMESTAMP" if instants else "DATE"}), _DAY + (_CLOCK if instants else ""), rewrite)


def days_first(id_: str, order: str, first: str) -> FixSpec:
    """The fix that reads dates with the day, or the month, first: `order` as in `days`, `first` the word for it."""

    def steps(finding: Finding, context: Context) -> Sequence[Step]:
        convention = days(order, context, instants=target_of(finding) == "TIMESTAMP")
        if finding.defect == "invalid_format":
            return dates_reformed(finding, context, convention)
        return read(finding, context, convention)

    return FixSpec(
        id=id_,
        title=f"Read dates with the {first} first",
        path="postprocess",
        defects=("mixed_type", "type_mismatch", "invalid_format"),
        order=Order.TYPES,
        safe=f"03/04/25 does not say which is the {first}: only a person may choose it, for the whole column.",
        policy=lambda _finding, _context: Decision("ask", f"03/04/25 does not say which number is the {first}"),
        plan=lambda finding, _: (
            f"read dates of {words(finding)} with the {first} first, years of two digits up to ten years ahead"
        ),
        steps=steps,
        by_choice=True,
    )


def commas(id_: str, title: str, convention: Convention, how: str) -> FixSpec:
    """The fix that reads the commas of numbers by a convention; `how` says it in words."""
    return FixSpec(
        id=id_,
        title=title,
        path="postprocess",
        defects=("mixed_type", "type_mismatch"),
        order=Order.TYPES,
        safe="1,234 does not say what its comma is: only a person may choose it, for the whole column.",
        policy=lambda _finding, _context: Decision("ask", "1,234 may be one and a bit, or a thousand and more"),
        plan=lambda finding, _: f"read numbers of {words(finding)} {how}",
        steps=lambda finding, context: read(finding, context, convention),
        by_choice=True,
    )


def decimal_commas() -> Convention:
    """The comma is the decimal mark, points before it group thousands; a text without a comma stays, but for ``1.234.567``."""
    form = r"-?(0|[1-9][0-9]{0,2}(\.[0-9]{3})+|[1-9][0-9]{0,14}),[0-9]{1,15}|-?[1-9][0-9]{0,2}(\.[0-9]{3}){2,4}"
    return Convention(frozenset({"DOUBLE", "BIGINT"}), form, lambda value: rewritten(value, (r"\.", ""), (",", ".")))


def grouping_commas() -> Convention:
    """Commas group thousands, the point is the decimal mark."""
    form = r"-?[1-9][0-9]{0,2}(,[0-9]{3}){1,4}(\.[0-9]{1,15})?"
    return Convention(frozenset({"DOUBLE", "BIGINT"}), form, lambda value: rewritten(value, (",", "")))


def read(finding: Finding, context: Context, convention: Convention) -> Sequence[Step]:
    """Steps that give a text column its type, with the texts that have the convention's form read so.

    None where no text has the form, or where too many are left that are none of the type.
    """
    place, type_ = place_of(finding, context), target_of(finding)
    if place is None or type_ not in convention.targets:
        return []
    trimmed = call("trim", place.here)
    formed, new = Matches(trimmed, convention.form), convention.rewrite(trimmed)
    target = _wide_enough(place, formed, new, type_, context)
    kept = any_of([all_of([formed, valid(new, target)]), valid(trimmed, target)])
    with Workbench(context.dataset) as bench:
        total, read_, fits = bench.counts(place.table, call("not_null", place.here), [all_of([formed, kept]), kept])
    if not read_ or total - fits > _LEFT * total:
        return []
    table, column = place.table, place.column
    rest = [Quarantine(table, lossy(place, target), "mixed_type")] if fits < total else []
    mended = Update(table, column, new, all_of([formed, valid(new, target)]))
    return [mended, Update(table, column, trimmed), *rest, Retype(table, column, target)]


def _wide_enough(place: Spot, formed: Expression, new: Expression, type_: str, context: Context) -> str:
    """Whole numbers stay whole only if what is read so is whole, too."""
    if type_ != "BIGINT":
        return type_
    with Workbench(context.dataset) as bench:
        fractions = bench.count(place.table, all_of([formed, call("negate", Matches(new, FORMS["BIGINT"]))]))
    return "DOUBLE" if fractions else type_


def valid(text: Expression, type_: str) -> Expression:
    """Whether a trimmed text says a value of the type."""
    formed = Matches(text, FORMS[type_])
    return all_of([formed, call("not_null", Cast(text, type_, lenient=True))]) if type_ in CALENDAR else formed


def dates_reformed(finding: Finding, context: Context, convention: Convention) -> Sequence[Step]:
    """For a column that stays text: dates of the convention's form in years, months and days, where that is its form."""
    pattern = pattern_of(finding, context)
    if pattern is None or not re.fullmatch(pattern, "2001-02-03"):
        return []
    trimmed = call("trim", Column(next(iter(finding.columns), "")))
    new = convention.rewrite(trimmed)
    return reformed(finding, context, new, [Matches(trimmed, convention.form), valid(new, "DATE")])
