"""What each persona says: a summary with numbers, the measures behind it, plots, and the findings that are theirs.

A persona measures the same thing at several places, the most telling one first. That one stands on the page; the others
are folded behind it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

from datacruncher.report.html import plots
from datacruncher.report.html.budget import Budget
from datacruncher.report.html.markup import Markup, cut, el
from datacruncher.report.html.numbers import shown
from datacruncher.report.html.periods import unfinished
from datacruncher.report.measured import Measure, columns_of, measures, summaries
from datacruncher.report.model import Issue, Report
from datacruncher.report.sentences import alike

_NUMBERS, _PLOTS, _FINDINGS = 8, 4, 4  # shown at once
_MOST_NUMBERS, _MOST_PLOTS = 80, 16  # shown at all
_COHORTS = 6  # rows of a heat map from which it shows more than chance
_FEW = 10  # members of a usual cohort from which its shares are worth a look

_DRAWN: Mapping[str, Callable[[Measure, str, Sequence[str]], Markup]] = {
    "series": lambda m, until, _: plots.line(m.records, m.unit, m.title, until),
    "bars": lambda m, *_: plots.bars(m.records, m.unit),
    "steps": lambda m, *_: _steps(m),
    "cohorts": lambda m, _, columns: plots.cohorts(m.records, m.unit, m.title, columns),
}


def _steps(measure: Measure) -> Markup:
    """A curve over ages, a funnel where each stage is a part of the one before, bars elsewhere."""
    if measure.by_number:
        return plots.curve(measure.records, measure.unit, measure.title)
    return plots.steps(measure.records, measure.unit) if measure.falls else plots.bars(measure.records, measure.unit)


def slug(name: str) -> str:
    """A persona's name as the end of a link."""
    return "".join(sign if sign.isalnum() else "-" for sign in name.lower())


def personas(report: Report, budget: Budget) -> Markup:
    """A part for each persona, in the order in which they were asked."""
    said, measured = summaries(report), measures(report)
    parts = [
        _persona(report, name, said.get(name, ()), [m for m in measured if m.persona == name])
        for name in report.personas
    ]
    kept = [part for part in parts if budget.has(part)]
    missing = len(parts) - len(kept)
    note = el("p", f"What {missing} more say stands in the JSON report.", class_="note") if missing else None
    return el("section", el("h2", "What the analysts say"), *kept, note, id="analysts")


def _persona(report: Report, name: str, sentences: Sequence[str], measured: Sequence[Measure]) -> Markup:
    mine = [issue for issue in report.issues if issue.persona == name]
    counts = Counter(issue.severity for issue in mine)
    pills = [el("span", f"{n} {word}", class_=f"pill {word}") for word, n in counts.items()]
    lead = el("p", " ".join(sentences) or _plainly(report, name, mine), class_="lead")
    return el(
        "article",
        el("header", el("h3", name), *pills),
        lead,
        _numbers(measured),
        _plots(report, measured),
        _theirs(mine, name),
        id=f"p-{slug(name)}",
        class_="card",
    )


def _plainly(report: Report, name: str, mine: Sequence[Issue]) -> str:
    """A summary from the counts alone, where there is no other."""
    statuses = Counter(run.status for run in report.checks if run.persona == name)
    skipped = f" {statuses['skipped']} found nothing to look at." if statuses["skipped"] else ""
    broken = f" {statuses['error']} could not run." if statuses["error"] else ""
    if not statuses["passed"] and not statuses["failed"]:
        return f"Nothing in this data is what {name} asks about.{skipped}{broken}"
    found = f"{len(mine)} {'finding' if len(mine) == 1 else 'findings'}" if mine else "Nothing to report"
    return f"{found}. {statuses['passed']} checks passed.{skipped}{broken}"


def _numbers(measured: Sequence[Measure]) -> Markup | None:
    """The first place of each number, with its interval; further places and statistics behind them."""
    numbers = [m for m in measured if m.kind == "number" and isinstance(m.value, int | float)]
    by_name = {m.metric: m for m in numbers}
    ends = {f"{m.metric}_{end}" for m in numbers for end in ("low", "high") if f"{m.metric}_low" in by_name}
    plain = [m for m in numbers if m.metric not in ends]
    first = [m for m in plain if "." not in m.metric and ": " not in m.title and m.unit != "statistic"][:_NUMBERS]
    rest = [m for m in plain if m not in first][:_MOST_NUMBERS]
    tiles = el("dl", *(_number(m, by_name) for m in first), class_="numbers") if first else None
    rows = [_row(m) for m in rest]
    table = el("div", el("table", *rows), class_="wide")
    more = el("details", el("summary", _more(len(rest), "number")), table, class_="more") if rest else None
    return el("div", tiles, more) if tiles or more else None


