"""The report on a terminal: ordered by severity, on one screen; with ``verbose`` all of it, with the SQL."""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from io import StringIO
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from datacruncher.report.model import CheckRun, Issue, Report

_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}
_FOOT = 9  # lines around the list of findings
_FEWEST = 5  # findings shown however small the screen


def surroundings() -> dict[str, Any]:
    """Width, height and colours of where we print."""
    size = shutil.get_terminal_size((110, 40))
    return {"width": min(size.columns, 140), "height": size.lines, "colour": sys.stdout.isatty()}


def render(
    report: Report, path: str, *, verbose: bool, width: int = 110, height: int = 40, colour: bool = False
) -> str:
    """The summary as text.

    Parameters
    ----------
    path
        Where the report lies.
    width, height
        Of the screen, in characters; the list of findings is cut to fit.
    """
    out = StringIO()
    console = Console(file=out, width=width, force_terminal=colour, no_color=not colour, highlight=False, emoji=False)
    console.print(_head(report))
    shown = report.issues if verbose else report.issues[: max(_FEWEST, (height - _FOOT) // 2)]
    console.print(_verbose(shown, console) if verbose else _listed(shown))
    rest = report.issues[len(shown) :]
    if rest:
        counts = Counter(issue.severity for issue in rest)
        console.print(
            f"… and {', '.join(f'{n} {name}' for name, n in counts.items())} more; --verbose shows all", style="dim"
        )
    console.print(_foot(report, path, verbose=verbose))
    return out.getvalue()


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


def _listed(issues: list[Issue]) -> RenderableType:
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False, expand=True)
    table.add_column(width=8, no_wrap=True)
    table.add_column(ratio=1)
    table.add_column(no_wrap=True, style="dim", justify="right")
    for issue in issues:
        table.add_row(Text(issue.severity, style=_STYLES[issue.severity]), Text(issue.finding), Text(issue.persona))
    return table


def _verbose(issues: list[Issue], console: Console) -> RenderableType:
    parts: list[RenderableType] = []
    for issue in issues:
        head = Text.assemble((issue.severity, _STYLES[issue.severity]), "  ", (issue.finding, "bold"))
        about = Text(f"{issue.persona} · {issue.check} · {issue.defect} · {_place(issue)} · {issue.id}", style="dim")
        parts += ["", head, Padding(about, (0, 0, 0, 2))]
        if issue.recommendation:
            parts.append(Padding(Text(issue.recommendation), (0, 0, 0, 2)))
        parts += [Padding(_sql(query, console), (0, 0, 0, 4)) for query in (issue.sql_query, issue.rows_query) if query]
    return Group(*parts)


def _sql(query: str, console: Console) -> RenderableType:
    if console.no_color:
        return Text(f"{query};")
    return Syntax(f"{query};", "sql", background_color="default", word_wrap=True)


def _place(issue: Issue) -> str:
    here = issue.location
    return ".".join([here.table or "the dataset", *([", ".join(here.columns)] if here.columns else [])])


def _foot(report: Report, path: str, *, verbose: bool) -> Group:
    lines: list[RenderableType] = [""]
    named = (
        ("fk_integrity", "keys that refer to a row"),
        ("null_rate", "empty cells"),
        ("temporal_violations", "children before their parent"),
    )
    metrics = [f"{report.metrics[key]:g}% {words}" for key, words in named if key in report.metrics]
    if metrics:
        lines.append(Text(" · ".join(metrics)))
    lines.append(Text(_checks(report.checks), style="dim"))
    errors = [run for run in report.checks if run.status == "error"]
    lines += [Text(f"error in {run.check}: {run.reason}", style="red") for run in errors]
    if verbose:
        skipped = Counter(f"{run.check}: {run.reason}" for run in report.checks if run.status == "skipped")
        lines += [
            Text(f"skipped {text}{f' ({n} places)' if n > 1 else ''}", style="dim") for text, n in skipped.items()
        ]
    if report.files_ignored:
        lines.append(Text(f"left alone: {_some(report.files_ignored)}", style="dim"))
    lines.append(Text(f"report: {path}"))
    return Group(*lines)


def _checks(runs: list[CheckRun]) -> str:
    counts = Counter(run.status for run in runs)
    words = {"passed": "passed", "failed": "failed", "skipped": "skipped", "error": "could not run"}
    return f"{len(runs)} checks: " + ", ".join(
        f"{counts[status]} {said}" for status, said in words.items() if counts[status]
    )


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
