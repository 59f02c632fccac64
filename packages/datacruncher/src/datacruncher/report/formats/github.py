"""Annotations of GitHub Actions: a line for each finding, shown beside the run."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.report.formats import FormatSpec
from datacruncher.report.model import Issue, Report
from datacruncher.report.sentences import headline, place

_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "notice"}
_MOST = 50  # the page shows ten of a kind


def render(report: Report) -> str:
    """Workflow commands, the gravest first; what is left out is counted."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    for issue in report.issues[:_MOST]:
        yield _command(_LEVELS[issue.severity], _title(issue), f"{issue.finding}. {issue.recommendation}".strip())
    left = len(report.issues) - _MOST
    if left > 0:
        yield _command("notice", "datacruncher", f"{left} further findings, none graver, stand in the report")
    yield _command("notice", "datacruncher", headline(report))


def _title(issue: Issue) -> str:
    return f"{issue.severity}: {issue.defect.replace('_', ' ')} in {place(issue)}"


def _command(level: str, title: str, message: str) -> str:
    return f"::{level} title={_property(title)}::{_data(message)}"


def _data(text: str) -> str:
    """As the runner reads a message: a percent sign and line ends are encoded, so that no value starts a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


SPEC = FormatSpec("github", "annotations of GitHub Actions", (), render)