def _number(measure: Measure, by_name: Mapping[str, Measure]) -> Markup:
    low, high = by_name.get(f"{measure.metric}_low"), by_name.get(f"{measure.metric}_high")
    between = f"{shown(low.value, low.unit)} to {shown(high.value, high.unit)}" if low and high else None
    n = f"n = {measure.n:,}" if measure.n is not None else None
    note = el("small", " · ".join(part for part in (between, n, measure.table) if part))
    return el("div", el("dt", measure.title, note), el("dd", shown(measure.value, measure.unit)))


def _row(measure: Measure) -> Markup:
    n = f"n = {measure.n:,}" if measure.n is not None else ""
    cells = (shown(measure.value, measure.unit), n)
    where = el("td", measure.table, class_="about")
    return el("tr", el("td", measure.title), where, *(el("td", cell, class_="n") for cell in cells))


def _plots(report: Report, measured: Sequence[Measure]) -> Markup | None:
    drawn = [(m, figure) for m in measured if m.kind in _DRAWN and (figure := _figure(report, m, measured))]
    first = [(m, figure) for m, figure in drawn if "." not in m.metric and _is_telling(m, measured)][:_PLOTS]
    rest = [figure for m, figure in drawn if (m, figure) not in first][:_MOST_PLOTS]
    shown_first = el("div", *(figure for _, figure in first), class_="plots") if first else None
    folded = el("div", *rest, class_="plots")
    more = el("details", el("summary", _more(len(rest), "plot")), folded, class_="more") if rest else None
    return el("div", shown_first, more) if first or rest else None


def _more(n: int, word: str) -> str:
    return f"{n} more {word}{'' if n == 1 else 's'}"


def _is_telling(measure: Measure, measured: Sequence[Measure]) -> bool:
    """Of several heat maps, the one of the longest periods that has cohorts enough, with members enough; else the first."""
    maps = [m for m in measured if m.kind == "cohorts" and "." not in m.metric]
    if measure.kind != "cohorts" or len(maps) < 2:
        return True
    usual = {id(m): median(float(record.get("n") or 0) for record in m.records or [{}]) for m in maps}
    fit = [m for m in maps if len(m.records) >= _COHORTS and usual[id(m)] >= _FEW]
    return measure is (fit[-1] if fit else max(maps, key=lambda m: usual[id(m)]))


def _figure(report: Report, measure: Measure, measured: Sequence[Measure]) -> Markup | None:
    until = unfinished(report, measure)
    drawing = _DRAWN[measure.kind](measure, until, columns_of(measure, measured))
    if not drawing:
        return None
    n = f"n = {measure.n:,}" if measure.n is not None else ""
    about = " · ".join(part for part in (measure.table, n) if part)
    query = measure.query
    code = el("pre", el("code", f"{query};"))
    how = el("details", el("summary", "how it is measured"), code) if query and len(query) < 6_000 else None
    caption = el("figcaption", measure.title, el("small", about) if about else None)
    note = el("p", f"The last period is not over: its data ends on {until}.", class_="note") if until else None
    return el("figure", caption, drawing, note, how, class_=f"plot-{measure.kind}")


def _theirs(mine: Sequence[Issue], name: str) -> Markup | None:
    """Links to the gravest of their findings."""
    if not mine:
        return None
    groups = alike(mine)
    items: list[Any] = [_link(group) for group in groups[:_FINDINGS]]
    rest = sum(len(group) for group in groups[_FINDINGS:])
    items += [el("li", el("a", f"and {rest:,} more", href="#findings", data_persona=name))] if rest > 0 else []
    return el("ul", *items, class_="theirs")


def _link(group: Sequence[Issue]) -> Markup:
    first = group[0]
    like = f" (and {len(group) - 1:,} like it)" if len(group) > 1 else ""
    return el("li", el("a", cut(first.finding, 220), like, href=f"#f-{first.id}", class_=first.severity))
