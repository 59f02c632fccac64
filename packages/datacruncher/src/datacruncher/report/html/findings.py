"""The findings: a sentence each, and behind it the mend, the numbers, the samples and the SQL."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from datacruncher.report.html.budget import Budget
from datacruncher.report.html.markup import Markup, cut, el
from datacruncher.report.html.numbers import shown
from datacruncher.report.model import Issue, Report
from datacruncher.report.sentences import alike, place

_LONGEST_SQL = 6_000
_LONGEST_CELL = 80
_ALIKE = 3  # findings of one check and severity that stand one by one
_WHOLE = 25  # findings of a group that are shown with all that lies behind them


def findings(report: Report, budget: Budget) -> Markup:
    """The whole section."""
    issues = report.issues
    if not issues:
        said = "No check found anything to report. What could not be checked stands at the end of this page."
        return el("section", el("h2", "Findings"), el("p", said, class_="lead"), id="findings")
    listed = el("div", *_listed(issues, budget), id="list")
    none = el("p", "No finding fits these filters.", id="none", hidden=True, class_="note")
    return el("section", el("h2", "Findings"), _filters(issues), listed, none, id="findings")


def _filters(issues: Sequence[Issue]) -> Markup:
    """Controls that need a script; without one they are not shown."""
    severities = [name for name in ("critical", "high", "medium", "low") if any(i.severity == name for i in issues)]
    counts: Counter[str] = Counter(issue.severity for issue in issues)
    boxes = [
        el(
            "label",
            el("input", type="checkbox", name="severity", value=name, checked=True),
            el("span", f"{name} {counts[name]:,}", class_=f"pill {name}"),
        )
        for name in severities
    ]
    personas = list(dict.fromkeys(issue.persona for issue in issues))
    tables = sorted({issue.location.table for issue in issues if issue.location.table}, key=str.casefold)
    novel = any(issue.status in {"new", "graver"} for issue in issues)
    new = [el("label", el("input", type="checkbox", name="new"), " only new or graver")] if novel else []
    return el(
        "form",
        el("span", *boxes, class_="group"),
        _choice("persona", "everyone", personas),
        _choice("table", "all tables", tables),
        el("input", type="search", name="words", placeholder="words", aria_label="words in the finding"),
        *new,
        el("output", name="count"),
        class_="filters scripted",
        data_total=len(issues),
        role="search",
        aria_label="filter the findings",
    )


def _choice(name: str, every: str, values: Sequence[str]) -> Markup:
    options = [el("option", every, value=""), *(el("option", cut(value, 40), value=value) for value in values)]
    return el("select", *options, name=name, aria_label=name)


def _listed(issues: Sequence[Issue], budget: Budget) -> Iterator[Markup]:
    """One by one, but many of one check and severity as a group that can be opened."""
    left = len(issues)
    for group in alike(issues):
        pieces = list(_pieces(group, budget))
        left -= len(pieces)
        if len(group) > _ALIKE and pieces:
            yield _group(group, pieces)
        else:
            yield from pieces
    if left:
        yield el("p", f"{left:,} further findings, none graver, stand in the JSON report.", class_="note")


def _pieces(group: Sequence[Issue], budget: Budget) -> Iterator[Markup]:
    """Findings whole, then in a line each, as long as the page has room."""
    whole = 0
    for issue in group:
        piece = finding(issue)
        fits = whole < _WHOLE and budget.has(piece)
        whole += fits
        if not fits:
            piece = _line(issue)
            if not budget.has(piece):
                return
        yield piece


def _group(group: Sequence[Issue], pieces: Sequence[Markup]) -> Markup:
    first = group[0]
    tables = {issue.location.table for issue in group}
    where = f"{len(group):,} places in {len(tables):,} {'table' if len(tables) == 1 else 'tables'}"
    name = first.check.rpartition(".")[2].replace("_", " ")
    said = el(
        "span",
        f"{name[:1].upper()}{name[1:]}: {where}",
        el("span", f"first of all: {first.finding}", class_="about"),
        class_="said",
    )
    left = len(group) - len(pieces)
    more = el("p", f"… and {left:,} more in the JSON report", class_="note") if left else None
    return el(
        "details", el("summary", _pill(first), said), el("div", *pieces, more, class_="inside"), class_="group-of"
    )


def _line(issue: Issue) -> Markup:
    """A finding without what lies behind it, on a page that is full."""
    return el("p", _pill(issue), " ", cut(issue.finding, 200), class_="finding short", **_marks(issue))


def _marks(issue: Issue) -> dict[str, Any]:
    return {
        "id": f"f-{issue.id}",
        "data_severity": issue.severity,
        "data_persona": issue.persona,
        "data_table": issue.location.table or "",
        "data_new": True if issue.status in {"new", "graver"} else None,
    }


def _pill(issue: Issue) -> Markup:
    return el("span", issue.severity, class_=f"pill {issue.severity}")


def finding(issue: Issue) -> Markup:
    """One finding, folded."""
    new = el("span", issue.status, class_="pill new") if issue.status in {"new", "graver"} else None
    about = el("span", f"{issue.persona} · {place(issue)}", class_="about")
    head = el("summary", _pill(issue), el("span", new, issue.finding, about, class_="said"))
    queries = [_sql("Measure it", issue.sql_query, issue.id), _sql("See the rows", issue.rows_query, issue.id)]
    mend = el("p", issue.recommendation, class_="mend") if issue.recommendation else None
    inside = el("div", mend, _numbers(issue), _explained(issue), _samples(issue), *queries, class_="inside")
    return el("details", head, inside, class_="finding", **_marks(issue))


def _numbers(issue: Issue) -> Markup:
    evidence = issue.evidence
    facts: list[tuple[str, str]] = []
    if isinstance(evidence.observed, int | float) and not isinstance(evidence.observed, bool):
        facts.append(("observed", shown(evidence.observed, evidence.unit)))
    for name, value in (evidence.expected or {}).items():
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            said = {"max": "at most", "min": "at least", "value": "expected"}.get(name, name)
            facts.append((said, shown(value, evidence.unit)))
    if evidence.rows_affected is not None:
        total = f" of {evidence.rows_total:,}" if evidence.rows_total is not None else ""
        facts.append(("rows", f"{evidence.rows_affected:,}{total}"))
    elif evidence.rows_total is not None:
        facts.append(("n", f"{evidence.rows_total:,}"))
    if evidence.confidence is not None:
        facts.append(("the rule is inferred, confidence", f"{evidence.confidence:.2f}"))
    facts += [("defect", issue.defect.replace("_", " ")), ("check", issue.check), ("id", issue.id)]
    return el("dl", *(el("div", el("dt", name), el("dd", value)) for name, value in facts))


def _explained(issue: Issue) -> Markup | None:
    """Symptoms that this cause explains."""
    details = issue.evidence.details.get("explains")
    checks = [str(item.get("check")) for item in details if isinstance(item, dict)] if isinstance(details, list) else []
    return el("p", f"It explains what these found, too: {', '.join(checks)}.", class_="note") if checks else None


def _samples(issue: Issue) -> Markup | None:
    rows = issue.evidence.samples
    if not rows:
        return None
    names = list(dict.fromkeys(name for row in rows for name in row))
    head = el("tr", *(el("th", cut(name, 40)) for name in names))
    body = [el("tr", *(el("td", _cell(row.get(name))) for name in names)) for row in rows]
    return el("div", el("table", head, *body), class_="wide samples")


def _cell(value: Any) -> Any:
    if value is None:
        return el("i", "null")
    return cut(value, _LONGEST_CELL)


def _sql(title: str, query: str | None, issue: str) -> Markup | None:
    if not query:
        return None
    if len(query) > _LONGEST_SQL:
        said = f"{title}: the query has {len(query):,} characters; it stands in the JSON report under {issue}."
        return el("p", said, class_="note")
    copy = el("button", "copy", type="button", class_="copy scripted")
    return el("figure", el("figcaption", title, copy), el("pre", el("code", f"{query};")), class_="sql")
