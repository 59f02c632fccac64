"""Markdown for pull requests and job summaries: what a reader needs in a minute, the SQL folded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from datacruncher.report.formats import FormatSpec
from datacruncher.report.measured import summaries
from datacruncher.report.model import Issue, Report
from datacruncher.report.sentences import headline, place

_LONGEST = 60_000  # characters; a comment of a pull request holds 65,536
_LONGEST_SQL = 2_000
_MARKS = {"critical": "🔴", "high": "🟠", "medium": "🟡", "low": "🔵"}
_SIGNS = re.compile(r"([\\`*_{}\[\]<>#|~])")


def render(report: Report) -> str:
    """The document; findings beyond its length are counted."""
    parts = ["\n".join(_head(report)), *_since(report), *_said(report)]
    left = _LONGEST - sum(len(part) + 2 for part in parts) - 300
    parts += list(_findings(report, left))
    parts.append(_foot(report))
    return "\n\n".join(part for part in parts if part) + "\n"


def text(value: str) -> str:
    """A value that marks nothing up, mentions nobody and stays on its line."""
    flat = " ".join(value.split())
    return _SIGNS.sub(r"\\\1", flat).replace("@", "@\u2060").replace("<", "&lt;")


def _head(report: Report) -> Iterator[str]:
    yield f"## {text(headline(report))}"
    for note in report.notes or []:
        yield f"\n> {text(note)}"


def _since(report: Report) -> Iterator[str]:
    old = report.baseline
    if not old:
        return
    counts = f"{len(old.new)} new, {len(old.graver)} graver, {len(old.unchanged)} unchanged, {len(old.gone)} gone"
    lines = [f"**Since {text(old.report)}** ({old.analysis_date[:10]}): {counts}."]
    lines += [f"- gone: {text(item.finding)}" for item in old.gone[:10]]
    lines += [f"- drift: {text(drift.said)}" for drift in old.drift[:10]]
    yield "\n".join([lines[0], "", *lines[1:]] if lines[1:] else lines)


def _said(report: Report) -> Iterator[str]:
    said = summaries(report)
    lines = [f"- **{text(name)}**: {text(' '.join(said[name]))}" for name in report.personas if name in said]
    yield "\n".join(lines)


def _findings(report: Report, left: int) -> Iterator[str]:
    if not report.issues:
        yield "No findings."
        return
    yield "### Findings"
    for number, issue in enumerate(report.issues):
        piece = _finding(issue)
        left -= len(piece) + 2
        if left < 0:
            yield f"… and {len(report.issues) - number:,} further findings, none graver, in the JSON report."
            return
        yield piece


def _finding(issue: Issue) -> str:
    new = f" `{issue.status}`" if issue.status in {"new", "graver"} else ""
    lines = [
        "<details>",
        f"<summary>{_MARKS[issue.severity]} {issue.severity}{new.replace('`', '')} · {_inline(issue.finding)}</summary>",
        "",
        f"{text(issue.persona)} · `{_code(place(issue))}` · `{issue.check}` · `{issue.id}`",
    ]
    lines += ["", text(issue.recommendation)] if issue.recommendation else []
    query = issue.sql_query
    if query:
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", query)), default=0))
        lines += (
            ["", f"{fence}sql", f"{query};", fence]
            if len(query) <= _LONGEST_SQL
            else ["", "Its SQL stands in the JSON report."]
        )
    return "\n".join([*lines, "", "</details>"])


def _inline(value: str) -> str:
    """Text inside of HTML."""
    flat = " ".join(value.split())
    return flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "@\u2060")


def _code(value: str) -> str:
    return " ".join(value.split()).replace("`", "ˋ")


def _foot(report: Report) -> str:
    counts = Counter(run.status for run in report.checks)
    words = {"passed": "passed", "failed": "failed", "skipped": "found nothing to look at", "error": "could not run"}
    said = ", ".join(f"{counts[status]} {word}" for status, word in words.items() if counts[status])
    errors = [
        f"\n- could not run: `{_code(run.check)}`: {text(run.reason or '')}"
        for run in report.checks
        if run.status == "error"
    ]
    return f"<sub>{len(report.checks)} checks: {said} · {report.tool.name} {report.tool.version}</sub>" + "".join(
        errors[:10]
    )


SPEC = FormatSpec("markdown", "for pull requests and job summaries", (".md", ".markdown"), render)
