"""The summary that a person reads on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from datapolisher.plan import Plan, Resolution
from datapolisher.report.model import ActionTaken, Measured, PolishReport

_STYLES = {
    "applied": "green",
    "reverted": "yellow",
    "skipped": "dim",
    "needs_person": "magenta",
    "failed": "red",
    "critical": "bold red",
    "high": "red",
    "medium": "yellow",
    "low": "dim",
}
_DECIDE = "decide with --interactive, --choose FINDING=CHOICE, or by editing polish_plan.yaml: --plan polish_plan.yaml"
_WORDS = {"applied": "done", "reverted": "taken back", "skipped": "left open", "needs_person": "needs a person"}


def summary(report: PolishReport) -> RenderableType:
    """What was done: a line per finding, the score before and after, rows that left, files."""
    parts: list[RenderableType] = [_actions(report.actions)] if report.actions else [Text("No findings.")]
    parts.append(_score(report.before, report.after))
    if rows := _rows(report):
        parts.append(Text(rows, style="yellow"))
    if any(action.choices for action in report.actions if action.status == "needs_person"):
        parts.append(Text(_DECIDE, style="magenta"))
    parts += [Text(f"not verified: {line}", style="yellow") for line in report.unverified]
    parts += [Text(f"note: {line}", style="dim") for line in report.notes]
    parts += [Text(f"wrote {line}") for line in written(report)]
    return Group(*parts)


def _actions(actions: Sequence[ActionTaken]) -> Table:
    """What became of each finding, and below it by which fix, or why not."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for action in actions:
        what = Text(action.finding)
        what.append("\n" + " · ".join(_how(action)), style="dim")
        table.add_row(Text(_status(action), style=_STYLES[action.status]), what)
    return table


def _how(action: ActionTaken) -> list[str]:
    """The fix, its path, its rows; the reason where it was not carried out, or did not mend all."""
    said = [action.fix or "", action.path or "", _count(action)]
    reason = action.reason if action.status != "applied" or action.verified is False else ""
    offered = f"choices for {action.finding_id}: {', '.join(action.choices)}" if action.status == "needs_person" else ""
    return [part for part in (*said, reason or "", offered if action.choices else "") if part]


def _status(action: ActionTaken) -> str:
    word = _WORDS.get(action.status, action.status)
    checked = {True: ", verified", False: ", still there", None: ", not verified"}[action.verified]
    return word + (checked if action.status == "applied" else "")


def _count(action: ActionTaken) -> str:
    parts = [
        (action.rows_changed, "changed"),
        (action.rows_quarantined, "quarantined"),
        (action.rows_collapsed, "collapsed"),
        (action.rows_added, "added"),
    ]
    return ", ".join(f"{rows:,} rows {word}" for rows, word in parts if rows)


def _score(before: Measured, after: Measured | None) -> Text:
    def shown(measured: Measured | None) -> str:
        if measured is None or measured.quality_score is None:
            return "unknown"
        return f"{measured.quality_score}/100"

    findings = f"{before.total_issues} → {after.total_issues if after else 'unknown'} findings"
    return Text(f"quality score {shown(before)} → {shown(after)}, {findings}", style="bold")


def _rows(report: PolishReport) -> str:
    taken = sum(table.rows_quarantined for table in report.tables)
    folded = sum(table.rows_collapsed for table in report.tables)
    added = sum(table.rows_added for table in report.tables)
    sums = [
        f"{table.name}.{column} {pair.before:,.2f} → {pair.after:,.2f}"
        for table in report.tables
        for column, pair in table.sums.items()
        if table.rows_quarantined and pair.before is not None and pair.after is not None and pair.before != pair.after
    ]
    parts = [f"{taken:,} rows quarantined"] if taken else []
    parts += [f"{folded:,} copies of rows folded"] if folded else []
    parts += [f"{added:,} rows added"] if added else []
    parts += [f"sums: {'; '.join(sums)}"] if sums else []
    return "; ".join(parts)


def written(report: PolishReport) -> list[str]:
    """The files that were written, those of the output directory as one line."""
    inside = [file for file in report.files if report.output and Path(file.path).is_relative_to(report.output)]
    lines = [f"{report.output} ({len(inside)} files)"] if inside else []
    return lines + [file.path for file in report.files if file not in inside]


def plan_table(plan: Plan) -> Table:
    """The plan: finding, fix, path, rows, what may happen when nobody is asked."""
    table = Table(box=box.SIMPLE, pad_edge=False)
    for heading in ("severity", "finding", "fix", "rows", "--auto"):
        table.add_column(heading, justify="right" if heading == "rows" else "left", overflow="fold")
    for resolution in plan.resolutions:
        table.add_row(*_planned(resolution))
    return table


def _planned(resolution: Resolution) -> list[str | Text]:
    finding, chosen = resolution.finding, resolution.chosen
    what = Text(finding.finding)
    what.append(f"\n{chosen.words if chosen else resolution.why}", style="dim")
    return [
        Text(finding.severity, style=_STYLES[finding.severity]),
        what,
        Text(f"{chosen.fix.id}\n{chosen.fix.path}" if chosen else "–"),
        "–" if finding.rows is None else f"{finding.rows:,}",
        resolution.action,
    ]


def diff(lines: str) -> Text:
    """A unified diff, coloured as people know it."""
    styles = {"+": "green", "-": "red", "@": "cyan"}
    shown = Text()
    for line in lines.splitlines():
        shown.append(line + "\n", style=styles.get(line[:1], ""))
    return shown
