"""The report on a terminal: ordered by severity, on one screen; with ``verbose`` all of it, with the SQL."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from textwrap import indent

from rich.console import Console
from rich.table import Table
from rich.text import Text

from datacruncher.report.model import CheckRun, Issue, Report
from datacruncher.report.sentences import alike, changed, place

_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
_FOOT = 9  # lines around the list of findings
_FEWEST = 5  # findings shown however small the screen


@dataclass(frozen=True, slots=True)
class Screen:
    """Where we print: width and height in characters, and whether it shows colours."""

    width: int = 110
    height: int = 40
    colour: bool = False

    @classmethod
    def current(cls) -> Screen:
        """The terminal on stdout, or one of usual size."""
        size = shutil.get_terminal_size((110, 40))
        return cls(min(size.columns, 140), size.lines, sys.stdout.isatty())


def render(report: Report, path: str, *, verbose: bool, screen: Screen) -> str:
    """The summary as text.

    Parameters
    ----------
    path
        Where the report lies.
    screen
        The list of findings is cut to fit it.
    """
    out = StringIO()
    console = Console(
        file=out,
        width=screen.width,
        force_terminal=screen.colour,
        no_color=not screen.colour,
        highlight=False,
        emoji=False,
    )
    console.print(_head(report), soft_wrap=True)
    if verbose:
        for issue in report.issues:
            _print_whole(issue, console)
        for said in report.summaries:
            console.print()
            console.print(Text.assemble((said.persona, "bold"), f": {' '.join(said.sentences)}"), soft_wrap=True)
    else:
        lines = list(_in_a_line(report))
        _print_list(alike(report.issues), console, max(_FEWEST, (screen.height - _FOOT - len(lines)) // 2))
        for line in lines:
            console.print(line, no_wrap=True, overflow="ellipsis")
    for line in (*_since(report, verbose=verbose), *_foot(report, path, verbose=verbose)):
        console.print(line, soft_wrap=True)
    return out.getvalue()


def _in_a_line(report: Report) -> Iterator[Text]:
    """What each persona says first, a line each; --verbose says all of it."""
    if any(len(said.sentences) > 1 for said in report.summaries):
        yield Text()
    for said in report.summaries:
        if len(said.sentences) > 1:
            yield Text.assemble((said.persona, "bold"), f": {said.sentences[0]}")


def _head(report: Report) -> Text:
    counts = report.summary.by_severity
    text = Text(f"{report.dataset}: {len(report.tables)} tables, {report.metrics['total_rows']:,} rows · ")
    text.append(f"quality {report.summary.quality_score}/100", style="bold")
    text.append(" · ")
    if not report.issues:
        return text.append("no findings", style="green")
    for i, (name, n) in enumerate((name, n) for name, n in counts.items() if n):
        text.append(", " if i else "").append(f"{n} {name}", style=_STYLES[name])
    return text


def _print_list(groups: list[list[Issue]], console: Console, most: int) -> None:
    """Findings in a line or two each, those of one check and severity together; what does not fit is counted."""
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False, expand=True)
    table.add_column(width=8, no_wrap=True)
    table.add_column(ratio=1)
    table.add_column(no_wrap=True, style="dim", justify="right")
    for issue, n in _lines(groups, most):
        severity = Text(issue.severity, style=_STYLES[issue.severity])
        like = f" (and {n - 1} like it)" if n > 1 else ""
        table.add_row(severity, Text.assemble(*_new(issue), issue.finding, (like, "dim")), Text(issue.persona))
    console.print(table)
    rest = Counter(issue.severity for group in groups[most:] for issue in group)
    if rest:
        more = ", ".join(f"{n} {name}" for name, n in rest.items())
        console.print(f"… and {more} more; --verbose shows all", style="dim")


def _lines(groups: list[list[Issue]], most: int) -> Iterator[tuple[Issue, int]]:
    """What is shown, and how many it stands for: all where all fit, the first of each group elsewhere."""
    if sum(len(group) for group in groups) <= most:
        yield from ((issue, 1) for group in groups for issue in group)
    else:
        yield from ((group[0], len(group)) for group in groups[:most])


def _new(issue: Issue) -> list[tuple[str, str]]:
    """A mark for what the report before did not have, or had milder."""
    return [(f"{issue.status}: ", "bold magenta")] if issue.status in {"new", "graver"} else []


def _print_whole(issue: Issue, console: Console) -> None:
    """A finding with its mend and its SQL; lines are not wrapped, so that they can be copied."""
    head = Text.assemble((issue.severity, _STYLES[issue.severity]), "  ", *_new(issue), (issue.finding, "bold"))
    about = f"  {issue.persona} · {issue.check} · {issue.defect} · {place(issue)} · {issue.id}"
    console.print()
    console.print(head, soft_wrap=True)
    console.print(Text(about, style="dim"), soft_wrap=True)
    if issue.recommendation:
        console.print(Text(f"  {issue.recommendation}"), soft_wrap=True)
    for query in (issue.sql_query, issue.rows_query):
        if query:
            console.print(Text(indent(f"{query};", "    "), style="" if console.no_color else "blue"), soft_wrap=True)


def _since(report: Report, *, verbose: bool) -> Iterator[Text]:
    """What changed since the report before, where there was one."""
    old = report.baseline
    if not old:
        return
    yield Text()
    counts = (("new", old.new), ("graver", old.graver), ("unchanged", old.unchanged), ("gone", old.gone))
    said = ", ".join(f"{len(ids)} {word}" for word, ids in counts if ids) or "no finding then and now"
    yield Text(f"since {old.report} ({old.analysis_date[:10]}): {said}", style="bold")
    most = None if verbose else 3
    for title, lines in (
        ("gone", [item.finding for item in old.gone]),
        ("drift", [drift.said for drift in old.drift]),
        ("changed", [changed(change) for change in old.changes]),
        ("not looked for", [item.finding for item in old.not_asked]),
    ):
        for line in lines[:most]:
            yield Text(f"  {title}: {line}", style="dim")
        if most is not None and len(lines) > most:
            yield Text(f"  {title}: and {len(lines) - most} more", style="dim")


def _foot(report: Report, path: str, *, verbose: bool) -> Iterator[Text]:
    yield Text()
    metrics = [f"{report.metrics[key]:.4g}% {words}" for key, words in _METRICS if key in report.metrics]
    if metrics:
        yield Text(" · ".join(metrics))
    yield Text(_checks(report.checks), style="dim")
    for run in report.checks:
        if run.status == "error":
            yield Text(f"error in {run.check}: {run.reason}", style="red")
    if verbose:
        skipped = Counter(f"{run.check}: {run.reason}" for run in report.checks if run.status == "skipped")
        for text, n in skipped.items():
            yield Text(f"skipped {text}{f' ({n} places)' if n > 1 else ''}", style="dim")
    for note in report.notes or []:
        yield Text(note, style="yellow")
    if report.files_ignored:
        yield Text(f"left alone: {_some(report.files_ignored)}", style="dim")
    yield Text(f"report: {path}")


_METRICS = (
    ("fk_integrity", "of references lead to a row"),
    ("null_rate", "of cells are empty"),
    ("temporal_violations", "of children lie before their parent"),
)


def _checks(runs: list[CheckRun]) -> str:
    counts = Counter(run.status for run in runs)
    words = {"passed": "passed", "failed": "failed", "skipped": "skipped", "error": "could not run"}
    return f"{len(runs)} checks: " + ", ".join(
        f"{counts[status]} {said}" for status, said in words.items() if counts[status]
    )


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
