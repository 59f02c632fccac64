"""The report as one HTML page: no network, light and dark, readable without a script."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from importlib import resources

from datacruncher.report.html.budget import LARGEST, Budget
from datacruncher.report.html.findings import findings
from datacruncher.report.html.markup import Markup, el, join
from datacruncher.report.html.personas import personas, slug
from datacruncher.report.html.plots import gauge
from datacruncher.report.html.since import since
from datacruncher.report.html.tables import data
from datacruncher.report.model import CheckRun, Report

_PERSONAS, _TABLES, _CHECKS = 400_000, 150_000, 60_000  # bytes of each part, at most; findings get what is left
_MOST_REASONS = 60


def render(report: Report) -> str:
    """The page, less than a megabyte whatever the data."""
    budget = Budget(LARGEST - _PERSONAS - _TABLES - _CHECKS - 60_000)
    said = personas(report, Budget(_PERSONAS))
    tables = data(report, Budget(_TABLES))
    checks = _checks(report, Budget(_CHECKS))
    budget.left += _PERSONAS + _TABLES + _CHECKS - sum(len(part.encode()) for part in (said, tables, checks))
    body = join(
        [
            _head(report),
            _navigation(report),
            el("main", since(report), said, findings(report, budget), tables, checks),
            _foot(report),
        ]
    )
    return f"<!doctype html>\n{el('html', _meta(report), el('body', body), lang='en', class_='plain')}\n"


def _meta(report: Report) -> Markup:
    """Nothing is loaded from anywhere, and no script runs but our own."""
    script, style = _asset("script.js"), _asset("style.css")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="robots", content="noindex"),
        el("title", f"{report.dataset}: {report.summary.quality_score}/100"),
        el("style", style),
        el("script", script, defer=True),
    )


def _asset(name: str) -> Markup:
    return Markup(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _head(report: Report) -> Markup:
    score, counts = report.summary.quality_score, report.summary.by_severity
    word = "critical" if score < 60 else "high" if score < 75 else "medium" if score < 90 else "good"
    tiles = [
        el(
            "a",
            el("b", f"{counts[name]:,}"),
            name,
            class_=f"tile {name}{'' if counts[name] else ' none'}",
            href="#findings",
            data_only=name,
        )
        for name in ("critical", "high", "medium", "low")
    ]
    rows = sum(table.rows for table in report.tables)
    about = (
        f"{len(report.tables):,} tables · {rows:,} rows · {len(report.checks):,} checks · {report.analysis_date[:10]}"
    )
    notes = [el("p", note, class_="warning") for note in (report.notes or [])]
    title = el(
        "div",
        el("p", "data quality report", class_="kicker"),
        el("h1", report.dataset),
        el("p", about, class_="about"),
        *notes,
    )
    return el(
        "header", el("div", title, gauge(score, word), class_="top"), el("div", *tiles, class_="tiles"), class_="page"
    )


def _navigation(report: Report) -> Markup:
    parts = [el("a", name, href=f"#p-{slug(name)}") for name in report.personas]
    return el(
        "nav",
        *parts,
        el("a", "Findings", href="#findings"),
        el("a", "Data", href="#data"),
        el("a", "Checks", href="#checks"),
    )


def _checks(report: Report, budget: Budget) -> Markup:
    """How many checks ran, and why the others did not: nothing is left out in silence."""
    counts = Counter(run.status for run in report.checks)
    words = {
        "passed": "passed",
        "failed": "found something",
        "skipped": "found nothing to look at",
        "error": "could not run",
    }
    said = (
        ", ".join(f"{counts[status]:,} {word}" for status, word in words.items() if counts[status]) or "none were asked"
    )
    parts = [el("h2", "What was checked"), el("p", f"{len(report.checks):,} checks: {said}.", class_="lead")]
    for status, title in (("error", "Could not run"), ("skipped", "Found nothing to look at")):
        parts += [
            _reasons(title, [run for run in report.checks if run.status == status], budget, opened=status == "error")
        ]
    ignored = report.files_ignored
    if ignored:
        listed = ", ".join(ignored[:20]) + (f" and {len(ignored) - 20:,} more" if len(ignored) > 20 else "")
        parts.append(el("p", f"Files left alone, which are no data: {listed}.", class_="note"))
    return el("section", *parts, id="checks")


def _reasons(title: str, runs: list[CheckRun], budget: Budget, *, opened: bool) -> Markup:
    counts = Counter((run.check, run.reason or "") for run in runs)
    if not counts:
        return Markup("")
    rows: list[Markup] = []
    for (check, reason), n in counts.items():
        row = el("tr", el("td", check), el("td", reason), el("td", f"{n} places" if n > 1 else "", class_="n"))
        if len(rows) == _MOST_REASONS or not budget.has(row):
            break
        rows.append(row)
    left = len(counts) - len(rows)
    more = el("p", f"… and {left:,} more in the JSON report", class_="note") if left else None
    return el(
        "details",
        el("summary", f"{title} ({len(runs):,})"),
        el("div", el("table", *rows), class_="wide"),
        more,
        class_="card",
        open=opened,
    )


def _foot(report: Report) -> Markup:
    tool, schema = report.tool, report.schema
    parts = [f"{tool.name} {tool.version}", tool.engine, report.analysis_date]
    parts += [f"schema {schema.path}"] if schema and schema.path else []
    parts += [report.dataset_digest[:23] + "…"] if report.dataset_digest else []
    return el(
        "footer",
        el("p", " · ".join(parts)),
        el("p", "This page holds everything it shows; it loads nothing."),
        class_="page",
    )
